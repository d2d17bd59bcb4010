"""A disk that fails at a chosen point: every call that writes is counted, and one of them fails.

For signals, the start of another program (git, pip) is such a point too.

`Disk` replaces the functions of `os` that change files, in a forked process. It also knows the contents of a folder
after a power cut. Of each file, these are the bytes that were last synced. Of each folder, these are the entries at its
last sync. A file that was never synced is empty.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EACCES": errno.EACCES, "EROFS": errno.EROFS}
SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGHUP": signal.SIGHUP, "SIGINT": signal.SIGINT}
FAULTS = (*SIGNALS, *ERRORS, "torn", "power")
PATCHED = (
    "open",
    "write",
    "fsync",
    "replace",
    "rename",
    "mkdir",
    "rmdir",
    "unlink",
    "remove",
    "chmod",
    "fchmod",
    "ftruncate",
)
LASTING = {"ENOSPC": {"open", "write", "mkdir", "fsync"}, "EROFS": set(PATCHED)}
"""Permanent faults, and the calls that fail with them. A full disk can still rename and delete."""
CUT = 99
"""The exit code after a power cut."""


class Raw(io.FileIO):
    """A file opened by `os.fdopen`. Its writes are counted too."""

    disk: Disk

    def write(self, data: Any) -> int:
        content = bytes(data)
        return self.disk.intercept("write", lambda: io.FileIO.write(self, content), torn=content[: len(content) // 2])


@dataclass
class Disk:
    """Call number *at* below *top* fails with *fault*. Without a fault, calls are only counted."""

    top: Path
    at: int = 0
    fault: str = ""
    calls: int = 0
    names: list[str] = field(default_factory=list)
    wide: set[str] = field(default_factory=set)
    """Secret files that others could read at any point."""
    _real: dict[str, Callable[..., Any]] = field(default_factory=dict)
    _held: list[int] = field(default_factory=list)
    _contents: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    _entries: dict[int, dict[str, tuple[int, bool]]] = field(default_factory=dict)

    def install(self) -> None:
        """Replace the functions of `os` until this process ends."""
        self._real = {name: getattr(os, name) for name in (*PATCHED, "fdopen")}
        if self.fault == "power":
            self._remember(self.top)
        for name in PATCHED:
            setattr(os, name, getattr(self, f"_{name}", None) or self._counted(name))
        os.fdopen = self._fdopen  # type: ignore[assignment]
        started = subprocess.Popen
        subprocess.Popen = lambda *more, **named: self.intercept(  # type: ignore[assignment, misc]
            "start", lambda: started(*more, **named)
        )

    def intercept(self, name: str, call: Callable[[], Any], torn: bytes | None = None) -> Any:
        self.calls += 1
        self.names.append(name)
        self._check_modes()
        persists = self.at and self.calls > self.at and name in LASTING.get(self.fault, ())
        if (self.calls != self.at and not persists) or (name == "start" and self.fault not in SIGNALS):
            return call()  # programs can start on a full disk
        if self.fault in SIGNALS:
            os.kill(os.getpid(), SIGNALS[self.fault])
        elif self.fault in ERRORS:
            raise OSError(ERRORS[self.fault], os.strerror(ERRORS[self.fault]))
        elif self.fault == "power":
            os._exit(CUT if self._write_remains() else 1)
        elif self.fault == "torn" and torn is not None:
            self._tear(torn)
        return call()

    def _check_modes(self) -> None:
        """Note files with secrets that others can read."""
        for path in self.top.glob(".env*"):
            if path.lstat().st_mode & 0o077:
                self.wide.add(path.name)

    def _tear(self, torn: bytes) -> None:
        """Write half of the data, and kill the process."""
        if self.tearing is not None:
            self._real["write"](self.tearing, torn)
        os.kill(os.getpid(), signal.SIGKILL)

    tearing: int | None = None

    def _is_ours(self, path: Any, dir_fd: int | None = None) -> bool:
        if isinstance(path, int) or dir_fd is not None:
            return True
        return Path(os.fsdecode(path)).absolute().is_relative_to(self.top)

    def _counted(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(path: Any, *more: Any, **named: Any) -> Any:
            if not self._is_ours(path, named.get("dir_fd")):
                return real(path, *more, **named)
            if self.fault == "power":
                self._hold(path, *more)
            return self.intercept(name, lambda: real(path, *more, **named))

        return call

    def _open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        def call() -> int:
            return int(self._real["open"](path, flags, mode, dir_fd=dir_fd))

        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        return int(self.intercept("open", call)) if writes and self._is_ours(path, dir_fd) else call()

    def _write(self, descriptor: int, data: bytes) -> int:
        if not self._is_our_descriptor(descriptor):
            return int(self._real["write"](descriptor, data))
        self.tearing = descriptor
        return int(self.intercept("write", lambda: self._real["write"](descriptor, data), torn=data[: len(data) // 2]))

    def _fdopen(self, descriptor: int, mode: str = "r", *more: Any, **named: Any) -> Any:
        if "w" not in mode or "b" not in mode or not self._is_our_descriptor(descriptor):
            return self._real["fdopen"](descriptor, mode, *more, **named)
        self.tearing = descriptor
        raw = Raw(descriptor, "w")
        raw.disk = self
        return io.BufferedWriter(raw)

    def _fsync(self, descriptor: int) -> None:
        def call() -> None:
            self._real["fsync"](descriptor)
            if self.fault == "power":
                self._synced(descriptor)

        if self._is_our_descriptor(descriptor):
            self.intercept("fsync", call)
        else:
            call()

    def _is_our_descriptor(self, descriptor: int) -> bool:
        try:
            return _path_of(descriptor).is_relative_to(self.top)
        except OSError:
            return False

    # ---- power cuts

    def _remember(self, folder: Path) -> None:
        """Record the contents at the start as synced."""
        number = folder.stat().st_ino
        self._entries[number] = {}
        for path in folder.iterdir():
            status = path.lstat()
            self._entries[number][path.name] = status.st_ino, path.is_dir()
            if stat.S_ISDIR(status.st_mode):
                self._remember(path)
            else:
                self._keep_number(path)
                self._contents[status.st_ino] = (path.read_bytes(), stat.S_IMODE(status.st_mode))

    def _keep_number(self, path: Path) -> None:
        """Keep a file open, so that its inode number is not reused."""
        self._held.append(self._real["open"](path, os.O_RDONLY))

    def _hold(self, *paths: Any) -> None:
        for path in paths:
            if isinstance(path, str | os.PathLike) and Path(path).is_file():
                self._keep_number(Path(path))

    def _synced(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        path = _path_of(descriptor)
        if stat.S_ISDIR(status.st_mode):
            self._entries[status.st_ino] = {
                entry.name: (entry.lstat().st_ino, entry.is_dir()) for entry in path.iterdir()
            }
            for entry in path.iterdir():
                self._hold(entry)
        else:
            self._contents[status.st_ino] = (path.read_bytes(), stat.S_IMODE(status.st_mode))

    def _write_remains(self) -> bool:
        """Write the synced contents to `NAME.after`, next to the folder."""
        for name, real in self._real.items():
            setattr(os, name, real)
        self._write_folder(self.top.stat().st_ino, self.top.with_name(f"{self.top.name}.after"))
        return True

    def _write_folder(self, number: int, folder: Path) -> None:
        folder.mkdir()
        for name, (entry, is_folder) in self._entries.get(number, {}).items():
            path = folder / name
            if is_folder:
                self._write_folder(entry, path)
            else:
                content, mode = self._contents.get(entry, (b"", 0o600))
                path.write_bytes(content)
                path.chmod(mode)


def _path_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()
