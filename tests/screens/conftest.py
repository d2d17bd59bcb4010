"""For every test of the screens: a fresh configuration, and a watchdog for calls that block the event loop.

Tests that leave the project as it is share one session, the fixture `shared`.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest
import pytest_asyncio
from textual.pilot import Pilot

from tests.conftest import sample_in_git
from tests.screens.driving import SharedSession, session
from wizard.project.trust import trust

TOP = Path(__file__).parents[2]
OURS = tuple(f"{TOP / name}{os.sep}" for name in ("screens", "wizard", "steps"))
TESTS = f"{TOP / 'tests'}{os.sep}"
BLOCKING = {
    "subprocess.Popen", "os.system", "os.posix_spawn", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname",
    "time.sleep", "fcntl.flock", "fcntl.lockf", "shutil.copytree", "shutil.rmtree",
}  # fmt: skip
ALLOWED = {"run_suspended", "_fatal_error"}
"""Functions that may block: the app is suspended, or it has crashed."""


class Watchdog:
    """Records blocking calls that Golive's own code makes on the event loop's thread. Calls by a test do not count."""

    def __init__(self):
        self.thread = 0
        self.project = ""
        self.calls = []

    def hook(self, event, args):
        if self.thread != threading.get_ident():
            return
        if event not in BLOCKING and not (event == "open" and self._in_project(args[0])):
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
            self.calls.append(ours)

    def _in_project(self, path):
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.project)


WATCHDOG = Watchdog()
sys.addaudithook(WATCHDOG.hook)


@pytest.fixture(autouse=True)
def nothing_blocks_the_event_loop(tmp_path):
    WATCHDOG.thread, WATCHDOG.project, WATCHDOG.calls = threading.get_ident(), str(tmp_path), []
    yield
    WATCHDOG.thread = 0
    assert not WATCHDOG.calls, "blocking calls belong on a thread"


@pytest.fixture(autouse=True)
def fresh_configuration(request, tmp_path_factory, monkeypatch):
    """No saved theme, and trust in the folders of the tests only. A shared session keeps its configuration."""
    if "shared" not in request.fixturenames:
        configure(monkeypatch, tmp_path_factory)


def configure(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    trust(tmp_path_factory.getbasetemp().parent)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_session(python, tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        configure(monkeypatch, tmp_path_factory)
        shop = sample_in_git(tmp_path_factory.mktemp("opened") / "shop")
        async with session(shop, python) as (app, pilot):
            yield SharedSession(app, pilot, shop)


@pytest.fixture
def shared(shared_session):
    """A session on the sample that the tests of a module share. They are marked with `driving.shares_a_session`."""
    WATCHDOG.project = str(shared_session.shop.parent)
    return shared_session


@pytest.fixture(autouse=True)
def every_declared_key_is_pressed(request, monkeypatch):
    """A test that declares keys, with `key_coverage.keys`, presses all of them, or the one of its parameter `key`."""
    declared = getattr(request.function, "keys", set())
    pressed, press = set(), Pilot.press

    async def press_and_record(pilot, *names):
        pressed.update(names)
        await press(pilot, *names)

    monkeypatch.setattr(Pilot, "press", press_and_record)
    yield
    chosen = getattr(request.node, "callspec", None)
    if declared:
        assert pressed >= ({chosen.params["key"]} if chosen else declared)
