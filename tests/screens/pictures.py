"""The pictures of the documentation, and the recorded walk through all 24 tasks: made on the sample, for real.

./dev screenshots      docs/pictures/*.svg, docs/walk.md with a picture for each task, and docs/demo.cast; takes some
                       minutes
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
from screens.formatting import span
from screens.forms import Form
from screens.task import TaskScreen
from tests.screens.driving import press, session, settled
from tests.screens.gallery import states
from tests.screens.recording import record
from wizard.base.secrets import redact
from wizard.base.status_symbols import SIGNS
from wizard.checklist.evidence import Status
from wizard.cli.commands.demo import create_demo
from wizard.plan.actions import Assist
from wizard.project.trust import trust

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "pictures"
SIZE = (110, 34)
CHOSEN = ("map-later", "task-plan", "session-review", "failure", "launch")
"""The states of the gallery that the README shows."""


def keep(app: Golive, name: str, above: str) -> None:
    picture = app.export_screenshot(title="Golive").replace(above, "/home/you")
    (PICTURES / f"{name}.svg").write_text(picture + "\n")


async def gallery(project: Path, python: str) -> None:
    async with session(project, python, size=SIZE) as (app, pilot):
        app.animation_level = "none"
        async for name in states(app, pilot):
            if name in CHOSEN:
                keep(app, name, str(project.parent.parent))


async def walk(project: Path, python: str) -> str:
    """Do every task as a person would, by keys; returns the walk as Markdown."""
    above = str(project.parent.parent)
    async with session(project, python, size=SIZE) as (app, pilot):
        app.animation_level = "none"
        await press(app, pilot, "enter")
        checklist, told = app.desk.engine.checklist, []
        for number, task in checklist.tasks.items():
            app.go_to(task)
            await settled(app, pilot)
            while isinstance(app.screen, Form):
                await press(app, pilot, "ctrl+s")
            assert isinstance(app.screen, TaskScreen), app.screen
            plan = app.screen.prepared.plan
            await pilot.press("a")
            await pilot.pause()
            while app.job or not isinstance(app.screen, TaskScreen):
                if isinstance(app.screen, CoffeeBreak):
                    await pilot.press("enter")
                await pilot.pause(0.1)
            await settled(app, pilot)
            app.screen.action_tab("changes")
            await settled(app, pilot)
            keep(app, f"task-{number:02}", above)
            told += chapter(app.desk.engine.state, task, plan)
    return redact("\n".join(told)).replace(above, "/home/you")


def chapter(state, task, plan) -> list[str]:
    """A task: why, what was changed, and what each item rests on."""
    took = span(state.spent[str(task.number)])
    lines = [
        f"## {task.number}. {task.title}",
        "",
        f"Day {task.day}, {task.session}; {task.minutes} min planned, {took} taken.",
    ]
    lines += [task.why, "", "What was changed:", ""]
    lines += [f"- {'by hand: ' * isinstance(each, Assist)}{each.describe()}" for each in plan.actions] or ["- nothing"]
    lines += ["", "What was seen:", ""]
    for item in task.items:
        evidence = state.evidence[item.id]
        sign = SIGNS[evidence.status]
        shown = evidence.showed.splitlines()[0] if evidence.showed else ""
        lines.append(f"- {sign} {item.id} {item.text} ({evidence.status}): `{evidence.ran}` → {shown}")
        assert evidence.status is not Status.FAILED, lines[-1]
    return [*lines, "", f"![Task {task.number} after its work](pictures/task-{task.number:02}.svg)", ""]


HEAD = """# A walk through the 24 tasks

Recorded by `./dev screenshots`: the sample shop, taken from its first commit to the end of the checklist in the guided
session, by keys. Days two and three are rehearsed on the machine it ran on, so their boxes are ◐, not ✔.

"""


async def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="golive-") as folder:
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"
        trust(Path(folder))
        project = create_demo(Path(folder) / "shop")
        python = str(project / "venv/bin/python")
        fresh = Path(folder) / "gallery" / "shop"
        shutil.copytree(project.parent, fresh, symlinks=True)
        await gallery(fresh / project.name, python)
        (DOCS / "walk.md").write_text(HEAD + await walk(project, python))
    if record(DOCS / "demo.cast"):
        sys.exit("the recorded run failed")
    sys.stdout.write(f"{len(list(PICTURES.glob('*.svg')))} pictures are in {PICTURES}\n")


if __name__ == "__main__":
    asyncio.run(main())
