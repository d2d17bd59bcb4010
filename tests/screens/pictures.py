"""The pictures of the documentation, and a walk through all 24 tasks, recorded on the sample project.

./dev screenshots      docs/pictures/*.svg with the recording guided.svg, and docs/walk.md with a picture for each task;
                       takes a few minutes
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from screens.app import Golive
from screens.coffee_break import CoffeeBreak
from screens.formatting import estimate
from screens.forms import Form
from screens.propose_commit import ProposeCommit
from screens.task import TaskScreen
from tests.screens.driving import press, session, wait_until_idle
from tests.screens.film import record
from tests.screens.gallery import states
from wizard.base.secrets import redact
from wizard.base.status_symbols import SIGNS
from wizard.checklist.evidence import Status
from wizard.cli.commands.demo import create_demo
from wizard.plan.actions import Assist
from wizard.project.trust import trust
from wizard.reporting.status_words import WORDS

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "pictures"
SIZE = (110, 34)
PICTURED = {
    "dashboard-later": "map-later", "task-plan": "task-plan", "half-day-review": "session-review",
    "failure": "failure", "go-live": "launch",
}  # fmt: skip
"""The states of the gallery that the documentation shows, and the names of their pictures."""


def save(app: Golive, name: str, folder: str) -> None:
    picture = app.export_screenshot(title="Golive").replace(folder, "/home/you")
    (PICTURES / f"{name}.svg").write_text(picture + "\n")


async def gallery(project: Path, python: str) -> None:
    async with session(project, python, size=SIZE) as (app, pilot):
        app.animation_level = "none"
        async for name in states(app, pilot):
            if name in PICTURED:
                save(app, PICTURED[name], str(project.parent.parent))


async def walk(project: Path, python: str) -> str:
    """Run every task by pressing keys; returns the walk as Markdown."""
    folder = str(project.parent.parent)
    async with session(project, python, size=SIZE) as (app, pilot):
        app.animation_level = "none"
        await press(app, pilot, "enter")
        checklist, lines = app.engine_session.engine.checklist, []
        for number, task in ((task.number, task) for task in checklist.required_tasks):
            app.open_task(task)
            await wait_until_idle(app, pilot)
            while isinstance(app.screen, Form):
                await press(app, pilot, "ctrl+s")
            assert isinstance(app.screen, TaskScreen), app.screen
            plan = app.screen.prepared.plan
            await pilot.press("a")
            await pilot.pause()
            while app.work_item or not isinstance(app.screen, TaskScreen):
                if isinstance(app.screen, CoffeeBreak):
                    await pilot.press("enter")
                await pilot.pause(0.1)
            await wait_until_idle(app, pilot)
            if isinstance(app.screen, ProposeCommit):  # at the end of a half-day
                await press(app, pilot, "escape")
            app.screen.action_tab("changes")
            await wait_until_idle(app, pilot)
            save(app, f"task-{number:02}", folder)
            lines += chapter(app.engine_session.engine.state, task, plan)
    return redact("\n".join(lines)).replace(folder, "/home/you")


def chapter(state, task, plan) -> list[str]:
    """The chapter of a task: why it matters, its changes, and the evidence of each item."""
    lines = [
        f"## {task.number}. {task.title}",
        "",
        f"Day {task.day}, {task.session}; {estimate(task, state)}.",
    ]
    lines += [task.why, "", "Changes:", ""]
    changes = [f"- {'by hand: ' * isinstance(action, Assist)}{action.describe()}" for action in plan.actions]
    lines += changes or ["- none"]
    lines += ["", "Evidence:", ""]
    for item in task.items:
        evidence = state.evidence[item.id]
        symbol = SIGNS[evidence.status]
        shown = evidence.showed.splitlines()[0] if evidence.showed else ""
        label = WORDS[evidence.status]
        lines.append(f"- {symbol} {item.id} {item.text} ({label}): `{evidence.ran}` → {shown}")
        assert evidence.status is not Status.FAILED, lines[-1]
    return [*lines, "", f"![Task {task.number} after its work](pictures/task-{task.number:02}.svg)", ""]


HEAD = """# A walk through the 24 tasks

Recorded by `./dev screenshots`: the guided session takes the sample shop from its first commit to the end of the
checklist. Days two and three are rehearsed on the local machine, so their items are ◐, not ✔.

"""


async def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="golive-") as folder:
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"
        trust(Path(folder))
        project = create_demo(Path(folder) / "shop")
        python = str(project / "venv/bin/python")
        fresh, filmed = (Path(folder) / name / "shop" for name in ("gallery", "film"))
        for copy in (fresh, filmed):
            shutil.copytree(project.parent, copy, symlinks=True)
        await gallery(fresh / project.name, python)
        seconds = await record(filmed / project.name, python, PICTURES / "guided.svg")
        (DOCS / "walk.md").write_text(HEAD + await walk(project, python))
    pictures = len(list(PICTURES.glob("*.svg")))
    sys.stdout.write(f"{pictures} pictures are in {PICTURES}; guided.svg plays {seconds:.0f} s\n")


if __name__ == "__main__":
    asyncio.run(main())
