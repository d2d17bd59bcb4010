"""Allow one run at a time, with a lock that names its owner and that the system releases when the owner dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from wizard.base import files, orphans, reader
from wizard.base.errors import LockedError
from wizard.base.wording import time_ago
from wizard.checklist.evidence import now
from wizard.state import state_file


class Lock:
    """Locks the file *path*. `owner_died`: the last owner died without releasing the lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.owner_died = False
        self._descriptor = -1

    def __enter__(self) -> Lock:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = self._owner()
            os.close(self._descriptor)
            raise LockedError(
                "Another run of Golive is working on this project",
                f"process {owner.get('pid', 'unknown')} began {_began(owner)}",
                "Close it (it may be open in another terminal or browser tab), then try again.",
            ) from error
        self.owner_died = bool(self._owner())
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({"pid": os.getpid(), "since": now()}).encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _owner(self) -> dict[str, object]:
        try:
            owner = json.loads(os.pread(self._descriptor, 500, 0) or b"{}")
        except ValueError:
            return {"pid": "unknown"}
        return owner if isinstance(owner, dict) else {}


def _began(owner: dict[str, object]) -> str:
    """When *owner* locked the file, in words."""
    try:
        return time_ago(str(owner["since"]))
    except (KeyError, ValueError, TypeError):  # it has not written its record yet
        return "just now"


@contextmanager
def locked(root: Path) -> Iterator[bool]:
    """Lock the project at *root* and its copy. Yields whether the last owner died without releasing the lock.

    The copy in the user's cache has its own lock, because the one in `.golive/` has no effect once that folder was
    removed.

    Raises:
        LockedError: another run is working on the project.
        StateError: this user did not write its state. Nothing is written then.
    """
    state_file.load(root, read_only=True)
    with ExitStack() as held:
        copy = held.enter_context(Lock(copy_lock(root)))
        died = copy.owner_died
        died |= held.enter_context(Lock(state_file.prepare(root) / "lock")).owner_died
        yield died


READERS = 16
"""How many commands may read a project at the same time."""


@contextmanager
def reading(root: Path) -> Iterator[None]:
    """Lock a copy of the project at *root* for a command that only reads, while another run may change the project.

    Raises:
        LockedError: too many commands read it at the same time.
        StateError: this user did not write its state. Nothing is written then.
    """
    state_file.load(root, read_only=True)
    with ExitStack() as held:
        for number in range(1, READERS + 1):
            with ExitStack() as attempt:
                attempt.enter_context(reader.using(number))
                try:
                    lock = attempt.enter_context(Lock(copy_lock(root)))
                except LockedError:
                    if number == READERS:
                        raise
                    continue
                held.push(attempt.pop_all())
                break
        if lock.owner_died:
            orphans.stop_orphans(root)
        yield


def copy_lock(root: Path) -> Path:
    """The lock file of the copies of the project at *root*, next to their folder."""
    folder = files.copies_folder(root)
    return folder.with_name(f"{folder.name}.lock")
