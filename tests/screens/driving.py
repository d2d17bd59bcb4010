"""Driving a session by a pilot: opening it, and waiting for what a key leads to."""

from __future__ import annotations

from contextlib import asynccontextmanager

from textual.widgets import Static

from screens.app import Golive
from screens.task import Phase
from wizard.engine.start_options import StartOptions

SIZE = (100, 30)


async def settled(app, pilot):
    """Wait until no thread works, every message was handled, and what they led to has come to its end too."""
    calm = 0
    while calm < 3:
        await pilot.pause()
        if busy := [worker for worker in app.workers if not worker.is_finished]:
            await app.workers.wait_for_complete(busy)
        looking = getattr(app.screen, "phase", None) is Phase.LOOKING
        calm = 0 if busy or looking or app.job else calm + 1


@asynccontextmanager
async def session(shop, python, *, task=0, size=SIZE, **more):
    """An app on the project and its pilot, at the welcome or at *task*; the project is let go of at the end."""
    app = Golive(StartOptions(shop, python=python, **more))
    try:
        async with app.run_test(size=size) as pilot:
            await settled(app, pilot)
            if task:
                app.go_to(app.desk.engine.checklist.tasks[task])
                await settled(app, pilot)
            yield app, pilot
    finally:
        if app.desk:
            app.desk.close()


async def press(app, pilot, *keys):
    """Press *keys*, and wait for what they lead to."""
    await pilot.press(*keys)
    await settled(app, pilot)


def text_of(app, selector):
    return str(app.screen.query_one(selector, Static).content)


def plan_of(app):
    """All that the cards of the plan show."""
    return "\n".join(str(each.content) for each in app.screen.plan.query(Static))


def make_picky(shop):
    """Have the site fail for a cause that Golive can mend; returns its settings."""
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
