"""Sign Golive's own state with HMAC-SHA256 and a key that only this user on this machine has.

The key is 32 random bytes in the user's configuration folder (`golive/key`, mode 0600). It is created when Golive first
writes a state. It is never part of a repository, so a repository can't contain a signed state.
"""

from __future__ import annotations

import hmac
import os
import stat
from functools import lru_cache
from pathlib import Path

from wizard.base import files
from wizard.base.errors import StateError

LENGTH = 32
"""The length of the key in bytes."""
SIGNS = 32
"""The number of hexadecimal digits in a signature: 128 bits."""
_keys: dict[Path, bytes] = {}


def key_file() -> Path:
    return _key_file(os.environ.get("XDG_CONFIG_HOME"), os.environ.get("HOME"))


@lru_cache(maxsize=4)
def _key_file(config: str | None, home: str | None) -> Path:
    # Each line of a journal asks for the key. Building the path takes longer than its signature.
    return files.config_folder() / "key"


def signature(content: bytes, place: int = 0) -> str:
    """Sign *content*. *place* is its line number, so that no line of a file can be moved or removed.

    Raises:
        StateError: the key can't be read or created.
    """
    return _signature(_key() or _made(), content, place)


def is_signed(content: bytes, given: str, place: int = 0) -> bool:
    """Whether *given* is this user's signature of *content*. Never creates a key.

    Raises:
        StateError: the key can't be read.
    """
    key = _key()
    return key is not None and hmac.compare_digest(_signature(key, content, place).encode(), given.encode())


def _signature(key: bytes, content: bytes, place: int) -> str:
    return hmac.digest(key, b"%d\n" % place + content, "sha256").hex()[:SIGNS]


def _key() -> bytes | None:
    path = key_file()
    if path in _keys:
        return _keys[path]
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StateError(f"{path} can't be read", str(error.strerror), "Check its permissions.") from error
    try:
        status = os.fstat(descriptor)
        private = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
        if not private:
            raise StateError(
                f"{path} is not private to you", "others could sign a state with it", f"Run `chmod 600 {path}`."
            )
        key = bytes.fromhex(os.read(descriptor, 3 * LENGTH).decode("ascii"))
    except ValueError as error:
        raise _broken(path) from error
    finally:
        os.close(descriptor)
    if len(key) != LENGTH:
        raise _broken(path)
    _keys[path] = key
    return key


def _broken(path: Path) -> StateError:
    why = f"it should contain {2 * LENGTH} hexadecimal digits"
    return StateError(f"{path} is not a valid key", why, "Remove it, then run `golive adopt` in each of your projects.")


def _made() -> bytes:
    """Create the key. If two processes create it at the same time, both use the first one."""
    path = key_file()
    temporary = path.with_name(f"key.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, os.urandom(LENGTH).hex().encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass  # another process was first
        finally:
            temporary.unlink()
    except OSError as error:
        hint = "Make the folder writable, or set XDG_CONFIG_HOME to one that is."
        raise StateError(f"The key {path} can't be created", str(error.strerror), hint) from error
    key = _key()
    if key is None:
        raise StateError(f"The key {path} is missing", "another program removed it just now", "Run the command again.")
    return key
