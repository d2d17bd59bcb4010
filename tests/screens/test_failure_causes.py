"""The cause of an error that ended work or a task's inspection. Finding it reads files of the project.

The watchdog of these tests fails if that happens on the event loop's thread.
"""

from __future__ import annotations

from screens.failure import FailureScreen
from screens.work_item import WorkItem
from tests.screens.driving import shares_a_session, wait_until_idle
from wizard.base.errors import StepError


def fail(*_):
    raise StepError("The server did not start", "It can't use the value of 'SECRET_KEY'")


@shares_a_session
async def test_the_cause_of_a_failed_inspection_names_the_line(shared, monkeypatch):
    async with shared.at(2) as (app, pilot):
        monkeypatch.setattr(app.engine_session, "prepare", fail)
        app.screen.inspect()
        await wait_until_idle(app, pilot)
        assert_failure_is_shown(app)


@shares_a_session
async def test_the_cause_of_an_error_that_ended_work_names_the_line(shared):
    async with shared.at(2) as (app, pilot):
        app.begin(WorkItem("Task 2", fail, [app.screen.task_shown]))
        await wait_until_idle(app, pilot)
        assert_failure_is_shown(app)


def assert_failure_is_shown(app):
    assert isinstance(app.screen, FailureScreen)
    assert str(app.screen.problem.cause).startswith("backend/election_cart/settings.py:")
    assert app.screen.problem.error == "The server did not start: It can't use the value of 'SECRET_KEY'"
