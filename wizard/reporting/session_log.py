"""The output of one session: its last lines at hand, all of it in a file that has an end too."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import BinaryIO

from wizard.base.terminal import harmless

KEPT = 20_000
"""Lines at hand; older ones are in the file only."""
HALF = 32 * 2**20
"""Bytes after which the file is put aside for a new one: a session's log takes twice that at most."""
SESSIONS = 10
LONGEST = 4_000
"""Characters of one line at hand; the file has it whole."""


class RunLog:
    """Written by one thread, read by others: a line is in its place before it is counted."""

    def __init__(self, runs: Path) -> None:
        self.count = 0
        self.path = runs / f"session-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}.log"
        self._lines: list[str] = []
        self._file: BinaryIO | None = None
        self._size = 0
        self._flushed = 0.0
        self._lost = False

    @property
    def first(self) -> int:
        """The number of the oldest line at hand."""
        return max(0, self.count - KEPT)

    def write(self, text: str) -> None:
        """Add *text*, already redacted, as lines; control sequences are left out."""
        for line in text.split("\n"):
            whole = harmless(line)
            shown = whole if len(whole) <= LONGEST else whole[:LONGEST] + " …"
            if self.count < KEPT:
                self._lines.append(shown)
            else:
                self._lines[self.count % KEPT] = shown
            self.count += 1
            self._keep(whole)

    def __getitem__(self, number: int) -> str:
        """Line *number*, counted from the session's beginning; empty when it is no longer at hand."""
        return self._lines[number % KEPT] if self.first <= number < self.count else ""

    def last(self, lines: int) -> list[str]:
        return [self[number] for number in range(max(self.first, self.count - lines), self.count)]

    def _keep(self, line: str) -> None:
        """Write *line* to the file; on a full disk the work goes on, and the log is at hand only."""
        if self._lost:
            return
        try:
            self._write(line)
        except OSError as error:
            self._lost, self._file = True, None
            self.write(f"The log is no longer written to {self.path}: {error.strerror}")

    def _write(self, line: str) -> None:
        if self._file is None:
            self._file = self._opened()
        self._size += self._file.write(line.encode("utf-8", "replace") + b"\n")
        now = time.monotonic()
        if now - self._flushed > 0.2:
            self._file.flush()
            self._flushed = now
        if self._size > HALF:
            self._file.close()
            self.path.replace(self.path.with_suffix(".1.log"))
            self._file, self._size = None, 0

    def _opened(self) -> BinaryIO:
        self.path.parent.mkdir(exist_ok=True)
        older = sorted(self.path.parent.glob("session-*.log"), reverse=True)
        for path in older[SESSIONS - 1 :]:
            if path.name.partition(".")[0] != self.path.stem:
                path.unlink(missing_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "ab")

    def whole(self) -> bytes:
        """All of the log that there is in files."""
        if self._file and not self._lost:
            self._file.flush()
        parts = (self.path.with_suffix(".1.log"), self.path)
        return b"".join(path.read_bytes() for path in parts if path.exists())

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
