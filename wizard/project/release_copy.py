"""A copy of the files that would be deployed, in which production is rehearsed.

A missing static folder, an untracked file or a .env file that exists only on this machine fails in the copy as it would
in production. Checks do not touch the user's own database and files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError
from wizard.base.git import Git

LEFT_OUT = {
    ".git",
    ".golive",
    "node_modules",
    "__pycache__",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
}
LARGEST = 256 << 20
"""The maximum size in bytes of a file to deploy. Git hosts accept 100 MB."""
LOCAL = (".env", ".env.local", ".env.production", ".env.development")


class ReleaseCopy:
    """The copy at *folder* of the files below *top*, the top of the repository or of a project without git."""

    def __init__(self, top: Path, git: Git | None, folder: Path) -> None:
        self.top, self.git, self.folder = top, git, folder
        self.left_out: dict[Path, str] = {}
        """Files that are not copied though git tracks them, and why."""
        self._copied: dict[Path, tuple[int, int]] = {}

    def at(self, path: Path) -> Path:
        """Where *path* of the project is in the copy."""
        return self.folder / path.relative_to(self.top)

    def back(self, path: Path) -> Path:
        """Where a path of the copy is in the project."""
        return self.top / path.relative_to(self.folder)

    def own_path(self, path: Path) -> Path | None:
        """The file of the project behind a path of the copy, links resolved. None if it leads out of the copy."""
        real, folder = path.resolve(), self.folder.resolve()
        return self.top / real.relative_to(folder) if real.is_relative_to(folder) else None

    def sync(self) -> bool:
        """Bring the copy up to date. Only changed files are copied. Returns whether there were any."""
        if not self._copied:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.parent.chmod(0o700)  # it also holds the run's work folder, with values of .env files
            self.folder.mkdir(mode=0o700)
        listed = self._listed()
        present = {path: (status.st_mtime_ns, status.st_size) for path, status in listed.items()}
        changed = [path for path in present if self._copied.get(path) != present[path]]
        _copy(changed, sum(present[path][1] for path in changed), self.top, self.folder)
        for path in self._copied.keys() - present.keys():
            self.at(path).unlink(missing_ok=True)
        before, self._copied = self._copied, present
        return present != before

    def move_back(self, path: Path) -> None:
        """Move what a command wrote into the copy of *path*, a file or folder, to the project."""
        made = self.at(path)
        if made.is_dir():
            shutil.copytree(made, path, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(made)
        elif made.is_file():
            shutil.copy2(made, path)
            made.unlink()
        self._copied = {each: state for each, state in self._copied.items() if not each.is_relative_to(path)}

    def files(self) -> list[Path]:
        """The files that would be deployed: regular files of the project that are not too large."""
        return list(self._listed())

    def _listed(self) -> dict[Path, os.stat_result]:
        """The files that would be deployed with their status. Sets `left_out`."""
        found, self.left_out = {}, {}
        for path, status in regular(_all(self.top, self.git), self.top):
            if isinstance(status, str):
                self.left_out[path] = status
            elif status.st_size > LARGEST:
                size, limit = status.st_size, LARGEST >> 20
                self.left_out[path] = f"is too large to deploy: {size:,} bytes, the limit is {limit} MB"
            else:
                found[path] = status
        return found

    def known(self) -> Iterable[Path]:
        """The project's files as they were when the copy was last brought up to date."""
        return self._copied or self.files()

    def deploys(self, path: Path) -> bool:
        """Whether *path* of the project is deployed: git tracks it, or would if it were added."""
        known = self._copied or self._before_copying
        return path in known or not path.is_relative_to(self.top)

    @cached_property
    def _before_copying(self) -> frozenset[Path]:
        return frozenset(self.files())

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._copied = {}


def walk(top: Path) -> Iterator[Path]:
    """The files of a project without git, except for virtual environments, caches and local .env files."""
    for folder, folders, names in os.walk(top):
        parent = Path(folder)
        folders[:] = sorted(
            name for name in folders if name not in LEFT_OUT and not (parent / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            if name not in LOCAL and not name.endswith((".pyc", ".sqlite3-journal")) and (parent / name).is_file():
                yield parent / name


def _all(top: Path, git: Git | None) -> Iterable[Path]:
    return (path for path in (git.deployable() if git else walk(top)) if ".golive" not in path.parts)


def regular(paths: Iterable[Path], top: Path) -> Iterator[tuple[Path, os.stat_result | str]]:
    """The regular files among *paths* with their status. Others are not opened.

    A link that leads out of *top* comes with the reason why it is not deployed instead of a status.
    """
    inside: dict[Path, bool] = {}
    for path in paths:
        try:
            status = path.lstat()
            if path.parent not in inside:
                inside[path.parent] = files.inside(path.parent, top)
            if not inside[path.parent] or (stat.S_ISLNK(status.st_mode) and not files.inside(path, top)):
                yield path, "leads out of the project through a link, so production will not have it"
                continue
            if stat.S_ISLNK(status.st_mode):
                status = path.stat()
        except OSError:  # deleted since it was listed, or a broken link
            continue
        if stat.S_ISREG(status.st_mode):
            yield path, status


def _copy(paths: list[Path], size: int, top: Path, folder: Path) -> None:
    """Copy *paths*, *size* bytes in all, from below *top* to the same places below *folder*.

    Raises:
        EditError: the disk does not have enough space.
    """
    free = shutil.disk_usage(folder).free
    if size > free:
        raise EditError(
            f"{top} can't be copied to {folder}",
            f"it needs {size:,} bytes, and {free:,} are free",
            "Free some space, or add files that are not deployed to .gitignore.",
        )
    made = set[Path]()
    for path in paths:
        target = folder / path.relative_to(top)
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        shutil.copy2(path, target)


def export(listed: list[Path], top: Path, folder: Path) -> int:
    """Copy the *listed* files below *top* into *folder*, which is made if needed; returns their number."""
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    sizes = {path: status.st_size for path, status in regular(listed, top) if not isinstance(status, str)}
    _copy(list(sizes), sum(sizes.values()), top, folder)
    return len(sizes)


def digest_of(listed: Iterable[Path], top: Path, *more: Path) -> str:
    """A hash over the contents of the *listed* files and of *more*, each of which may be missing."""
    return _content({*listed, *more}, top).hexdigest()


def _content(paths: Iterable[Path], top: Path) -> hashlib._Hash:
    total = hashlib.sha256()
    start = len(f"{top}/")
    for path, status in regular(sorted(paths), top):
        total.update(os.fsencode(str(path)[start:]) + b"\0")
        if isinstance(status, str):
            total.update(status.encode())
        elif status.st_size > LARGEST:  # not deployed, and slow to read
            total.update(f"{status.st_size} {status.st_mtime_ns}".encode())
        else:
            total.update(str(_digest(path, status)).encode())
    return total


def work_folder(root: Path) -> Path:
    """The folder for temporary files of a run for the project at *root*. It is removed at the end."""
    copies = files.copies_folder(root)
    return copies.with_name(f"{copies.name}.work")


def fingerprint(top: Path, git: Git | None, environment: Path, made: tuple[Path, ...] = ()) -> str:
    """A hash over the project's state, its last commit, and which of the paths *made* exist.

    Equal fingerprints mean that nothing that Golive checks has changed.
    """
    parts = (state(top, git, environment), *(str(path.exists()) for path in made), git.head() if git else "")
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def state(top: Path, git: Git | None, environment: Path) -> str:
    """A hash over the project's files, .env files and installed packages."""
    listed = set(_all(top, git))
    local = {folder / name for folder in {top, *(path.parent for path in listed)} for name in LOCAL}
    total = _content(listed | local, top)
    for folder in sorted(environment.glob("lib*/python*/site-packages")):
        names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith((".dist-info", ".egg-info")))
        total.update("\n".join(names).encode())
    return total.hexdigest()


def _digest(path: Path, status: os.stat_result) -> str | None:
    """The hash of the content of *path*. A file that has its earlier *status* is not read again."""
    state = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    if path in _digests and _digests[path][0] == state:
        return _digests[path][1]
    found = files.digest_of(path)
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > UNSETTLED:
        _digests[path] = (state, found)
    return found


_digests: dict[Path, tuple[tuple[int, ...], str | None]] = {}
"""The hash of each file of a fingerprint, with its status. A run makes a fingerprint after each task."""
UNSETTLED = 2_000_000_000
"""Nanoseconds after a change in which another change may leave the same times, on a file system that rounds them."""
