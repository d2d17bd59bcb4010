"""A disk that fails at a chosen moment: every call that writes is counted, and one of them meets a fault.

The start of another program (git, pip) is such a moment too, for signals.

`Disk` stands between Golive and the functions of `os` that change files, in a process of its own (a fork). It also
knows what of a folder would be left after a power cut: of each file what was last synced, of each folder the entries it
had when it was last synced; a file whose content never was is empty.
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
"""Faults that stay once they came, and the calls they meet: a full disk can still rename and delete."""
CUT = 99
"""The exit code of a process whose power was cut."""


class Raw(io.FileIO):
    """A file opened by `os.fdopen`, whose writes are counted too."""

    disk: Disk

    def write(self, data: Any) -> int:
        content = bytes(data)
        return self.disk.meet("write", lambda: io.FileIO.write(self, content), torn=content[: len(content) // 2])


@dataclass
class Disk:
    """Below *top*, call number *at* meets *fault*; without one, calls are only counted."""

    top: Path
    at: int = 0
    fault: str = ""
    calls: int = 0
    names: list[str] = field(default_factory=list)
    wide: set[str] = field(default_factory=set)
    """Secret files that were seen with a mode for others too."""
    _real: dict[str, Callable[..., Any]] = field(default_factory=dict)
    _held: list[int] = field(default_factory=list)
    _contents: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    _entries: dict[int, dict[str, tuple[int, bool]]] = field(default_factory=dict)

    def install(self) -> None:
        """From now on, until this process ends."""
        self._real = {name: getattr(os, name) for name in (*PATCHED, "fdopen")}
        if self.fault == "power":
            self._remember(self.top)
        for name in PATCHED:
            setattr(os, name, getattr(self, f"_{name}", None) or self._counted(name))
        os.fdopen = self._fdopen  # type: ignore[assignment]
        started = subprocess.Popen
        subprocess.Popen = lambda *more, **named: self.meet(  # type: ignore[assignment, misc]
            "start", lambda: started(*more, **named)
        )

    def meet(self, name: str, call: Callable[[], Any], torn: bytes | None = None) -> Any:
        self.calls += 1
        self.names.append(name)
        self._see_modes()
        stays = self.at and self.calls > self.at and name in LASTING.get(self.fault, ())
        if (self.calls != self.at and not stays) or (name == "start" and self.fault not in SIGNALS):
            return call()  # a full disk keeps no program from being started
        if self.fault in SIGNALS:
            os.kill(os.getpid(), SIGNALS[self.fault])
        elif self.fault in ERRORS:
            raise OSError(ERRORS[self.fault], os.strerror(ERRORS[self.fault]))
        elif self.fault == "power":
            os._exit(CUT if self._lay_down() else 1)
        elif self.fault == "torn" and torn is not None:
            self._tear(torn)
        return call()

    def _see_modes(self) -> None:
        """Files with secrets are never open to others, not for an instant."""
        for path in self.top.glob(".env*"):
            if path.lstat().st_mode & 0o077:
                self.wide.add(path.name)

    def _tear(self, torn: bytes) -> None:
        """Half of what is written arrives, and the process ends."""
        if self.tearing is not None:
            self._real["write"](self.tearing, torn)
        os.kill(os.getpid(), signal.SIGKILL)

    tearing: int | None = None

    def _mine(self, path: Any, dir_fd: int | None = None) -> bool:
        if isinstance(path, int) or dir_fd is not None:
            return True
        return Path(os.fsdecode(path)).absolute().is_relative_to(self.top)

    def _counted(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(path: Any, *more: Any, **named: Any) -> Any:
            if not self._mine(path, named.get("dir_fd")):
                return real(path, *more, **named)
            if self.fault == "power":
                self._hold(path, *more)
            return self.meet(name, lambda: real(path, *more, **named))

        return call

    def _open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        def call() -> int:
            return int(self._real["open"](path, flags, mode, dir_fd=dir_fd))

        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        return int(self.meet("open", call)) if writes and self._mine(path, dir_fd) else call()

    def _write(self, descriptor: int, data: bytes) -> int:
        if not self._of_ours(descriptor):
            return int(self._real["write"](descriptor, data))
        self.tearing = descriptor
        return int(self.meet("write", lambda: self._real["write"](descriptor, data), torn=data[: len(data) // 2]))

    def _fdopen(self, descriptor: int, mode: str = "r", *more: Any, **named: Any) -> Any:
        if "w" not in mode or "b" not in mode or not self._of_ours(descriptor):
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

        if self._of_ours(descriptor):
            self.meet("fsync", call)
        else:
            call()

    def _of_ours(self, descriptor: int) -> bool:
        try:
            return _place(descriptor).is_relative_to(self.top)
        except OSError:
            return False

    # ---- what a power cut leaves

    def _remember(self, folder: Path) -> None:
        """What is there at the beginning is on disk."""
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
        """A file that is held open keeps its inode number for itself."""
        self._held.append(self._real["open"](path, os.O_RDONLY))

    def _hold(self, *paths: Any) -> None:
        for path in paths:
            if isinstance(path, str | os.PathLike) and Path(path).is_file():
                self._keep_number(Path(path))

    def _synced(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        here = _place(descriptor)
        if stat.S_ISDIR(status.st_mode):
            self._entries[status.st_ino] = {path.name: (path.lstat().st_ino, path.is_dir()) for path in here.iterdir()}
            for path in here.iterdir():
                self._hold(path)
        else:
            self._contents[status.st_ino] = (here.read_bytes(), stat.S_IMODE(status.st_mode))

    def _lay_down(self) -> bool:
        """Write what the disk holds beside the folder, as `NAME.after`."""
        for name, real in self._real.items():
            setattr(os, name, real)
        self._lay(self.top.stat().st_ino, self.top.with_name(f"{self.top.name}.after"))
        return True

    def _lay(self, number: int, folder: Path) -> None:
        folder.mkdir()
        for name, (entry, is_folder) in self._entries.get(number, {}).items():
            path = folder / name
            if is_folder:
                self._lay(entry, path)
            else:
                content, mode = self._contents.get(entry, (b"", 0o600))
                path.write_bytes(content)
                path.chmod(mode)


def _place(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()
