"""The guided session on the sample project, driven by keys and mouse."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from textual.widgets import Button, Digits, Input, Static
from textual.worker import WorkerCancelled

from screens import coffee_break
from screens.dashboard import Dashboard
from screens.failure import FailureScreen
from screens.forms import Form
from screens.task import TaskScreen
from screens.task_texts import Phase
from screens.welcome import Welcome
from screens.widgets.day_list import DayList
from screens.widgets.plan import PlanView
from tests.screens.driving import notifications, plan_of, session, shares_a_session, text_of, wait_until_idle
from wizard.checklist.evidence import Status
from wizard.project.detection import detect
from wizard.state import state_file


async def test_a_task_is_applied_and_a_later_start_resumes_at_the_next(shop, python):
    async with session(shop, python) as (app, pilot):
        assert isinstance(app.screen, Welcome)
        assert "Django 4.2" in text_of(app, "#findings")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Dashboard)
        await pilot.press("enter")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, TaskScreen)
        assert app.screen.task_shown.number == 1
        assert "SECRET_KEY" in plan_of(app)
        assert not (shop / ".env.production").exists(), "nothing changes before the user applies"
        await pilot.click("#move")
        await wait_until_idle(app, pilot)
        assert app.engine_session.engine.state.status("1.1") is Status.DONE
        assert "SECRET_KEY" in (shop / ".env.production").read_text()
        key = (shop / ".env.production").read_text().split("SECRET_KEY=")[1].split()[0]
        shown = app.engine_session.log.whole().decode()
        assert "Generate" in shown
        assert key not in shown
        await pilot.press("n")
        await wait_until_idle(app, pilot)
        assert app.screen.task_shown.number == 2

    async with session(shop, python) as (again, pilot):
        assert isinstance(again.screen, TaskScreen), "a later start resumes at the task the user was on"
        assert again.screen.task_shown.number == 2
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(again.screen, Dashboard)
        assert "Next: 2 Fix DEBUG" in str(again.screen.query_one("#now").content)
        await pilot.press("u")


async def test_undo_from_the_task_screen_restores_every_file(shop, python):
    before = {path: path.read_bytes() for path in shop.parent.rglob("*") if path.is_file() and ".git" not in path.parts}
    async with session(shop, python) as (app, pilot):
        app.engine_session.engine.run_task(app.engine_session.engine.checklist.tasks[1])
        app.open_task(app.engine_session.engine.checklist.tasks[1])
        await wait_until_idle(app, pilot)
        await pilot.press("u")
        await pilot.pause()
        await pilot.click("#yes")
        await wait_until_idle(app, pilot)
        assert app.engine_session.engine.state.status("1.1") is Status.OPEN
    after = {
        path: path.read_bytes()
        for path in shop.parent.rglob("*")
        if path.is_file() and not {".git", ".golive"} & set(path.parts) and path.suffix != ".pyc"
    }
    assert after == before


@shares_a_session
async def test_a_task_can_be_closed_while_its_plan_is_being_shown(shared, monkeypatch):
    show = PlanView.show

    async def close_while_showing(plan, *arguments):
        await show(plan, *arguments)
        screen = plan.screen
        plan.app.pop_screen()
        while screen.query("#move"):
            await asyncio.sleep(0)

    async with shared.at() as (app, pilot):
        app.open_dashboard()
        await wait_until_idle(app, pilot)
        monkeypatch.setattr(PlanView, "show", close_while_showing)
        app.open_task(app.engine_session.engine.checklist.tasks[2])
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, Dashboard)


async def test_a_failure_shows_the_confirmed_hints_first(shop, python):
    broken = shop / "election_cart" / "broken.py"
    broken.write_text(
        "import logging\n\n\nclass Broken:\n    def __init__(self, get_response):\n        pass\n\n"
        "    def __call__(self, request):\n        raise RuntimeError('the lights are out')\n"
    )
    settings = shop / "election_cart" / "settings.py"
    settings.write_text(
        settings.read_text() + "\nMIDDLEWARE = ['election_cart.broken.Broken', *MIDDLEWARE]\nALLOWED_HOSTS = []\n"
    )
    async with session(shop, python, task=2) as (app, pilot):
        await pilot.press("a")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, FailureScreen)
        hints = [str(static.content) for static in app.screen.query(".hint")]
        verdicts = [diagnosis.confirmed for diagnosis in app.screen.problem.diagnoses]
        assert verdicts == sorted(verdicts, key=[True, None, False].index)
        assert True in verdicts
        cause = text_of(app, "#error").splitlines()[0]
        assert "election_cart/broken.py:9: expected" in cause, "the cause comes before the hints, with its place"
        assert cause.endswith("RuntimeError: the lights are out")
        assert "Confirmed" in hints[0] and "the lights are out" in hints[0]
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.phase is Phase.FAILED


async def test_stopping_a_task_rolls_back_its_changes(shop, python):
    async with session(shop, python) as (app, pilot):
        engine = app.engine_session.engine
        app.open_task(engine.checklist.tasks[2])
        await wait_until_idle(app, pilot)
        before = (shop / "election_cart/settings.py").read_bytes()
        emit = engine.emit

        def stop_at_the_second_action(event):
            if type(event).__name__ == "ActionDone":
                engine.stop()
            emit(event)

        engine.emit = stop_at_the_second_action
        await pilot.press("a")
        await wait_until_idle(app, pilot)
        assert app.screen.phase is Phase.PLANNED
        assert (shop / "election_cart/settings.py").read_bytes() == before
        assert not (shop / "templates/404.html").exists()
        engine.emit = emit
        await pilot.press("a")
        await wait_until_idle(app, pilot)
        assert app.screen.phase is Phase.FINISHED


async def test_confirming_an_item_needs_a_text(shop, python):
    async with session(shop, python, task=11) as (app, pilot):
        assert "Where do you want to deploy?" in str(app.screen.query(".question").first(Static).content)
        await pilot.press("escape")
        await pilot.pause()
        app.screen.items.focus()
        await pilot.press("home", "enter")
        await pilot.pause()
        assert app.focused.id == "token", "the very action is offered first"
        app.screen.query_one("#words").focus()
        await pilot.press("enter")
        await pilot.pause()
        assert "Enter what you checked" in str(app.screen.query_one(".error", Static).content)
        await pilot.press(*"signed", "enter")
        await pilot.pause()
        item = app.screen.task_shown.items[0].id
        assert app.engine_session.engine.state.status(item) is Status.DONE
    assert state_file.load(shop).evidence[item].showed == "signed"


async def test_arrows_move_through_the_dashboard_and_show_the_selected_task(shop, python):
    async with session(shop, python, size=(80, 24)) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("down", "down")
        assert "3 Add Security Headers" in text_of(app, "#about")
        await pilot.press("right")
        await pilot.pause()
        assert app.screen.query_one("#day-2", DayList).has_focus
        assert "11 " in text_of(app, "#about")


async def test_one_of_several_projects_can_be_chosen(shop, python, tmp_path):
    other = tmp_path / "shop" / "other"
    other.mkdir()
    (other / "manage.py").write_text((shop / "manage.py").read_text())
    async with session(tmp_path / "shop", python) as (app, pilot):
        assert "2 Django projects" in text_of(app, "#state")
        await pilot.press("down", "home", "enter")
        await wait_until_idle(app, pilot)
        assert app.engine_session.engine.project.root == shop


async def test_settings_that_raise_are_shown_and_can_be_retried(shop, python):
    settings = shop / "election_cart" / "settings.py"
    original = settings.read_text()
    settings.write_text(original + "\nimport no_such_module\n")
    async with session(shop, python) as (app, pilot):
        assert "settings raise ModuleNotFoundError" in text_of(app, "#state")
        settings.write_text(original)
        await pilot.press("r")
        await wait_until_idle(app, pilot)
        assert app.screen.query_one("#begin", Button).display


@shares_a_session
async def test_an_invalid_rate_is_not_accepted(shared):
    async with shared.at(7) as (app, pilot):
        assert isinstance(app.screen, Form), "a task with a question asks it first"
        rate = app.screen.query(Input).first()
        assert rate.value == "5/m"
        rate.value = "often"
        await pilot.click("#accept")
        await pilot.pause()
        assert "does not have the expected form" in str(app.screen.query(".error").first(Static).content)
        rate.value = "4/m"
        await pilot.press("ctrl+s")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, TaskScreen)
        assert "@limit('login', '4/m')" in plan_of(app)


async def test_the_break_counts_down_and_records_how_it_ended(shop, python, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(coffee_break, "monotonic", lambda: now[0])
    async with session(shop, python, task=6, animated=True) as (app, pilot):
        await pilot.press("a")
        while not isinstance(app.screen, coffee_break.CoffeeBreak):
            await pilot.pause()
        await pilot.pause()
        now[0] += 125
        app.screen.tick()
        assert app.screen.query_one(Digits).value == "12:55"
        assert "5 Add Health Check" in " ".join(str(static.content) for static in app.screen.query("#morning Static"))
        await pilot.press("enter")
        await wait_until_idle(app, pilot)
        assert app.engine_session.engine.state.evidence["6.1"].showed == "ended early, after 2:05"


async def test_quitting_ends_the_agent_and_deletes_the_copy(shop, python):
    async with session(shop, python) as (app, pilot):
        agent = app.engine_session.engine.project.interpreter._child
        await pilot.press("ctrl+q")
        with suppress(WorkerCancelled):  # the leaving worker may still run when the app ends
            await app.workers.wait_for_complete()
        assert agent.poll() is not None
    found = detect(shop, python=python)
    assert not found.copy.folder.exists()


async def test_a_crash_report_shows_no_variables(shop, python, capsys):
    def crash():
        password = "s3cret-of-the-shop"  # noqa: F841
        raise LookupError("an unexpected error")

    with pytest.raises(LookupError):
        async with session(shop, python) as (app, pilot):
            app.call_later(crash)
            await pilot.pause()
    report = (shop / ".golive/runs/crash.log").read_text()
    assert "an unexpected error" in report
    assert "s3cret" not in report + capsys.readouterr().err


async def test_stopping_a_deployment_ends_its_processes(shop, python):
    async with session(shop, python) as (app, pilot):
        engine = app.engine_session.engine
        (shop / "Procfile").write_text("web: sleep 600\n")
        app.open_task(engine.checklist.tasks[17])
        await wait_until_idle(app, pilot)
        await pilot.press("a")
        while not (engine.sandbox.active_target and engine.sandbox.active_target.is_started("deployment")):
            await pilot.pause()
        deployment = engine.sandbox.active_target.deployment
        while not deployment.running:
            await pilot.pause()
        await pilot.press("x")
        await wait_until_idle(app, pilot)
        assert app.screen.phase is Phase.PLANNED
        assert not deployment.running
        assert "stopped" in notifications(app)
