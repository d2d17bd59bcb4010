"""How each screen looks, at the smallest and at a large size; compared as SVG."""

from __future__ import annotations

import pytest

from screens import coffee
from screens.app import Golive
from screens.failure import Failure
from tests.screens.test_guided import closed, settled
from wizard.diagnose import Diagnosis
from wizard.events import TaskFailed
from wizard.start import Start

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((200, 60), id="200x60")]


def app_on(shop, python):
    app = Golive(Start(shop, python=python))
    app.animation_level = "none"
    return app


async def ready(pilot):
    await settled(pilot.app, pilot)


def compare(snap_compare, app, size, then):
    async def before(pilot):
        await ready(pilot)
        await pilot.press("enter")  # from the welcome, which shows where the test runs, to the map
        await ready(pilot)
        await then(pilot)
        await ready(pilot)

    same = snap_compare(app, terminal_size=size, run_before=before)
    closed(app)
    return same


@pytest.mark.parametrize("size", SIZES)
def test_map(snap_compare, shop, python, size):
    async def then(pilot):
        await pilot.press("down")

    assert compare(snap_compare, app_on(shop, python), size, then)


@pytest.mark.parametrize("size", SIZES)
def test_task_with_its_diff(snap_compare, shop, python, size):
    async def then(pilot):
        pilot.app.go_to(pilot.app.desk.engine.checklist.tasks[2])
        await ready(pilot)

    assert compare(snap_compare, app_on(shop, python), size, then)


@pytest.mark.parametrize("size", SIZES)
def test_task_after_its_work(snap_compare, shop, python, size):
    async def then(pilot):
        pilot.app.go_to(pilot.app.desk.engine.checklist.tasks[2])
        await ready(pilot)
        await pilot.press("a")
        await ready(pilot)
        pilot.app.screen.action_tab("help")  # the output has what differs from run to run

    assert compare(snap_compare, app_on(shop, python), size, then)


@pytest.mark.parametrize("size", SIZES)
def test_questions(snap_compare, shop, python, size):
    async def then(pilot):
        pilot.app.go_to(pilot.app.desk.engine.checklist.tasks[7])
        await ready(pilot)

    assert compare(snap_compare, app_on(shop, python), size, then)


@pytest.mark.parametrize("size", SIZES)
def test_failure_with_its_guide(snap_compare, shop, python, size):
    async def then(pilot):
        checklist = pilot.app.desk.engine.checklist
        guide = checklist.guides["health"]
        seen = ["postgresql at db:5432: OperationalError", "no error in logs/django.log", "", "ALLOWED_HOSTS is []"]
        found = [
            Diagnosis(guide, hint, *each)
            for hint, each in zip(guide.hints, zip((True, False, None, True), seen, strict=True), strict=True)
        ]
        pilot.app.push_screen(Failure(TaskFailed(checklist.tasks[5], "5.2: /health/ answered 503", tuple(found))))

    assert compare(snap_compare, app_on(shop, python), size, then)


@pytest.mark.parametrize("size", SIZES)
def test_coffee_break(snap_compare, shop, python, size, monkeypatch):
    monkeypatch.setattr(coffee, "monotonic", lambda: 0.0)

    async def then(pilot):
        pilot.app.desk.engine.state.position = 6
        pilot.app.push_screen(coffee.CoffeeBreak(15))

    assert compare(snap_compare, app_on(shop, python), size, then)
