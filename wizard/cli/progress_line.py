"""The last line of a terminal: what runs now, and how long the run has taken. Lines are printed above it."""

from __future__ import annotations

import os
import shutil
import threading
import time
from typing import TextIO

from wizard.base.terminal import harmless
from wizard.cli.accessible import is_accessible

ERASE = "\r\x1b[2K"
"""Moves to the beginning of the line and erases it."""
SECONDS = 1.0
"""How often the time is updated."""


class ProgressLine:
    """The progress line of *stream*, while its `with` block runs. Without a terminal it only passes lines on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text = ""
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> ProgressLine:
        capable = os.environ.get("TERM", "dumb") not in {"", "dumb"} and not is_accessible()
        if self._stream.isatty() and capable:
            self._thread = threading.Thread(target=self._update, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._thread is not None:
            self._ended.set()
            self._thread.join()
            self._thread = None
            self._print(ERASE)

    def show(self, text: str) -> None:
        """Say what runs now."""
        with self._lock:
            self._text = text
            if self._thread is not None:
                self._print(self._line())

    def write(self, text: str) -> None:
        """Print one or more lines above the progress line. *text* has no control sequences but those of colours."""
        with self._lock:
            if self._thread is None:
                self._print(f"{text}\n")
            else:
                self._print(f"{ERASE}{text}\n{self._line()}")

    def _update(self) -> None:
        while not self._ended.wait(SECONDS):
            with self._lock:
                self._print(self._line())

    def _line(self) -> str:
        if not self._text:
            return ""
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        took = f" · {minutes}:{seconds:02}"
        return f"{ERASE}{harmless(self._text)[: shutil.get_terminal_size().columns - len(took) - 1]}{took}"

    def _print(self, text: str) -> None:
        self._stream.write(text)  # a single write, because other threads print, too
        self._stream.flush()
