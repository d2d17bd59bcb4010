"""The guided session, driven by keys and mouse on the sample project."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from textual.widgets import Button, Digits, Input, Static
from textual.worker import WorkerCancelled

from screens import coffee_break
from screens.dashboard import DayList, MapScreen
from screens.failure import Failure
from screens.forms import Form
from screens.task import Phase, TaskScreen
from screens.welcome import Welcome
from screens.widgets.plan import PlanView
from tests.screens.driving import plan_of, session, settled, text_of
from wizard.checklist.evidence import Status
from wizard.project.detection import detect
from wizard.state import state_file


async def test_from_the_welcome_to_the_second_task(shop, python):
    async with session(shop, python) as (app, pilot):
        assert isinstance(app.screen, Welcome)
        assert "Django 4.2" in text_of(app, "#findings")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, MapScreen)
        await pilot.press("enter")
        await settled(app, pilot)
        assert isinstance(app.screen, TaskScreen)
        assert app.screen.task_shown.number == 1
        assert "SECRET_KEY" in plan_of(app)
        assert not (shop / ".env.production").exists(), "nothing is touched before the person applies"
        await pilot.click("#move")
        await settled(app, pilot)
        assert app.desk.engine.state.status("1.1") is Status.DONE
        assert "SECRET_KEY" in (shop / ".env.production").read_text()
        key = (shop / ".env.production").read_text().split("SECRET_KEY=")[1].split()[0]
        shown = app.desk.log.whole().decode()
        assert "Generate" in shown
        assert key not in shown
        await pilot.press("n")
        await settled(app, pilot)
        assert app.screen.task_shown.number == 2

    async with session(shop, python) as (again, pilot):
        assert isinstance(again.screen, TaskScreen), "a later start resumes where the person was"
        assert again.screen.task_shown.number == 2
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(again.screen, MapScreen)
        assert "task 2" in str(again.screen.query_one("#now").content)
        await pilot.press("u")


async def test_undo_from_the_task_screen_puts_every_file_back(shop, python):
    before = {path: path.read_bytes() for path in shop.parent.rglob("*") if path.is_file() and ".git" not in path.parts}
    async with session(shop, python) as (app, pilot):
        app.desk.engine.run_task(app.desk.engine.checklist.tasks[1])
        app.go_to(app.desk.engine.checklist.tasks[1])
        await settled(app, pilot)
        await pilot.press("u")
        await pilot.pause()
        app.screen.query_one("#questions Select").value = "yes"
        await pilot.click("#accept")
        await settled(app, pilot)
        assert app.desk.engine.state.status("1.1") is Status.OPEN
    after = {
        path: path.read_bytes()
        for path in shop.parent.rglob("*")
        if path.is_file() and not {".git", ".golive"} & set(path.parts) and path.suffix != ".pyc"
    }
    assert after == before


async def test_a_task_is_left_while_its_plan_is_being_shown(shop, python, monkeypatch):
    show = PlanView.show

    async def shown_too_late(plan, *more):
        await show(plan, *more)
        screen = plan.screen
        plan.app.pop_screen()
        while screen.query("#move"):
            await asyncio.sleep(0)

    async with session(shop, python) as (app, pilot):
        app.opened()
        await settled(app, pilot)
        monkeypatch.setattr(PlanView, "show", shown_too_late)
        app.go_to(app.desk.engine.checklist.tasks[2])
        await settled(app, pilot)
        assert isinstance(app.screen, MapScreen)


async def test_a_failure_opens_its_guide_with_the_likely_cause_first(shop, python):
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
        await settled(app, pilot)
        assert isinstance(app.screen, Failure)
        told = [str(each.content) for each in app.screen.query(".hint")]
        verdicts = [each.confirmed for each in app.screen.problem.diagnoses]
        assert verdicts == sorted(verdicts, key=[True, None, False].index)
        assert True in verdicts
        assert any("ALLOWED_HOSTS" in hint and "Confirmed" in hint for hint in told)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.phase is Phase.FAILED


async def test_work_that_is_stopped_is_taken_back(shop, python):
    async with session(shop, python) as (app, pilot):
        engine = app.desk.engine
        app.go_to(engine.checklist.tasks[2])
        await settled(app, pilot)
        before = (shop / "election_cart/settings.py").read_bytes()
        tell = engine.emit

        def stop_at_the_second_action(event):
            if type(event).__name__ == "ActionDone":
                engine.stop()
            tell(event)

        engine.emit = stop_at_the_second_action
        await pilot.press("a")
        await settled(app, pilot)
        assert app.screen.phase is Phase.PLANNED
        assert (shop / "election_cart/settings.py").read_bytes() == before
        assert not (shop / "templates/404.html").exists()
        engine.emit = tell
        await pilot.press("a")
        await settled(app, pilot)
        assert app.screen.phase is Phase.FINISHED


async def test_an_item_is_confirmed_with_words_or_not_at_all(shop, python):
    async with session(shop, python, task=11) as (app, pilot):
        assert "Where do you want to deploy?" in str(app.screen.query(".question").first(Static).content)
        await pilot.press("escape")
        await pilot.pause()
        app.screen.items.focus()
        await pilot.press("home", "enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "Say in a few words" in str(app.screen.query_one(".error", Static).content)
        await pilot.press(*"signed", "enter")
        await pilot.pause()
        item = app.screen.task_shown.items[0].id
        assert app.desk.engine.state.status(item) is Status.DONE
    assert state_file.load(shop).evidence[item].showed == "signed"


async def test_the_map_moves_by_arrows_and_tells_of_the_task(shop, python):
    async with session(shop, python, size=(80, 24)) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("down", "down")
        assert "3 Add Security Headers" in text_of(app, "#about")
        await pilot.press("right")
        await pilot.pause()
        assert app.screen.query_one("#day-2", DayList).has_focus
        assert "11 " in text_of(app, "#about")


async def test_several_projects_are_a_choice(shop, python, tmp_path):
    other = tmp_path / "shop" / "other"
    other.mkdir()
    (other / "manage.py").write_text((shop / "manage.py").read_text())
    async with session(tmp_path / "shop", python) as (app, pilot):
        assert "2 Django projects" in text_of(app, "#state")
        await pilot.press("down", "home", "enter")
        await settled(app, pilot)
        assert app.desk.engine.project.root == shop


async def test_settings_that_raise_are_told_and_looked_at_again(shop, python):
    settings = shop / "election_cart" / "settings.py"
    whole = settings.read_text()
    settings.write_text(whole + "\nimport no_such_module\n")
    async with session(shop, python) as (app, pilot):
        assert "settings raise ModuleNotFoundError" in text_of(app, "#state")
        settings.write_text(whole)
        await pilot.press("r")
        await settled(app, pilot)
        assert app.screen.query_one("#begin", Button).display


async def test_a_rate_of_another_form_is_not_accepted(shop, python):
    async with session(shop, python, task=7) as (app, pilot):
        assert isinstance(app.screen, Form), "a task with a choice asks before it shows its plan as final"
        rate = app.screen.query(Input).first()
        assert rate.value == "5/m"
        rate.value = "often"
        await pilot.click("#accept")
        await pilot.pause()
        assert "not of the form" in str(app.screen.query(".error").first(Static).content)
        rate.value = "4/m"
        await pilot.press("ctrl+s")
        await settled(app, pilot)
        assert isinstance(app.screen, TaskScreen)
        assert "@limit('login', '4/m')" in plan_of(app)


async def test_the_break_counts_down_and_says_how_it_ended(shop, python, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(coffee_break, "monotonic", lambda: now[0])
    async with session(shop, python, task=6) as (app, pilot):
        await pilot.press("a")
        while not isinstance(app.screen, coffee_break.CoffeeBreak):
            await pilot.pause()
        await pilot.pause()
        now[0] += 125
        app.screen.tick()
        assert app.screen.query_one(Digits).value == "12:55"
        assert "5 Add Health Check" in " ".join(str(each.content) for each in app.screen.query("#morning Static"))
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.desk.engine.state.evidence["6.1"].showed == "ended by the person after 2:05"


async def test_quitting_lets_go_of_the_project(shop, python):
    async with session(shop, python) as (app, pilot):
        agent = app.desk.engine.project.interpreter._child
        await pilot.press("ctrl+q")
        with suppress(WorkerCancelled):  # it may be at work yet when the session ends
            await app.workers.wait_for_complete()
        assert agent.poll() is not None
    found = detect(shop, python=python)
    assert not found.copy.folder.exists()


async def test_a_crash_shows_no_variables(shop, python, capsys):
    def crash():
        password = "s3cret-of-the-shop"  # noqa: F841
        raise LookupError("nobody foresaw this")

    with pytest.raises(LookupError):
        async with session(shop, python) as (app, pilot):
            app.call_later(crash)
            await pilot.pause()
    report = (shop / ".golive/runs/crash.log").read_text()
    assert "nobody foresaw" in report
    assert "s3cret" not in report + capsys.readouterr().err


async def test_a_deployment_that_is_stopped_ends_and_the_task_can_be_run_again(shop, python):
    async with session(shop, python) as (app, pilot):
        engine = app.desk.engine
        (shop / "Procfile").write_text("web: sleep 600\n")
        app.go_to(engine.checklist.tasks[17])
        await settled(app, pilot)
        await pilot.press("a")
        while not (engine.sandbox.active_target and engine.sandbox.active_target.is_started("deployment")):
            await pilot.pause()
        deployment = engine.sandbox.active_target.deployment
        while not deployment.running:
            await pilot.pause()
        await pilot.press("x")
        await settled(app, pilot)
        assert app.screen.phase is Phase.PLANNED
        assert not deployment.running
        assert "stopped" in " ".join(str(each.message) for each in app._notifications)
