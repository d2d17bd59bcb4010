"""Search for leaked secrets in every form: in command lines and environments, and in files that a run leaves behind."""

from __future__ import annotations

import contextlib
import html
import itertools
import os
import re
import subprocess
import threading
from functools import cache
from pathlib import Path

from wizard.base.secrets import _forms


def listening():
    """The addresses on which this machine listens, except loopback, as /proc shows them: address and port in hex."""
    found = set()
    for name in ("tcp", "tcp6"):
        for line in read(f"/proc/net/{name}").decode().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            loopback = address.startswith(("0100007F:", "00000000000000000000000001000000:")) or address[6:8] == "7F"
            if state == "0A" and not loopback:
                found.add(address)
    return found


def running():
    """The numbers of all processes, as text."""
    return set(filter(str.isdigit, os.listdir("/proc")))  # noqa: PTH208 - creating a Path for each is too slow


class BackgroundWatch:
    """Runs `_watch` in a thread while it is active. `_watch` returns after `_end` is set."""

    def __init__(self):
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._end.set()
        self._thread.join()


class Watch(BackgroundWatch):
    """Records the command line and the environment of every process that starts while it is active."""

    def __init__(self, forms=None):
        super().__init__()
        self._forms = [form for known in (forms or {}).values() for form in known]
        self.seen: set[str] = set()
        self.given: set[tuple[str, str]] = set()
        """Command lines, each with a variable that is named like a secret or contains one of *forms*."""
        self._earlier = running()
        self.before = listening()
        self.listening: set[str] = set()
        """Addresses, except loopback, on which a process started to listen."""

    def _watch(self):
        finished: set[tuple[str, bytes]] = set()
        ages: dict[str, int] = {}
        for turn in itertools.count():
            if self._end.wait(0.02):
                break
            if turn % 20 == 0:  # listing sockets is slow, and a server runs for seconds
                self.listening |= listening() - self.before
            now = running()
            self._earlier &= now  # the number of an ended process may be given again
            ages = {number: ages.get(number, 0) + 1 for number in now - self._earlier}
            for number, age in ages.items():
                if age < 10 or turn % 10 == 0:  # a new process may still call exec
                    with contextlib.suppress(OSError):
                        self._read(number, finished)

    def _read(self, number, finished):
        argv = read(f"/proc/{number}/cmdline")
        if (number, argv) not in finished:
            values = read(f"/proc/{number}/environ").decode("utf-8", "replace").split("\0")
            if not argv or read(f"/proc/{number}/cmdline") != argv:
                return  # it called exec meanwhile: command line and environment do not match
            finished.add((number, argv))
            line = argv.replace(b"\0", b" ").decode("utf-8", "replace")
            self.seen.add(line)
            self.given |= {(line, value) for value in values if SECRET_NAME.match(value) or self._holds_one(value)}

    def _holds_one(self, value):
        return any(form in value for form in self._forms)


def read(path):
    """Read *path* without a file object, because it is called thousands of times while the tested program runs."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return b"".join(iter(lambda: os.read(descriptor, 65536), b""))
    finally:
        os.close(descriptor)


SECRET_NAME = re.compile(r"\w*(TOKEN|SECRET|PASSWORD|KEY|DATABASE_URL|DSN)\w*=")
GOLIVE = r"-m wizard( |$)"
GOLIVES = {"RAILWAY_API_TOKEN": rf"{GOLIVE}|railway", "SENTRY_AUTH_TOKEN": GOLIVE, "UPTIMEROBOT_API_KEY": GOLIVE}
"""Golive's own tokens, each with a pattern of the command lines that may have it in their environment."""
TOOLS = re.compile(r"(^|/)(git(?! rev-parse HEAD )|pip|railway|uv|initdb|postgres|pg_ctl)( |$)|-m pip")
"""Programs that need no secret of the site. Inside the site's processes, sentry-sdk asks git for the commit."""


def strays(watch, secrets):
    """Find programs that were given a secret that they do not need."""
    found = set()
    for line, value in watch.given:
        name, _, text = value.partition("=")
        for known in (each for each, secret in secrets.items() if secret in text):
            allowed = re.search(GOLIVES[known], line) if known in GOLIVES else not TOOLS.search(line)
            if not allowed:
                found.add((known, name, line[:400]))
    return found


def leaks(texts, secrets):
    """The names of *secrets* found in one of *texts* in any form, each with the beginning of that text."""
    forms = {name: _forms(secret) for name, secret in secrets.items()}
    return {(name, text[:80]) for name, known in forms.items() for text in texts if any(form in text for form in known)}


def left_behind(*folders, repository):
    """The text of all files in *folders*, except backups, and of every object of the git *repository*."""
    found = [
        path for folder in folders for path in folder.rglob("*") if path.is_file() and path.parent.name != "backups"
    ]
    objects = ["git", "-C", str(repository), "cat-file", "--batch-all-objects", "--batch"]
    stored = subprocess.run(objects, capture_output=True, check=True).stdout
    return [stored.decode("utf-8", "replace"), *(path.read_text(errors="replace") for path in found)]


def forms_of(secrets):
    """Every form in which each of *secrets* can occur."""
    return {name: _all_forms(value) for name, value in secrets.items()}


@cache
def _all_forms(value):
    return {*_forms(value), value.encode().hex()}


def found_in(text, forms):
    """The names of the secrets in *text* in one of their *forms*, ignoring escape codes and line wrapping."""
    plain = html.unescape(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|<[^>]*>", "", text))
    texts = (text, plain, re.sub(r"[\s\u2500-\u259f]+", "", plain))
    return {name for name, known in forms.items() if any(form in each for form in known for each in texts)}


LARGEST = 1 << 20
"""Bytes of the largest file that is read."""
NOT_SEARCHED = {"base", "global", "pg_wal", "pg_xact", "programs", "site-packages"}
"""Folders that are not searched: table pages and programs of PostgreSQL, and packages from an index."""


class FileWatch(BackgroundWatch):
    """Reads the files written to *folders* while it is active, and records which secret was in which file."""

    def __init__(self, forms, *folders):
        super().__init__()
        self.found: set[tuple[str, Path]] = set()
        self.read = 0
        self._bytes = {name: [form.encode() for form in known] for name, known in forms.items()}
        self._folders = folders
        self._seen: dict[str, tuple[int, int]] = {}

    def _watch(self):
        while not self._end.wait(0.1):
            self._walk(list(self._folders))
        self._walk(list(self._folders))

    def _walk(self, folders):
        while folders:
            with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders += [entry.path] * (entry.name not in NOT_SEARCHED)
                    elif entry.is_file(follow_symlinks=False):
                        self._search(entry)

    def _search(self, entry):
        status = entry.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if self._seen.get(entry.path) == stamp or status.st_size > LARGEST:
            return
        self._seen[entry.path] = stamp
        content = read(entry.path)
        self.read += 1
        self.found |= {
            (name, Path(entry.path)) for name, known in self._bytes.items() if any(form in content for form in known)
        }
