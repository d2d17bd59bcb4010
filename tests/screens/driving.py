"""Driving a session with Textual's pilot: opening it, pressing keys, and waiting for the effects."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from screens.app import Golive
from screens.dashboard import Dashboard
from screens.task_texts import Phase
from screens.widgets.diff import DiffView
from wizard.engine.start_options import StartOptions

SIZE = (100, 30)
shares_a_session = pytest.mark.asyncio(loop_scope="module")
"""Marks tests with the fixture `shared`: they run in the event loop of its session."""


async def wait_until_idle(app, pilot):
    """Wait until no thread is working, all messages are handled, and so are the messages that these led to."""
    idle_rounds = 0
    while idle_rounds < 3:
        await pilot.pause()
        if busy := [worker for worker in app.workers if not worker.is_finished]:
            await app.workers.wait_for_complete(busy)
        inspecting = getattr(app.screen, "phase", None) is Phase.INSPECTING
        idle_rounds = 0 if busy or inspecting or app.work_item else idle_rounds + 1


@asynccontextmanager
async def session(shop, python, *, task=0, size=SIZE, animated=False, **start):
    """An app on the project and its pilot, at the welcome screen or at *task*; the project is closed at the end.

    The pilot waits for the end of an animation at each key. Nothing moves unless the session is *animated*.
    """
    app = Golive(StartOptions(shop, python=python, **start))
    app.animation_level = "full" if animated else "none"
    try:
        async with app.run_test(size=size) as pilot:
            await wait_until_idle(app, pilot)
            if task:
                app.open_task(app.engine_session.engine.checklist.tasks[task])
                await wait_until_idle(app, pilot)
            yield app, pilot
    finally:
        if app.engine_session:
            app.engine_session.close()


@dataclass
class SharedSession:
    """An open session that several tests use one after the other. They leave its project as it is."""

    app: Golive
    pilot: Pilot
    shop: Path

    @asynccontextmanager
    async def at(self, task=0):
        """The app and its pilot, at the dashboard or at *task*, without the notifications of earlier tests."""
        app, pilot = self.app, self.pilot
        with app._context():
            while len(app.screen_stack) > 1:
                await app.pop_screen()
            app.push_screen(Dashboard())
            app.clear_notifications()
            await wait_until_idle(app, pilot)
            if task:
                app.open_task(app.engine_session.engine.checklist.tasks[task])
                await wait_until_idle(app, pilot)
            yield app, pilot


async def press(app, pilot, *keys):
    """Press *keys* and wait for their effects."""
    await pilot.press(*keys)
    await wait_until_idle(app, pilot)


def text_of(app, selector):
    return str(app.screen.query_one(selector, Static).content)


def plan_of(app):
    """All text on the cards of the plan."""
    return text_in(app.screen.plan)


def keys_shown(app):
    """The keys in the help that is open, with their descriptions."""
    return "\n".join(str(each.content) for each in app.screen.query(".keys").results(Static))


def text_in(widget):
    """All text in *widget*. Rows of a diff begin with their sign."""
    lines = []
    for part in widget.query("Static, DiffView"):
        rows = [f"{row.kind}{row.text}" for row in part.diff.rows] if isinstance(part, DiffView) else [part.content]
        lines += map(str, rows)
    return "\n".join(lines)


def notifications(app):
    """The texts of all notifications."""
    return " ".join(str(notification.message) for notification in app._notifications)


def break_site(shop):
    """Make the site fail for a cause that Golive can fix; returns the path of its settings."""
    settings = shop / "election_cart" / "settings.py"
    (shop / "election_cart" / "picky.py").write_text(
        "from django.conf import settings\nfrom django.http import HttpResponse\n\n\n"
        "class Picky:\n    def __init__(self, get_response):\n        self.get_response = get_response\n\n"
        "    def __call__(self, request):\n"
        "        return self.get_response(request) if settings.SECURE_HSTS_SECONDS else HttpResponse(status=500)\n"
    )
    settings.write_text(
        settings.read_text() + "\nMIDDLEWARE = ['election_cart.picky.Picky', *MIDDLEWARE]\nALLOWED_HOSTS = []\n"
    )
    return settings
