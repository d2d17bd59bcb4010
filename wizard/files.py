"""Files, written so that a kill at any instant leaves the old or the new content, never a part."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from wizard.errors import EditError, StaleError


def cache_folder() -> Path:
    """Where Golive keeps what it can make anew."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "golive"


def config_folder() -> Path:
    """Where a person's own choices are kept, and the key that signs states."""
    if sys.platform == "darwin":
        from platformdirs import user_config_path

        return user_config_path("golive")
    given = os.environ.get("XDG_CONFIG_HOME", "")  # platformdirs takes the same, and a quarter of the start of `status`
    return (Path(given) if Path(given).is_absolute() else Path.home() / ".config") / "golive"


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def read(path: Path) -> bytes | None:
    """The file's bytes, None if there is none.

    Raises:
        EditError: something is there that is no readable file.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except IsADirectoryError as error:
        raise EditError(
            f"{path} is a folder", "Golive needs a file there", "Move the folder away, then run again."
        ) from error
    except OSError as error:
        raise EditError(f"{path} can't be read", str(error.strerror), "Check its permissions.") from error


ANYTHING = "anything"


def write(path: Path, content: bytes, *, mode: int | None = None, over: str | None = ANYTHING) -> None:
    """Put *content* at *path* in one step, keeping the mode of a file that is there already.

    *over* is the digest of what it takes the place of, None for no file.

    Raises:
        EditError: the file or its folder can't be written; nothing has changed then.
        StaleError: something else is there, saved by somebody else; it stays.
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
        _still_there(path, over)  # at the last moment: an editor may save any time
        temporary.replace(path)
        sync_folder(path.parent)
    except StaleError:
        temporary.unlink(missing_ok=True)
        raise
    except OSError as error:
        with suppress(OSError):  # where nothing can be written, nothing can be removed either; the next run sweeps
            temporary.unlink(missing_ok=True)
        raise EditError(
            f"{path} can't be written", str(error.strerror), "Make it writable (`chmod u+w`), then run again."
        ) from error


def _still_there(path: Path, over: str | None) -> None:
    if over != ANYTHING and digest(read(path)) != over:
        raise StaleError(f"{path} changed meanwhile", "somebody else saved it; it is left as it is", "Run it again.")


def read_only(path: Path) -> bool:
    """Whether a file says that it is not to be written; a superuser could, and should not."""
    try:
        return path.exists() and not stat.S_IMODE(path.stat().st_mode) & 0o222
    except OSError:
        return False


def is_writable(path: Path) -> bool:
    """Whether `write` and `remove` can change *path*: a file that says so, in a folder that lets files be replaced."""
    folder = next(each for each in path.parents if each.exists())
    return not read_only(path) and os.access(folder, os.W_OK)


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Make *folder* and those above it, each of them on disk; one that is there already stays as it is."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=mode, exist_ok=True)
    sync_folder(folder.parent)


def remove(path: Path) -> None:
    """Remove the file, and see that it is gone from the disk; nothing where there is none."""
    if path.is_symlink() or path.exists():
        path.unlink()
        sync_folder(path.parent)


def discard(path: Path) -> bool:
    """Remove the file for good; returns whether there was one.

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


def inside(path: Path, *roots: Path) -> bool:
    """Whether *path*, its links followed, lies in one of *roots*."""
    real = path.resolve()
    return any(real.is_relative_to(root.resolve()) for root in roots)


def sweep(folder: Path) -> None:
    """Remove temporary files that a kill left in *folder*."""
    for leftover in folder.glob(".*.golive-[0-9]*"):
        with suppress(OSError):  # whatever is written next tells why it can't be
            leftover.unlink(missing_ok=True)
