"""Text of the project is never read as markup: it is shown as it is, and can't contain links or actions."""

from __future__ import annotations

import json
import shutil

import pytest

from screens.dashboard import Dashboard
from screens.failure import FailureScreen
from tests.screens.driving import press, session, wait_until_idle
from wizard.base.errors import ProjectError, SeveralProjects
from wizard.checklist.model import Guide, Hint
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFailed

ODD = "[red]odd[/red] [@click=app.leave]go[/] [/nothing] [$"


def visible_text(app):
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


@pytest.fixture
def hostile(shop):
    """The sample in a folder whose name is markup, with an item, a task and a guide whose texts are markup."""
    folder = shop.parent.with_name(ODD.replace("/", "|"))
    shutil.move(shop.parent, folder)
    text = json.dumps(ODD)
    item = f'{{task: 2, id: "2.9", text: {text}, way: "by hand"}}'
    task = (
        f"{{day: 1, session: Morning, task: 101, title: {text}, minutes: 5, step: t02_fix_debug, why: {text}, "
        f'items: [{{id: "101.1", text: {text}, way: "by hand"}}], guides: [odd]}}'
    )
    guide = f"{{guide: odd, title: {text}, tasks: [101], hints: [{{id: odd, text: {text}, probe: logs, fix: {text}}}]}}"
    overlay = f"version: 1\nitems:\n  - {item}\ntasks:\n  - {task}\nguides:\n  - {guide}\n"
    (folder / shop.name / "golive.yaml").write_text(overlay)
    return folder / shop.name


async def test_text_of_the_project_is_never_read_as_markup(hostile, python):
    async with session(hostile, python, size=(160, 50)) as (app, pilot):
        texts = [visible_text(app)]
        welcome = app.screen
        welcome.show_error(SeveralProjects(ODD, ODD, ODD, [ODD, "other"]))
        await wait_until_idle(app, pilot)
        texts.append(visible_text(app))
        welcome.show_error(ProjectError(ODD, ODD, ODD))
        await wait_until_idle(app, pilot)
        app.open_dashboard()
        await wait_until_idle(app, pilot)
        app.notify(ODD, title=ODD)
        await wait_until_idle(app, pilot)
        texts.append(visible_text(app))
        assert isinstance(app.screen, Dashboard)
        tasks = app.engine_session.engine.checklist.tasks
        for number in (2, 101):
            app.open_task(tasks[number])
            await wait_until_idle(app, pilot)
            texts.append(visible_text(app))
        app.engine_session.log.write(ODD)
        hint = Hint("odd", ODD, "logs", ODD)
        found = (Diagnosis(Guide("odd", ODD, (101,), (hint,)), hint, True, ODD),)
        app.push_screen(FailureScreen(TaskFailed(tasks[101], ODD, found)))
        await wait_until_idle(app, pilot)
        texts.append(visible_text(app))
        await press(app, pilot, "escape", "slash", *"odd")
        texts.append(visible_text(app))
        for number, text in enumerate(texts):
            assert "[red]odd" in text, f"screen {number}:\n{text}"
        assert not app.leaving
