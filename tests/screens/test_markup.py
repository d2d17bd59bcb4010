"""Texts of the project are shown as they are: what looks like markup is no markup, and no key is hidden in it."""

from __future__ import annotations

import json
import shutil

import pytest

from screens.dashboard import Dashboard
from screens.failure import FailureScreen
from tests.screens.driving import press, session, settled
from wizard.base.errors import ProjectError, SeveralProjects
from wizard.checklist.model import Guide, Hint
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFailed

ODD = "[red]odd[/red] [@click=app.leave]go[/] [/nothing] [$"


def drawn(app):
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


@pytest.fixture
def odd(shop):
    """The sample in a folder whose name is markup, with an item and a task that are too."""
    folder = shop.parent.with_name(ODD.replace("/", "|"))
    shutil.move(shop.parent, folder)
    text = json.dumps(ODD)
    item = f'{{task: 2, id: "2.9", text: {text}, way: "by hand"}}'
    task = (
        f"{{day: 1, session: Morning, task: 25, title: {text}, minutes: 5, step: t02_fix_debug, why: {text}, "
        f'items: [{{id: "25.1", text: {text}, way: "by hand"}}], guides: [odd]}}'
    )
    guide = f"{{guide: odd, title: {text}, tasks: [25], hints: [{{id: odd, text: {text}, probe: logs, fix: {text}}}]}}"
    overlay = f"version: 1\nitems:\n  - {item}\ntasks:\n  - {task}\nguides:\n  - {guide}\n"
    (folder / shop.name / "golive.yaml").write_text(overlay)
    return folder / shop.name


async def test_no_text_of_a_project_is_markup(odd, python):
    async with session(odd, python, size=(160, 50)) as (app, pilot):
        shown = [drawn(app)]
        welcome = app.screen
        welcome.refused(SeveralProjects(ODD, ODD, ODD, [ODD, "other"]))
        await settled(app, pilot)
        shown.append(drawn(app))
        welcome.refused(ProjectError(ODD, ODD, ODD))
        await settled(app, pilot)
        app.opened()
        await settled(app, pilot)
        app.notify(ODD, title=ODD)
        await settled(app, pilot)
        shown.append(drawn(app))
        assert isinstance(app.screen, Dashboard)
        tasks = app.engine_session.engine.checklist.tasks
        for number in (2, 25):
            app.go_to(tasks[number])
            await settled(app, pilot)
            shown.append(drawn(app))
        app.engine_session.log.write(ODD)
        hint = Hint("odd", ODD, "logs", ODD)
        found = (Diagnosis(Guide("odd", ODD, (25,), (hint,)), hint, True, ODD),)
        app.push_screen(FailureScreen(TaskFailed(tasks[25], ODD, found)))
        await settled(app, pilot)
        shown.append(drawn(app))
        await press(app, pilot, "escape", "slash", *"odd")
        shown.append(drawn(app))
        for number, text in enumerate(shown):
            assert "[red]odd" in text, f"screen {number}:\n{text}"
        assert not app.leaving
