"""Commands in the running service at Railway, by `railway ssh`, and files that are copied to its volume in this way.

The command uses the system's `ssh`, and a key that is registered with the account. Without a terminal its standard
input reaches the command as it is. Source: the documentation of `railway ssh`, and its source code.
"""

from __future__ import annotations

import json
import posixpath
import shlex
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from wizard.base import process
from wizard.base.errors import NotYetError
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Question
from wizard.project.file_storages import Copied, RowFile
from wizard.targets.railway.parts import RailwayParts
from wizard.targets.railway.tunnel import SINCE

ANSWER = "ssh"
SECONDS, COPY_SECONDS = 120.0, 3600.0
CONNECT = "Register an SSH key with `railway ssh keys`, and connect once with `railway ssh` on a terminal."
SCRIPT = """
import hashlib, json, os, shutil, sys, tarfile
mount, writes = sys.argv[1], sys.argv[2] == "write"
if os.stat(mount).st_dev == os.stat("/").st_dev:
    sys.exit("no volume is mounted at " + mount)
with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as files:
    for each in files:
        path = os.path.join(mount, each.name)
        there = os.path.isfile(path)
        if writes and not there:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path + ".golive", "wb") as new:
                shutil.copyfileobj(files.extractfile(each), new)
            os.replace(path + ".golive", path)
        digest = ""
        if os.path.isfile(path):
            with open(path, "rb") as kept:
                whole = hashlib.sha256()
                for piece in iter(lambda: kept.read(1 << 20), b""):
                    whole.update(piece)
                digest = whole.hexdigest()
        print(json.dumps([there, digest]))
"""
"""Copies the files of an archive to the volume, except for those that are there, and prints the SHA-256 of each."""


class ServiceShell(RailwayParts):
    """The part of the Railway target that runs commands in the service, if the user allows it."""

    def command_questions(self) -> list[Question]:
        why = (
            "Golive copies files of this machine to a volume in this way (26.3), and sees whether the service reaches "
            f"your mail server (25.6). {CONNECT}"
        )
        text = "May Golive run commands in the running service, by `railway ssh`?"
        return [Question(ANSWER, text, "no", why, ("yes", "no"))]

    @property
    def may_run_commands(self) -> bool:
        return self.answers.get(ANSWER) == "yes"

    def run_in_service(self, command: str, stdin: IO[bytes] | None = None) -> str:
        if not self.may_run_commands:
            raise NotYetError("Golive runs commands in the service only with your consent", "", "Answer ssh: yes.")
        service = self.facts.get("railway.service_name")
        if not service or not self.facts.get("railway.deployment"):
            raise NotYetError("Nothing is deployed at Railway yet", "", "Task 17 deploys it.")
        if self.cli.version() < SINCE:
            raise NotYetError("The railway command is too old for `railway ssh`", "", "Upgrade it.")
        child = subprocess.Popen(
            [self.cli.path, "ssh", "--service", service, "--", command], cwd=self.cli.cwd,
            env=self.cli.environment(), stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            with process.waiting():
                out, errors = child.communicate(timeout=COPY_SECONDS if stdin else SECONDS)
        except subprocess.TimeoutExpired:
            raise NotYetError("`railway ssh` does not end", "it took too long", CONNECT) from None
        finally:
            process.stop_group(child)
        if child.returncode:
            why = excerpt(errors.decode("utf-8", "replace"), 300) or f"exit code {child.returncode}"
            raise NotYetError("A command can't run in the service at Railway", why, CONNECT)
        return out.decode("utf-8", "replace")

    def copy_to_volume(self, mount: str, wanted: Mapping[RowFile, tuple[str, Path]], *, compare: bool) -> list[Copied]:
        """Copy files to the volume at *mount*. *wanted* has the path below it of each, and that on this machine.

        A file that is there already is only compared. With *compare* that holds for all.

        Raises:
            NotYetError: no command can run there.
        """
        if not wanted:
            return []
        with TemporaryFile() as archive:
            with tarfile.open(fileobj=archive, mode="w") as files:
                for name, path in wanted.values():
                    member = tarfile.TarInfo(name)
                    member.size = 0 if compare else path.stat().st_size
                    with path.open("rb") as content:
                        files.addfile(member, content)
            archive.seek(0)
            mode = "compare" if compare else "write"
            python = "$(command -v python3 || command -v python)"
            command = f"{python} -c {shlex.quote(SCRIPT)} {shlex.quote(mount)} {mode}"
            answer = self.run_in_service(command, archive)
        lines = [line for line in answer.splitlines() if line.startswith("[")]
        if len(lines) != len(wanted):
            why = excerpt(answer, 200) or "it printed nothing"
            raise NotYetError("The command in the service did not report each file", why, CONNECT)
        return [Copied(file, _state(file, *json.loads(line)), "") for file, line in zip(wanted, lines, strict=True)]


def _state(file: RowFile, there: bool, digest: str) -> str:
    if not digest:
        return "missing"
    if digest != file.sha256:
        return "other"
    return "same" if there else "copied"


def below(mount: str, location: str, name: str) -> str:
    """The path below *mount* of the file *name* in the folder *location*."""
    return posixpath.relpath(posixpath.join(location, name), mount)


def copy_command(service: str, folder: str, location: str) -> str:
    """Return a command that copies *folder* to *location* on the volume."""
    unpack = f"mkdir -p {shlex.quote(location)} && tar -xf - --skip-old-files -C {shlex.quote(location)}"
    there = f"railway ssh --service {shlex.quote(service)} -- {shlex.quote(unpack)}"
    return f"tar -C {shlex.quote(folder)} -cf - . | {there}"
