"""The speed of the screens in a real terminal: the first paint against an empty app, and keys in a flood of output."""

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

from wizard.engine.events import Emit, Output

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
RATE, QUIET = 50_000, 20
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

    def until(self, word: bytes, timeout: float = 60) -> float:
        """Wait until *word* is drawn; returns the time."""
        drawn, end = b"", time.perf_counter() + timeout
        while (left := end - time.perf_counter()) > 0 and select.select([self.master], [], [], left)[0]:
            drawn += os.read(self.master, 1 << 16)
            if word in SEQUENCE.sub(b"", drawn):
                return time.perf_counter()
        sys.exit(f"{word!r} was not drawn:\n{SEQUENCE.sub(b'', drawn)[-2000:]!r}")

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
    """The time to the first screen, relative to an empty Textual app; both from the start of Python."""
    golive = [sys.executable, "-m", "wizard", str(project)]
    empty = [sys.executable, "-c", EMPTY]
    pairs = [(_paint(golive, b"Inspecting the project"), _paint(empty, b"ready")) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)


def keys(project: Path) -> tuple[float, float, float]:
    """Seconds from a key to its effect: the median with little output; the median and the worst in a flood of it."""
    quiet, flood = (_presses(project, rate, b" ", b"paused", b" ") for rate in (QUIET, RATE))
    return statistics.median(quiet), statistics.median(flood), max(flood)


def dialog_in_a_flood(project: Path) -> float:
    """How much longer a dialog takes to open in a flood of output than with little: the ratio of medians."""
    opens = b"The items of this task"
    flood, quiet = (statistics.median(_presses(project, rate, b"\x1bOP", opens, b"\x1bOP")) for rate in (RATE, QUIET))
    return flood / quiet


def _presses(project: Path, rate: int, keys: bytes, shows: bytes, back: bytes) -> list[float]:
    screen = Screen([sys.executable, "-m", "tests.bench.screens", str(project), str(rate)])
    took = []
    try:
        screen.until(b"line 1")
        for _ in range(PRESSES + 1):
            took.append(-screen.press(keys) + screen.until(shows))
            screen.press(back)
            screen.until(b"line ")
    finally:
        screen.close()
    return took[1:]  # the first one also loads modules


@contextmanager
def flooding(emit: Emit, rate: int):
    """Emit *rate* lines of output a second, as a program would, until the end of the context."""
    ended = threading.Event()

    def flood() -> None:
        number, began = 0, time.perf_counter()
        while not ended.wait(0.01):
            while number < (time.perf_counter() - began) * rate:
                number += 1
                emit(Output(f"line {number}: Installing collected packages, building wheels, and so on"))

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def main() -> None:
    """Run a session that shows the output of a task, with a flood of lines."""
    import screens.app
    from screens.app import Golive
    from screens.forms import Form
    from screens.responsiveness import configure_interpreter
    from screens.task import TaskScreen
    from screens.task_texts import Phase
    from screens.welcome import Welcome
    from wizard.engine.start_options import StartOptions
    from wizard.project.trust import trust

    styles = [Path(screens.app.__file__).with_name(str(name)) for name in Golive.CSS_PATH]

    class Flooded(Golive):
        CSS_PATH = styles

        def open_dashboard(self) -> None:
            super().open_dashboard()
            self.set_timer(3, self.begin_flood)

        def on_mount(self) -> None:
            self.set_interval(0.5, self.leave_welcome)

        def leave_welcome(self) -> None:
            if isinstance(self.screen, Welcome) and self.engine_session:
                self.screen.action_begin()

        def begin_flood(self) -> None:
            if isinstance(self.screen, Form):
                self.pop_screen()
            if not isinstance(self.screen, TaskScreen) or self.screen.phase is Phase.INSPECTING:
                if not isinstance(self.screen, TaskScreen):
                    self.open_task(self.engine_session.engine.checklist.tasks[2])
                self.set_timer(1, self.begin_flood)
                return
            self.engine_session.log.begin_task(2)
            self.screen.action_tab("output")
            self.screen.log_view.focus()
            self.flood = flooding(self.engine_session.engine.emit, int(sys.argv[2]))
            self.flood.__enter__()

    configure_interpreter()
    project = Path(sys.argv[1])
    trust(project)
    Flooded(StartOptions(project)).run()


if __name__ == "__main__":
    main()
