"""Read and write files safely: bounded reads of regular files only, and atomic writes that survive a kill."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wizard.base import reader
from wizard.base.errors import EditError, StaleError

LARGEST = 64 << 20
"""The size limit in bytes of a project's file that Golive reads into memory."""
PIECE = 1 << 20
"""The number of bytes to read at a time."""
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
"""Names of the file types that are not regular files."""


def cache_folder() -> Path:
    """The folder for files that Golive can create again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache") / "golive"


def copies_folder(top: Path) -> Path:
    """The folder for copies of the project at *top*. It is outside of the project: .env files are searched upwards."""
    return cache_folder() / "copies" / f"{hashlib.sha256(os.fsencode(top)).hexdigest()[:16]}{reader.suffix()}"


def config_folder() -> Path:
    """The folder for the user's choices, and for the key that signs states."""
    if sys.platform == "darwin":
        from platformdirs import user_config_path

        return user_config_path("golive")
    given = os.environ.get("XDG_CONFIG_HOME", "")  # importing platformdirs would slow down `status` by a quarter
    return (Path(given) if Path(given).is_absolute() else _home() / ".config") / "golive"


def _home() -> Path:
    """The user's home folder.

    Raises:
        EditError: it is not known.
    """
    try:
        return Path.home()
    except RuntimeError as error:
        hint = "Set HOME, or XDG_CONFIG_HOME and XDG_CACHE_HOME."
        raise EditError(
            "Your home folder is not known", "HOME is not set, and the user database has no home folder", hint
        ) from error


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def digest_of(path: Path, kind: str = "sha256", header: bytes = b"") -> str | None:
    """The hash of *header* and the content of a file of any size; None if there is no file.

    Raises:
        EditError: it is not a regular file, or can't be read.
    """
    descriptor = _opened(path, None)
    if descriptor is None:
        return None
    total = hashlib.new(kind, header, usedforsecurity=False)
    with os.fdopen(descriptor, "rb", buffering=0) as file, _read_errors(path):
        while piece := file.read(PIECE):
            total.update(piece)
    return total.hexdigest()


def read(path: Path, largest: int | None = LARGEST) -> bytes | None:
    """The content of the file; None if there is no file. All files of a project are read with this function.

    *largest* is the size limit in bytes; None for no limit.

    Raises:
        EditError: it is not a regular file, is too large, or can't be read.
    """
    descriptor = _opened(path, largest)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb", buffering=0) as file, _read_errors(path):
        content = file.read() if largest is None else _up_to(file, largest + 1)
    if largest is not None and len(content) > largest:  # files in /proc report a size of 0; others may grow
        raise _too_large(path, len(content), largest)
    return content


def check(path: Path) -> None:
    """Check that the file at *path*, if there is one, can be read.

    Raises:
        EditError: as `read` does.
    """
    descriptor = _opened(path, LARGEST)
    if descriptor is not None:
        os.close(descriptor)


def is_file(path: Path) -> bool:
    """Whether there is a file at *path*. Unlike Path.is_file, it accepts a name that no file can have."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder at *path*, which may be a name that no folder can have."""
    return os.path.isdir(path)  # noqa: PTH112


def exists(path: Path) -> bool:
    """Whether there is anything at *path*, which may be a name that nothing can have."""
    return os.path.exists(path)  # noqa: PTH110


def text(path: Path, errors: str = "replace") -> str:
    """The file's text in UTF-8; empty if there is no file.

    Raises:
        EditError: as `read` does.
    """
    return (read(path) or b"").decode("utf-8", errors)


def tail(path: Path, size: int) -> bytes:
    """The last *size* bytes of a log; empty if there is no file.

    Raises:
        EditError: as `read` does.
    """
    descriptor = _opened(path, None)
    if descriptor is None:
        return b""
    with os.fdopen(descriptor, "rb", buffering=0) as file, _read_errors(path):
        file.seek(max(0, os.fstat(descriptor).st_size - size))
        return _up_to(file, size)


def _up_to(file: io.FileIO, size: int) -> bytes:
    """Read up to *size* bytes. A single read of an unbuffered file may return fewer than there are."""
    found = bytearray()
    while len(found) < size and (piece := file.read(min(PIECE, size - len(found)))):
        found += piece
    return bytes(found)


def _opened(path: Path, largest: int | None) -> int | None:
    """A descriptor of the regular file at *path*; None if there is no file. Never blocks on a pipe."""
    try:
        status = path.stat()  # before opening it: opening some devices has side effects
        if stat.S_ISREG(status.st_mode):
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and (largest is None or status.st_size <= largest):
                return descriptor
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        raise EditError(f"{path} can't be read", _why(error), "Check its name and its permissions.") from error
    if stat.S_ISREG(status.st_mode):
        raise _too_large(path, status.st_size, largest or 0)
    kind = KINDS.get(stat.S_IFMT(status.st_mode), "a special file")
    thing = "the folder" if stat.S_ISDIR(status.st_mode) else "it"
    raise EditError(f"{path} is {kind}", "Golive needs a regular file there", f"Move {thing} away, then run again.")


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    """Turn errors while reading into an EditError."""
    try:
        yield
    except OSError as error:
        raise EditError(f"{path} can't be read", _why(error), "Check the disk and the file's permissions.") from error


def _why(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)


def _too_large(path: Path, size: int, largest: int) -> EditError:
    return EditError(
        f"{path} is too large",
        f"{size:,} bytes; Golive reads at most {largest:,} of such a file",
        "Move it out of the project, then run again.",
    )


ANYTHING = "anything"
WRITABLE = "Make it writable (`chmod u+w`), then run again."
ADVICE = dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Free some disk space, then run again.")
ADVICE |= dict.fromkeys(
    (errno.EEXIST, errno.ENOTDIR), "Move the file away that is in place of the folder, then run again."
)
"""What to do about an error of the operating system, by its number."""


def _reason(error: OSError, path: Path) -> str:
    """The error's message, with the name of another file or folder than *path* that it is about."""
    other = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else path
    return f"{other}: {error.strerror}" if other in path.parents else str(error.strerror)


def write(path: Path, content: bytes, *, mode: int | None = None, over: str | None = ANYTHING) -> None:
    """Write *content* to *path* atomically. An existing file keeps its mode, unless *mode* is given.

    *over* is the expected digest of the existing file, or None if there should be no file.

    Raises:
        EditError: the file or its folder can't be written. Nothing was changed.
        StaleError: the existing file is not the expected one. It was kept.
    """
    temporary = path.with_name(f".{path.name}.golive-{os.getpid()}")
    try:
        if (path.exists() and not os.access(path, os.W_OK)) or read_only(path):
            raise PermissionError(13, "the file is read-only")
        kept = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
        make_folder(path.parent)
        wanted = mode if mode is not None else kept
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, wanted if wanted is not None else 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if wanted is not None:
                os.fchmod(file.fileno(), wanted)
            os.fsync(file.fileno())
        _require_unchanged(path, over)  # as late as possible: an editor may save at any time
        temporary.replace(path)
        sync_folder(path.parent)
    except (EditError, StaleError):
        temporary.unlink(missing_ok=True)
        raise
    except OSError as error:
        with suppress(OSError):  # the folder may be read-only; the next run removes the file
            temporary.unlink(missing_ok=True)
        raise EditError(
            f"{path} can't be written", _reason(error, path), ADVICE.get(error.errno or 0, WRITABLE)
        ) from error


def _require_unchanged(path: Path, over: str | None) -> None:
    if over != ANYTHING and digest_of(path) != over:
        why = "another program saved it, and Golive did not overwrite it"
        raise StaleError(f"{path} was changed during the edit", why, "Run the task again.")


def read_only(path: Path) -> bool:
    """Whether no write permission is set on the file. Root could still write it, but should not."""
    try:
        return path.exists() and not stat.S_IMODE(path.stat().st_mode) & 0o222
    except OSError:
        return False


def is_writable(path: Path) -> bool:
    """Whether `write` and `remove` can change *path*: the file is not read-only, and its folder is writable."""
    folder = next(parent for parent in path.parents if parent.exists())
    return not read_only(path) and os.access(folder, os.W_OK)


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Create *folder* and its parents, each of them synced to the disk. Does nothing if it exists."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=mode, exist_ok=True)
    sync_folder(folder.parent)


def move(path: Path, target: Path) -> None:
    """Move a file or a link to *target*, which may be on another disk."""
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(path, target, follow_symlinks=False)
        path.unlink()


def remove(path: Path) -> None:
    """Remove the file, and sync that to the disk. Does nothing if there is no file."""
    if path.is_symlink() or path.exists():
        path.unlink()
        sync_folder(path.parent)


def discard(path: Path) -> bool:
    """Remove the file. Return whether there was one.

    Raises:
        EditError: it can't be removed.
    """
    if not path.is_symlink() and not path.exists():
        return False
    try:
        remove(path)
    except OSError as error:
        raise EditError(f"{path} can't be removed", str(error.strerror), "Check its folder's permissions.") from error
    return True


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def below(folder: Path, pattern: str) -> list[Path]:
    """The regular files below *folder* whose names match *pattern*, sorted. Links to folders are not followed."""
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


def inside(path: Path, *roots: Path) -> bool:
    """Whether *path* is inside one of *roots*, after links are resolved."""
    real = Path(os.path.realpath(path))  # unlike Path.resolve, it accepts a link to itself
    return any(real.is_relative_to(os.path.realpath(root)) for root in roots)


def sweep(folder: Path) -> None:
    """Remove temporary files that a killed run left in *folder*."""
    for leftover in folder.glob(".*.golive-[0-9]*"):
        with suppress(OSError):  # the next write reports the problem
            leftover.unlink(missing_ok=True)


def repository(root: Path) -> Path:
    """The top of the repository that contains *root*, found without running git; *root* itself if there is none."""
    return next((parent for parent in (root, *root.parents) if os.path.lexists(parent / ".git")), root)
