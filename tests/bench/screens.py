"""What the screens cost: the first paint against an empty app's, and keys while a log floods in, in a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import contextmanager
from pathlib import Path

EMPTY = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("ready")

Empty().run()
"""
SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78])")
ROUNDS = 9
PRESSES = 30
RATE = 50_000
"""Lines a second."""


class Screen:
    """A program in a pseudo-terminal."""

    def __init__(self, argv: list[str]) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.began = time.perf_counter()
        self.child = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)

    def until(self, word: bytes, patience: float = 60) -> float:
        """The moment at which *word* was drawn after this call."""
        seen, end = b"", time.perf_counter() + patience
        while (left := end - time.perf_counter()) > 0 and select.select([self.master], [], [], left)[0]:
            seen += os.read(self.master, 1 << 16)
            if word in SEQUENCE.sub(b"", seen):
                return time.perf_counter()
        sys.exit(f"{word!r} was not drawn:\n{SEQUENCE.sub(b'', seen)[-2000:]!r}")

    def press(self, keys: bytes) -> float:
        os.write(self.master, keys)
        return time.perf_counter()

    def close(self) -> None:
        self.child.kill()
        self.child.wait()
        os.close(self.master)


def _paint(argv: list[str], word: bytes) -> float:
    screen = Screen(argv)
    try:
        return screen.until(word) - screen.began
    finally:
        screen.close()


def first_paint(project: Path) -> float:
    """Golive's time to its first screen over an empty Textual app's, both from the start of Python."""
    golive = [sys.executable, "-m", "wizard", str(project)]
    empty = [sys.executable, "-c", EMPTY]
    pairs = [(_paint(golive, b"Looking at the project"), _paint(empty, b"ready")) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)


def keys_in_a_flood(project: Path) -> tuple[float, float]:
    """Milliseconds from a key to what it shows while 50,000 lines a second arrive: the median and the worst."""
    screen = Screen([sys.executable, "-m", "tests.bench.screens", str(project)])
    took = []
    try:
        screen.until(b"line 1")
        for _ in range(PRESSES):
            took.append(-screen.press(b"\x1bOP") + screen.until(b"Back"))  # F1 opens the help
            screen.press(b"\x1bOP")
            screen.until(b"line ")
    finally:
        screen.close()
    return statistics.median(took) * 1000, max(took) * 1000


@contextmanager
def flooding(log: object):
    """Lines come into *log* at RATE until the end."""
    ended = threading.Event()

    def flood() -> None:
        number, began = 0, time.perf_counter()
        while not ended.wait(0.01):
            while number < (time.perf_counter() - began) * RATE:
                number += 1
                log.write(f"line {number}: Installing collected packages, building wheels, and so on")

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def main() -> None:
    """The session on a project, at the output of task 2, with a flood."""
    from screens.app import Golive
    from wizard.start import Start

    class Flooded(Golive):
        def opened(self) -> None:
            super().opened()
            self.go_to(self.desk.engine.checklist.tasks[2])
            self.set_timer(3, self.begin_flood)

        def begin_flood(self) -> None:
            self.screen.action_tab("output")
            self.flood = flooding(self.desk.log)
            self.flood.__enter__()

    Flooded(Start(Path(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
