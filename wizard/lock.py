"""One run at a time: a lock that the system lets go when its owner dies, and that says who the owner is."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from wizard.errors import LockedError
from wizard.evidence import now


class Lock:
    """Holds `.golive/lock`. `left_behind` tells whether its last owner died instead of letting go."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self.left_behind = False
        self._descriptor = -1

    def __enter__(self) -> Lock:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = self._owner()
            os.close(self._descriptor)
            raise LockedError(
                "Another run of Golive works on this project",
                f"process {owner.get('pid', 'unknown')}, since {owner.get('since', 'just now')}",
                "Wait for it to end, or stop it.",
            ) from error
        self.left_behind = bool(self._owner())
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
