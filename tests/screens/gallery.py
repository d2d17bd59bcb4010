"""Every screen of a session in each of its states, one after the other, on one project.

The tests compare them with how they looked before; the pictures of the documentation are taken from them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from textual.widgets import Static

from screens import coffee_break
from screens.failure import FailureScreen
from screens.go_live import GoLiveBoard
from screens.item import ItemDialog
from screens.work_item import WorkItem
from tests.screens.driving import press, settled
from wizard.base.errors import ProjectError, SeveralProjects
from wizard.checklist.evidence import Evidence, Status
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFailed

AT = "2026-03-02T09:30:00+00:00"
HOME = "/home/you/shop"


async def states(app, pilot) -> AsyncIterator[str]:
    """Bring *app*, which stands at its welcome, from state to state; yields the name of each."""
    yield await _welcomed(app, pilot)
    welcome = app.screen
    welcome.query("Button").set(display=False)
    welcome.refused(ProjectError("There is no Django project at " + HOME, "no manage.py is there", "Give its folder."))
    yield "welcome-refused"
    welcome.refused(
        SeveralProjects("There are several projects", "manage.py is in 2 folders", "Choose.", ["api", "shop"])
    )
    await settled(app, pilot)
    yield "welcome-several"
    welcome.query_one("#several").display = False
    python = f"the interpreter {HOME}/backend/venv/bin/python"
    welcome.ask(Path(HOME), ["manage.py and its settings (shop.settings)", python, "the site itself, on this machine"])
    await settled(app, pilot)
    yield "welcome-trust"
    app.opened()
    await settled(app, pilot)
    yield "map"
    async for name in _over_the_map(app, pilot):
        yield name
    async for name in _in_a_task(app, pilot):
        yield name
    async for name in _later(app, pilot):
        yield name


async def _welcomed(app, pilot) -> str:
    above = str(app.engine_session.engine.project.top)
    for line in app.screen.query(Static):
        line.update(str(line.content).replace(above, HOME))
    await settled(app, pilot)
    return "welcome"


async def _over_the_map(app, pilot) -> AsyncIterator[str]:
    await press(app, pilot, "slash", *"debug")
    yield "search"
    await press(app, pilot, "escape", "f1")
    yield "help"
    await press(app, pilot, "escape", "ctrl+p")
    yield "palette"
    await press(app, pilot, "escape")
    task = app.engine_session.engine.checklist.tasks[2]
    app.work_item = WorkItem("Task 2", lambda: None, [task], current_task=task)
    app.screen.show()
    await pilot.pause()
    yield "map-working"
    await pilot.press("ctrl+q")
    await pilot.pause()
    yield "question-sure"
    await pilot.press("escape")
    app.work_item = None
    await press(app, pilot, "s")
    yield "session-questions"
    await press(app, pilot, "ctrl+s")
    yield "session-review"
    await press(app, pilot, "escape")


async def _in_a_task(app, pilot) -> AsyncIterator[str]:
    tasks = app.engine_session.engine.checklist.tasks
    app.go_to(tasks[2])
    await settled(app, pilot)
    yield "task-plan"
    await press(app, pilot, "d")
    yield "task-plan-other-diff"
    await press(app, pilot, "d")
    card = next(card for card in app.screen.plan.cards if card.rewritable)
    card.focus()
    await press(app, pilot, "space")
    yield "task-left-out"
    await press(app, pilot, "space", "e")
    yield "rewrite"
    await press(app, pilot, "escape", "k")
    yield "set-aside"
    await press(app, pilot, "escape", "a")
    app.screen.action_tab("help")  # the output has what differs from run to run
    await settled(app, pilot)
    yield "task-done"
    app.screen.items.focus()
    await press(app, pilot, "home", "enter")
    app.screen.query_one("#known", Static).update("\n".join(_fixed_time(app.screen.known().splitlines())))
    yield "item"
    await press(app, pilot, "escape")
    app.go_to(tasks[7])
    await settled(app, pilot)
    yield "questions"
    await press(app, pilot, "escape", "escape")


def _fixed_time(lines: list[str]) -> list[str]:
    return [line.partition(" at ")[0] if line.startswith("done, seen") else line for line in lines]


async def _later(app, pilot) -> AsyncIterator[str]:
    engine = app.engine_session.engine
    checklist, state = engine.checklist, engine.state
    for number, status in ((3, Status.REHEARSED), (4, Status.DRIFTED), (5, Status.FAILED), (11, Status.OPEN)):
        for item in checklist.tasks[number].items:
            state.evidence[item.id] = Evidence(item.id, status, "command", "curl -I /", "as it was seen", AT)
        state.spent[str(number)] = 75.0
    state.spent["2"] = 3.0
    app.screen.show()
    await settled(app, pilot)
    yield "map-later"
    await press(app, pilot, "w")
    yield "search-waits"
    await press(app, pilot, "escape")
    app.push_screen(ItemDialog(checklist.tasks[11].items[1], None, checklist.services["sentry"]))
    await settled(app, pilot)
    yield "item-account"
    await press(app, pilot, "escape")
    app.push_screen(FailureScreen(failure(checklist)))
    await settled(app, pilot)
    yield "failure"
    await press(app, pilot, "escape")
    state.position = 6
    app.push_screen(coffee_break.CoffeeBreak(15))
    await settled(app, pilot)
    yield "coffee"
    await press(app, pilot, "enter")
    app.push_screen(GoLiveBoard())
    await settled(app, pilot)
    yield "launch"
    app.screen.celebrate("2026-03-04 17:45")
    await settled(app, pilot)
    yield "celebration"


def failure(checklist, task=5) -> TaskFailed:
    """A failure with one hint of each verdict."""
    guide = checklist.guides["health"]
    seen = ["postgresql at db:5432: OperationalError", "no error in logs/django.log", "", "ALLOWED_HOSTS is []"]
    found = [
        Diagnosis(guide, hint, *each)
        for hint, each in zip(guide.hints, zip((True, False, None, True), seen, strict=True), strict=True)
    ]
    return TaskFailed(checklist.tasks[task], "5.2: /health/ answered 503", tuple(found))
