"""For every test of the screens: the usual theme, and a watch over what blocks the event loop."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from wizard.project.trust import trust

TOP = Path(__file__).parents[2]
OURS = tuple(f"{TOP / name}{os.sep}" for name in ("screens", "wizard", "steps"))
TESTS = f"{TOP / 'tests'}{os.sep}"
BLOCKING = {
    "subprocess.Popen", "os.system", "os.posix_spawn", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname",
    "time.sleep", "fcntl.flock", "fcntl.lockf", "shutil.copytree", "shutil.rmtree",
}  # fmt: skip
ALLOWED = {"lend_terminal", "_fatal_error"}
"""The terminal is lent to another program while the screens are suspended, and a crash ends them: nobody waits then."""


class Watchdog:
    """Notes what would block, where the event loop's thread runs Golive's own code without a test having called it."""

    def __init__(self):
        self.thread = 0
        self.below = ""
        self.seen = []

    def hook(self, event, args):
        if self.thread != threading.get_ident():
            return
        if event not in BLOCKING and not (event == "open" and self._of_the_project(args[0])):
            return
        frame, ours = sys._getframe(1), ""
        while frame:
            name = frame.f_code.co_filename
            if name.startswith(TESTS) or frame.f_code.co_name in ALLOWED:
                return
            if name.startswith(OURS) and not ours:
                ours = f"{name.removeprefix(str(TOP))}:{frame.f_lineno} {event} {args[0]!r}"
            frame = frame.f_back
        if ours:
            self.seen.append(ours)

    def _of_the_project(self, path):
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.below)


WATCHDOG = Watchdog()
sys.addaudithook(WATCHDOG.hook)


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop(tmp_path):
    WATCHDOG.thread, WATCHDOG.below, WATCHDOG.seen = threading.get_ident(), str(tmp_path), []
    yield
    WATCHDOG.thread = 0
    assert not WATCHDOG.seen, "work that blocks belongs on a thread"


@pytest.fixture(autouse=True)
def no_choices_of_before(tmp_path_factory, monkeypatch):
    """The usual theme, and trust in what the tests themselves made."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    trust(tmp_path_factory.getbasetemp().parent)
