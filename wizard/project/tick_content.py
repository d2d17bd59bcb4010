"""Describe what the project consists of now, as a `TickPoint`. Loads nothing, and runs no program of the repository."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wizard.base import files, git_history
from wizard.base.errors import EditError
from wizard.editing import dotenv
from wizard.project.project import Project
from wizard.project.release_copy import LARGEST, walk
from wizard.state import signing
from wizard.state.tick_points import TickPoint

MOST = 2_000
"""The maximum number of files whose digests a point has."""
LARGEST_TEXT = 200_000
"""The size limit in bytes of a file whose lines a point has."""
MOST_LINES = 10_000
LINE_DIGITS = 5
"""The hexadecimal digits that are kept of a signed line. A collision only hides a change of this line."""
DIGITS = 16
"""The hexadecimal digits that are kept of a signed value."""
UNREADABLE = "unreadable"
"""The digest of a file that can't be read, or is a special file."""
FOLDERS = ("staticfiles", "logs")
"""Folders that tasks create and git ignores."""
DISTRIBUTION = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")
ENV_FILE = re.compile(r"\.env(\.(?!.*(example|sample|template|dist)$).+)?")


def tick_point(project: Project, *, shared: bool = False) -> TickPoint:
    """The present content of *project*. *shared*: only what another clone has too.

    Raises:
        StepError: git failed.
        StateError: the user's key can't be read.
    """
    git, top = project.git, project.top
    head = git.head() if git else ""
    committed = git_history.digests(git, head) if git and head else {}
    listed = {project.display_path(path) for path in (git.deployable() if git else walk(top))}
    names = (name for name in sorted(listed | committed.keys()) if not _left_out(name))
    now = {name: digest(top / name, head) for name in names}
    different = [name for name in now if now[name] != committed.get(name, "")]
    contents = {f"file {name}": now[name] for name in different[:MOST]}
    if shared:
        return TickPoint(head, contents)
    contents |= _lines(project.top, [name.removeprefix("file ") for name in contents])
    for name, value in (*_env_files(project), *_ignored_files(project), *_packages(project.python.prefix)):
        contents[name] = value
    folders = [project.root / name for name in FOLDERS]
    contents |= {f"folder {project.display_path(path)}": "" for path in folders if path.is_dir()}
    return TickPoint(head, contents)


def _lines(top: Path, names: list[str]) -> dict[str, str]:
    """The digests of the lines of uncommitted files, of which git has no copy. They tell later which lines changed."""
    left, found = MOST_LINES, {}
    for name in names:
        with suppress(EditError):
            content = files.read(top / name, LARGEST_TEXT) or b""
            lines = text_lines(content)
            if b"\0" not in content and len(lines) <= left:
                left -= len(lines)
                found[f"lines {name}"] = "".join(line_digests(lines))
    return found


def text_lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines()


def line_digests(lines: list[str]) -> list[str]:
    return [signing.signature(b"line\0" + line.encode("utf-8", "replace"))[:LINE_DIGITS] for line in lines]


def _left_out(name: str) -> bool:
    """Whether the file *name* is described in another way, or is Golive's own."""
    parts = name.split("/")
    return ".golive" in parts or ENV_FILE.fullmatch(parts[-1]) is not None


def digest(path: Path, head: str = "") -> str:
    """The digest of a file as git computes it for its content, and a mark for its mode. Empty if there is no file.

    *head* is any commit of the repository, whose length tells which hash it uses. git itself would run the filters of
    the repository.
    """
    try:
        status = path.lstat()
        state = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if path not in _known or _known[path][0] != state:
            _known[path] = (state, _digest(path, status, "sha256" if len(head) == 64 else "sha1"))
        return _known[path][1]
    except OSError:
        return ""
    except EditError:
        return UNREADABLE


_known: dict[Path, tuple[tuple[int, ...], str]] = {}
"""The digest of each file that was read, with its status. A run describes the project after each task."""


def _digest(path: Path, status: os.stat_result, kind: str) -> str:
    if stat.S_ISLNK(status.st_mode):
        return _blob(os.fsencode(path.readlink()), kind) + " link"
    if not stat.S_ISREG(status.st_mode):
        return UNREADABLE
    if status.st_size > LARGEST:  # not deployed, and slow to read
        return f"{status.st_size} bytes"
    executable = " executable" if status.st_mode & stat.S_IXUSR else ""
    content = files.digest_of(path, kind, _header(status.st_size))
    return content + executable if content else ""


def _blob(content: bytes, kind: str) -> str:
    return hashlib.new(kind, _header(len(content)) + content, usedforsecurity=False).hexdigest()


def _header(size: int) -> bytes:
    """What git hashes before the content of a file."""
    return b"blob %d\0" % size


def _env_files(project: Project) -> Iterator[tuple[str, str]]:
    """Each variable of each .env file that holds values, with its signed value; and each file's mode."""
    folders = {project.top, project.root, project.settings.main.parent}
    for path in sorted(path for folder in folders for path in folder.glob(".env*") if ENV_FILE.fullmatch(path.name)):
        with suppress(EditError, OSError):
            content = files.read(path) if files.inside(path, project.top) else None
            if content is None:
                continue
            name = project.display_path(path)
            yield f"mode {name}", f"{stat.S_IMODE(path.stat().st_mode):o}"
            for variable, value in dotenv.values(content).items():
                yield f"env {name} {variable}", _signed(f"{variable}={value}".encode())


def _ignored_files(project: Project) -> Iterator[tuple[str, str]]:
    """Files that git ignores and that the project needs to load."""
    for copied in project.extra_files:
        path = project.own(copied)
        if path and path.is_file() and not ENV_FILE.fullmatch(path.name):
            with suppress(EditError):
                yield f"ignored {project.display_path(path)}", _signed(files.read(path) or b"")


def _packages(environment: Path) -> Iterator[tuple[str, str]]:
    for folder in environment.glob("lib*/python*/site-packages"):
        for entry in folder.glob("*.dist-info"):
            if found := DISTRIBUTION.fullmatch(entry.name):
                yield f"package {found['name']}", found["version"]


def _signed(content: bytes) -> str:
    """The user's signature of *content*, so that it can be recognized and not found by trying."""
    return signing.signature(b"value\0" + content)[:DIGITS]
