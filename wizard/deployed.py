"""A copy of what would be deployed, kept in step with the project: production is rehearsed there.

A missing static folder, an untracked file or a .env that only exists on this machine then fails here as it would in
production, and the person's own database and files are never touched by a check.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from wizard import files
from wizard.git import Git

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
LOCAL = (".env", ".env.local", ".env.production", ".env.development")


class Copy:
    """The copy at *folder* of the tree below *top* (the repository's, or the project's own without git)."""

    def __init__(self, top: Path, git: Git | None, folder: Path) -> None:
        self.top, self.git, self.folder = top, git, folder
        self._seen: dict[Path, tuple[int, int]] = {}

    def at(self, path: Path) -> Path:
        """Where *path* of the project is in the copy."""
        return self.folder / path.relative_to(self.top)

    def back(self, path: Path) -> Path:
        """Where a path of the copy is in the project."""
        return self.top / path.relative_to(self.folder)

    def sync(self) -> bool:
        """Bring the copy up to date; only what changed is copied. Returns whether anything had."""
        if not self._seen:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True, mode=0o700)
        present: dict[Path, tuple[int, int]] = {}
        for path in self.files():
            try:
                status = path.stat()
            except OSError:
                continue
            present[path] = (status.st_mtime_ns, status.st_size)
            if self._seen.get(path) != present[path]:
                target = self.at(path)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
        for path in self._seen.keys() - present.keys():
            self.at(path).unlink(missing_ok=True)
        changed, self._seen = present != self._seen, present
        return changed

    def files(self) -> list[Path]:
        if self.git:
            return [path for path in self.git.deployable() if path.is_file() and ".golive" not in path.parts]
        return list(walk(self.top))

    def known(self) -> Iterable[Path]:
        """The project's files as they were when the copy was last brought up to date."""
        return self._seen or self.files()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._seen = {}


def walk(top: Path) -> Iterator[Path]:
    """The project's own files where there is no git to ask: no environments, caches or local .env files."""
    for folder, folders, names in os.walk(top):
        here = Path(folder)
        folders[:] = sorted(
            name for name in folders if name not in LEFT_OUT and not (here / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            if name not in LOCAL and not name.endswith((".pyc", ".sqlite3-journal")):
                yield here / name


def export(listed: list[Path], top: Path, folder: Path) -> int:
    """Copy the *listed* files below *top* into the new *folder*; returns how many there were."""
    folder.mkdir(parents=True, mode=0o700)
    count = 0
    for path in listed:
        if path.is_file():
            target = folder / path.relative_to(top)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
            count += 1
    return count


def copies_folder(top: Path) -> Path:
    """Where copies of this project go: outside of it, since .env files are looked for upwards."""
    return files.cache_folder() / "copies" / hashlib.sha256(str(top).encode()).hexdigest()[:16]


def work_folder(root: Path) -> Path:
    """Where Golive keeps what a run needs for the project at *root*, and removes at its end."""
    copies = copies_folder(root)
    return copies.with_name(f"{copies.name}.work")


def fingerprint(top: Path, git: Git | None, environment: Path, made: tuple[Path, ...] = ()) -> str:
    """One hash over the project's files, its .env files, the packages of its environment, and which of *made* exist.

    Equal fingerprints mean that nothing Golive looks at has changed.
    """
    total = hashlib.sha256()
    listed = git.deployable() if git else list(walk(top))
    local = [
        path
        for folder in {top, *(path.parent for path in listed)}
        for name in LOCAL
        if (path := folder / name).is_file()
    ]
    for path in sorted({*listed, *local}):
        if ".golive" in path.parts or not path.is_file():
            continue
        total.update(str(path.relative_to(top)).encode("utf-8", "surrogateescape") + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    for folder in sorted(environment.glob("lib*/python*/site-packages")):
        names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith((".dist-info", ".egg-info")))
        total.update("\n".join(names).encode())
    total.update("".join(str(path.exists()) for path in made).encode())
    if git:
        total.update(git.head().encode())
    return total.hexdigest()
