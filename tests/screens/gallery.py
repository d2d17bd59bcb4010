"""Every screen in each of its states, one after the other, on one project.

The snapshot tests and the pictures of the documentation use them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

from textual.widgets import Static

from screens import coffee_break
from screens.failure import FailureScreen
from screens.go_live import GoLiveBoard
from screens.item import ItemDialog
from screens.journey_content import result_text
from screens.journeys import JourneysScreen
from screens.propose_commit import ProposeCommit
from screens.widgets.diff_rows import parse_diff
from screens.work_item import WorkItem
from tests.screens import planted_journeys
from tests.screens.driving import press, wait_until_idle
from wizard.base.errors import ProjectError, SeveralProjects
from wizard.checklist.evidence import Evidence, Status
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import Output, TaskFailed
from wizard.plan.actions import CommitFiles

AT = "2026-03-02T09:30:00+00:00"
HOME = "/home/you/shop"
OUTPUT = ("Collecting whitenoise", "Installing collected packages: whitenoise", "Successfully installed")
HEADER = "--- now\n+++ then\n"
DEBUG_DIFF = f"{HEADER}@@ -8,2 +8,2 @@\n import os\n-DEBUG = True\n+DEBUG = os.getenv('DEBUG') == 'True'"
COMMITTED = {
    "settings.py": parse_diff(DEBUG_DIFF, "settings.py"),
    ".gitignore": parse_diff(f"{HEADER}@@ -1 +1,2 @@\n *.sqlite3\n+.env", ".gitignore"),
}


async def states(app, pilot) -> AsyncIterator[str]:
    """Bring *app*, which shows its welcome screen, from state to state; yields the name of each."""
    yield await _welcomed(app, pilot)
    welcome = app.screen
    welcome.query("Button").set(display=False)
    welcome.show_error(ProjectError(f"No Django project in {HOME}", "there is no manage.py", "Name its folder."))
    await wait_until_idle(app, pilot)
    yield "welcome-refused"
    welcome.show_error(
        SeveralProjects("There are several projects", "manage.py is in 2 folders", "Choose.", ["api", "shop"])
    )
    await wait_until_idle(app, pilot)
    yield "welcome-several"
    welcome.query_one("#several").display = False
    python = f"the interpreter {HOME}/backend/venv/bin/python"
    runs = ["manage.py and its settings (shop.settings)", python, "the site itself, on this machine"]
    welcome.ask_for_trust(Path(HOME), runs)
    await wait_until_idle(app, pilot)
    yield "welcome-trust"
    app.open_dashboard()
    await wait_until_idle(app, pilot)
    yield "dashboard"
    async for name in _from_the_dashboard(app, pilot):
        yield name
    async for name in _in_a_task(app, pilot):
        yield name
    async for name in _later(app, pilot):
        yield name
    async for name in _journeys(app, pilot):
        yield name


async def _welcomed(app, pilot) -> str:
    top = str(app.engine_session.engine.project.top)
    for static in app.screen.query(Static):
        static.update(str(static.content).replace(top, HOME))
    await wait_until_idle(app, pilot)
    return "welcome"


async def _from_the_dashboard(app, pilot) -> AsyncIterator[str]:
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
    yield "dashboard-running"
    await pilot.press("ctrl+q")
    await pilot.pause()
    yield "confirm-quit"
    await pilot.press("escape")
    app.work_item = None
    await press(app, pilot, "s")
    yield "half-day-questions"
    await press(app, pilot, "ctrl+s")
    yield "half-day-review"
    await press(app, pilot, "escape")


async def _in_a_task(app, pilot) -> AsyncIterator[str]:
    tasks = app.engine_session.engine.checklist.tasks
    app.open_task(tasks[2])
    await wait_until_idle(app, pilot)
    yield "task-plan"
    next(card for card in app.screen.plan.cards if card.diff and card.diff.replaces).focus()
    await press(app, pilot, "s")
    yield "task-plan-other-diff"
    await press(app, pilot, "s")
    card = next(card for card in app.screen.plan.cards if card.editable)
    card.focus()
    await press(app, pilot, "space")
    yield "task-skipped-change"
    await press(app, pilot, "space", "e")
    yield "edit-file"
    await press(app, pilot, "escape", "k")
    yield "skip-task"
    await press(app, pilot, "escape", "a")
    app.screen.action_tab("help")  # the output differs from run to run
    await wait_until_idle(app, pilot)
    yield "task-done"
    app.screen.items.focus()
    await press(app, pilot, "home", "enter")
    app.screen.query_one("#evidence", Static).update("\n".join(_fixed_time(app.screen.evidence_text().splitlines())))
    yield "item"
    await press(app, pilot, "escape")
    app.open_task(tasks[7])
    await wait_until_idle(app, pilot)
    yield "questions"
    await press(app, pilot, "escape", "escape")


def _fixed_time(lines: list[str]) -> list[str]:
    return [re.sub(r"last checked .*", "last checked 2 minutes ago", line) for line in lines]


async def _later(app, pilot) -> AsyncIterator[str]:
    engine = app.engine_session.engine
    checklist, state = engine.checklist, engine.state
    for number, status in ((3, Status.REHEARSED), (4, Status.DRIFTED), (5, Status.FAILED), (11, Status.OPEN)):
        for item in checklist.tasks[number].items:
            state.evidence[item.id] = Evidence(item.id, status, "command", "curl -I /", "as expected", AT)
        state.spent[str(number)] = 75.0
    state.spent["2"] = 3.0
    app.screen.show()
    await wait_until_idle(app, pilot)
    yield "dashboard-later"
    await press(app, pilot, "w")
    yield "search-needs-input"
    await press(app, pilot, "escape")
    app.push_screen(ItemDialog(checklist.tasks[11].items[1], None, checklist.services["sentry"]))
    await wait_until_idle(app, pilot)
    yield "item-account"
    await press(app, pilot, "escape")
    app.push_screen(FailureScreen(failure(checklist)))
    await wait_until_idle(app, pilot)
    yield "failure"
    await press(app, pilot, "escape")
    state.position = 6
    app.push_screen(coffee_break.CoffeeBreak(15))
    await wait_until_idle(app, pilot)
    yield "coffee-break"
    await press(app, pilot, "enter")
    app.push_screen(GoLiveBoard())
    await wait_until_idle(app, pilot)
    yield "go-live"
    app.screen.celebrate("2026-03-04 17:45")
    await wait_until_idle(app, pilot)
    yield "launched"
    await press(app, pilot, "escape", "escape")
    files = (Path(HOME) / "settings.py", Path(HOME) / ".gitignore")
    app.push_screen(ProposeCommit(CommitFiles(files, "Prepare for production: tasks 1, 2"), COMMITTED))
    await wait_until_idle(app, pilot)
    yield "commit"
    await press(app, pilot, "escape")
    app.engine_session.log.begin_task(9)
    for line in OUTPUT:
        engine.emit(Output(line))
    app.open_task(checklist.tasks[9])
    await wait_until_idle(app, pilot)
    app.screen.action_tab("output")
    await wait_until_idle(app, pilot)
    yield "task-output"
    await press(app, pilot, "escape")


async def _journeys(app, pilot) -> AsyncIterator[str]:
    planted_journeys.plant(app.engine_session.engine.project.root)
    app.push_screen(JourneysScreen(planted_journeys.BROKEN))
    await wait_until_idle(app, pilot)
    app.screen.show_status(result_text(app.screen.chosen))
    await wait_until_idle(app, pilot)
    yield "journeys-broken"
    await press(app, pilot, "up")
    yield "journeys"


def failure(checklist, task=5) -> TaskFailed:
    """A failure with one hint of each verdict."""
    guide = checklist.guides["health"]
    seen = ["postgresql at db:5432: OperationalError", "no error in logs/django.log", "", "ALLOWED_HOSTS is []"]
    verdicts = zip((True, False, None, True), seen, strict=True)
    found = [Diagnosis(guide, hint, *verdict) for hint, verdict in zip(guide.hints, verdicts, strict=True)]
    return TaskFailed(checklist.tasks[task], "5.2: /health/ answered 503", tuple(found))
