"""The log of a session: its last lines in memory, and all of it in a file of limited size."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import BinaryIO

from wizard.base.terminal import harmless

KEPT = 20_000
"""The number of lines kept in memory. Older ones are in the file only."""
HALF = 32 * 2**20
"""The size in bytes at which the file is rotated. One rotated file is kept, so a log takes at most twice as much."""
SESSIONS = 10
"""The number of session logs to keep."""
LONGEST = 4_000
"""The number of characters of a line kept in memory. The file has the full line."""


class RunLog:
    """One thread writes, others read: a line is stored before `count` includes it."""

    def __init__(self, runs: Path) -> None:
        self.count = 0
        self._tasks: dict[int, tuple[int, int | None]] = {}
        """The first line of each task, and the line after its last one; None for the task that runs."""
        self.path = runs / f"session-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}.log"
        self._lines: list[str] = []
        self._file: BinaryIO | None = None
        self._size = 0
        self._flushed = 0.0
        self._failed = False

    @property
    def first(self) -> int:
        """The number of the oldest line in memory."""
        return max(0, self.count - KEPT)

    def write(self, text: str) -> None:
        """Add the lines of *text*, which is redacted already, without control sequences."""
        for line in text.split("\n"):
            full = harmless(line)
            short = full if len(full) <= LONGEST else full[:LONGEST] + " …"
            if self.count < KEPT:
                self._lines.append(short)
            else:
                self._lines[self.count % KEPT] = short
            self.count += 1
            self._write_safely(full)

    def __getitem__(self, number: int) -> str:
        """Line *number*, counted from the start of the session; empty if it is no longer in memory."""
        return self._lines[number % KEPT] if self.first <= number < self.count else ""

    def begin_task(self, task: int) -> None:
        """The lines that follow belong to the task with this number."""
        for other, (first, end) in self._tasks.items():
            self._tasks[other] = (first, self.count if end is None else end)
        self._tasks[task] = (self.count, None)

    def lines_of(self, task: int) -> tuple[int, int]:
        """The number of the first line of a task that is in memory, and of the line after its last one."""
        first, end = self._tasks.get(task, (self.count, self.count))
        return max(first, self.first), self.count if end is None else max(end, self.first)

    def last(self, lines: int, task: int | None = None) -> list[str]:
        """The last *lines*, of one *task* if it is given."""
        first, end = (self.first, self.count) if task is None else self.lines_of(task)
        return [self[number] for number in range(max(first, end - lines), end)]

    def _write_safely(self, line: str) -> None:
        """Write *line* to the file. If the disk is full, the log continues in memory only."""
        if self._failed:
            return
        try:
            self._write(line)
        except OSError as error:
            self._failed, self._file = True, None
            self.write(f"Can't write the log to {self.path}: {error.strerror}")

    def _write(self, line: str) -> None:
        if self._file is None:
            self._file = self._open()
        self._size += self._file.write(line.encode("utf-8", "replace") + b"\n")
        now = time.monotonic()
        if now - self._flushed > 0.2:
            self._file.flush()
            self._flushed = now
        if self._size > HALF:
            self._file.close()
            self.path.replace(self.path.with_suffix(".1.log"))
            self._file, self._size = None, 0

    def _open(self) -> BinaryIO:
        self.path.parent.mkdir(exist_ok=True)
        older = sorted(self.path.parent.glob("session-*.log"), reverse=True)
        for path in older[SESSIONS - 1 :]:
            if path.name.partition(".")[0] != self.path.stem:
                path.unlink(missing_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "ab")

    def whole(self) -> bytes:
        """The content of the log's files."""
        if self._file and not self._failed:
            self._file.flush()
        parts = (self.path.with_suffix(".1.log"), self.path)
        return b"".join(path.read_bytes() for path in parts if path.exists())

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
