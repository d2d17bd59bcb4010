"""What the user decides in the session: the target, the value of a variable, what does not apply, the commit."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from textual.widgets import Button, Input, RadioButton, Static
from textual.widgets._footer import FooterKey

from screens.dashboard import Dashboard
from screens.formatting import MACHINE_SECONDS, machine_seconds_left, time_left
from screens.forms import Form
from screens.item import ItemDialog
from screens.propose_commit import ProposeCommit
from screens.task import TaskScreen
from screens.task_settings import SETTINGS
from screens.task_texts import Phase
from tests.screens.driving import notifications, press, session, text_in, text_of, wait_until_idle
from tests.screens.key_coverage import keys
from wizard.checklist import loader
from wizard.checklist.evidence import Status, rehearsed, waiting
from wizard.engine import half_day_commit
from wizard.engine.events import TaskFailed
from wizard.plan.actions import Plan
from wizard.state import state_file

TOP = Path(__file__).parents[2]


def git(shop, *arguments):
    return subprocess.run(
        ["git", *arguments], cwd=shop.parent, check=True, capture_output=True, text=True
    ).stdout.strip()


@keys(Dashboard, "t")
async def test_the_target_is_chosen_on_the_dashboard_and_kept(shop, python, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # without the railway command
    async with session(shop, python) as (app, pilot):
        await press(app, pilot, "enter")
        assert text_of(app, "#left").startswith("rehearsal · ")
        await press(app, pilot, "t")
        assert isinstance(app.screen, Form)
        labels = [str(button.label) for button in app.screen.query(RadioButton)]
        assert labels[:2] == ["Rehearse on this machine: no account, no costs", "Deploy to Railway: a public site"]
        app.screen.query_one("RadioSet").focus()
        await press(app, pilot, "down", "space", "ctrl+s")
        assert text_of(app, "#left").startswith("target railway · ")
        app.open_task(app.engine_session.engine.checklist.tasks[2])
        await wait_until_idle(app, pilot)
        assert app.screen.phase is Phase.PLANNED, "the target's missing command stops no other task"
        app.open_task(app.engine_session.engine.checklist.tasks[12])
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, TaskScreen) or app.screen.problem, "and this one says what is missing"
    assert state_file.load(shop).answers["target"] == "railway"
    async with session(shop, python) as (app, pilot):
        assert app.engine_session.engine.sandbox.name == "railway"
    async with session(shop, python, target="local") as (app, pilot):
        await press(app, pilot, "escape", "t", "ctrl+s")
    assert state_file.load(shop).answers["target"] == "local", "the choice is kept, though this run had it already"


async def test_the_value_that_an_item_waits_for_is_written_from_its_dialog(shop, python):
    async with session(shop, python) as (app, pilot):
        engine = app.engine_session.engine
        engine.run_task(engine.checklist.tasks[1])
        task = engine.checklist.tasks[15]
        evidence = waiting("15.5", "RAZORPAY_KEY_SECRET", "it has no value in .env.production")
        engine.records.record(task, evidence)
        app.open_task(task)
        await wait_until_idle(app, pilot)
        app.screen.open_item(task.item("15.5"))
        await wait_until_idle(app, pilot)
        assert app.focused.id == "value"
        app.screen.query_one("#value", Input).value = "a-secret-of-razorpay"
        await press(app, pilot, "enter")
        assert "RAZORPAY_KEY_SECRET is set" in notifications(app)
        environment = shop / ".env.production"
        assert "RAZORPAY_KEY_SECRET=a-secret-of-razorpay" in environment.read_text()
        assert environment.stat().st_mode & 0o077 == 0
        assert "a-secret-of-razorpay" not in app.export_screenshot()
        engine.undo((15,))
        assert "a-secret-of-razorpay" not in environment.read_text()


async def test_an_item_is_marked_as_not_applicable_with_a_reason(shop, python):
    async with session(shop, python) as (app, pilot):
        task = app.engine_session.engine.checklist.tasks[19]
        app.open_task(task)
        await wait_until_idle(app, pilot)
        app.screen.open_item(task.item("19.1"))
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, ItemDialog)
        app.screen.query_one("#not-applicable", Button).press()
        await wait_until_idle(app, pilot)
        assert "Enter a reason" in str(app.screen.query_one(".error", Static).content)
        app.screen.query_one("#words", Input).value = "our provider monitors the site"
        app.screen.query_one("#not-applicable", Button).press()
        await wait_until_idle(app, pilot)
    evidence = state_file.load(shop).evidence["19.1"]
    assert (evidence.status, evidence.ran) == (Status.NOT_APPLICABLE, "said not to apply by the user")


@keys(ProposeCommit, "escape ctrl+s")
async def test_a_half_day_ends_with_a_commit_that_can_be_undone(shop, python):
    async with session(shop, python) as (app, pilot):
        engine = app.engine_session.engine
        tasks = engine.checklist.tasks
        (shop / "manage.py").write_text((shop / "manage.py").read_text() + "# my own change\n")
        head = git(shop, "rev-parse", "HEAD")
        await press(app, pilot, "enter")
        app.run_tasks([tasks[number] for number in (1, 2, 3, 4)])
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, Dashboard), "task 5 and the break are left"
        app.run_tasks([tasks[5], tasks[6]], unattended=True)
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, ProposeCommit)
        assert app.focused.id == "later", "Enter commits nothing"
        await press(app, pilot, "escape")
        assert git(shop, "rev-parse", "HEAD") == head
        app.run_tasks([tasks[6]], unattended=True)
        await wait_until_idle(app, pilot)
        shown = " ".join(str(static.content) for static in app.screen.query("#diffs Static"))
        assert "settings.py" in shown and "manage.py" not in shown and ".env" not in app.screen.diffs
        assert "SECURE_" in text_in(app.screen), "the diffs are shown"
        app.screen.query_one("#message", Input).value = "Prepare the shop"
        await press(app, pilot, "ctrl+s")
        assert "Committed: Prepare the shop" in notifications(app)
        assert git(shop, "log", "-1", "--format=%s") == "Prepare the shop"
        assert git(shop, "status", "--porcelain", "--untracked-files=no") == "M backend/manage.py"
        assert half_day_commit.proposal(engine, [tasks[6]]) is None, "nothing is left to commit"
        app.engine_session.undo((1, 2, 3, 4, 5, 6))
        assert git(shop, "rev-parse", "HEAD") == head


async def test_a_failure_survives_a_restart_and_its_output_belongs_to_its_task(shop, python, monkeypatch):
    async with session(shop, python) as (app, pilot):
        engine = app.engine_session.engine
        engine.run_task(engine.checklist.tasks[4])
        urls = shop / "election_cart/urls.py"
        broken = urls.read_text()
        monkeypatch.setattr("steps.t05_health_check.HealthCheck.plan", lambda *_: Plan.of())
        assert not engine.run_task(engine.checklist.tasks[5])
        log = app.engine_session.log
        first, _ = log.lines_of(5)
        assert first > log.lines_of(4)[0]
        assert log.lines_of(4)[1] == first, "the output of task 4 ends where that of task 5 begins"
        assert urls.read_text() == broken
    async with session(shop, python, task=5) as (app, pilot):
        assert app.screen.phase is Phase.FAILED
        assert isinstance(app.screen.problem, TaskFailed)
        assert app.screen.problem.diagnoses, "with its hints"
        await press(app, pilot, "f")
        assert "5." in str(app.screen.query_one("#error", Static).content)


async def test_a_click_on_a_check_box_skips_the_change(shop, python):
    async with session(shop, python, task=2) as (app, pilot):
        card = next(card for card in app.screen.plan.cards if not card.by_hand)
        await pilot.click(card.query_one(".heading"), offset=(1, 0))
        assert not card.included
        await pilot.click(card.query_one(".heading"), offset=(1, 0))
        assert card.included
        await pilot.click(card.query_one(".heading"), offset=(12, 0))
        assert card.included, "a click on the text only focuses"


@pytest.mark.parametrize("width", [80, 100, 120])
async def test_the_footer_always_has_help_and_quit(shop, python, width):
    async with session(shop, python, size=(width, 24)) as (app, pilot):
        await press(app, pilot, "enter")
        for task in (None, 2):
            if task:
                app.open_task(app.engine_session.engine.checklist.tasks[task])
                await wait_until_idle(app, pilot)
            keys = [key for key in app.screen.query(FooterKey) if key.region.right <= width]
            assert {"Help", "Quit"} <= {key.description for key in keys}
            assert len(keys) == len(app.screen.query(FooterKey)), "no key is cut off"
            assert len(keys) > 4


async def test_choices_and_columns_need_no_colour(shop, python):
    async with session(shop, python, size=(80, 24)) as (app, pilot):
        await press(app, pilot, "enter")
        rows = [str(option.prompt) for option in app.screen.query("DayList").first().options]
        assert len({row.index("/") for row in rows if "/" in row}) == 1, "the counts are aligned"
        await press(app, pilot, "t")
        signs = [str(choice.render()).split()[0] for choice in app.screen.query(RadioButton)]
        assert signs[0] != signs[1], "the chosen one has another sign"


def test_the_time_left_is_measured(shop):
    checklist, state = loader.load(shop), state_file.State(shop / ".golive")
    usual = machine_seconds_left(checklist, state)
    assert 60 < usual < 240 and time_left(checklist, state).startswith("about ")
    task = checklist.tasks[18]
    for item in task.items:
        state.evidence[item.id] = rehearsed(item.id, True, "request", "GET /", "200")
    state.spent["18"] = 10.0 * MACHINE_SECONDS[18]
    slow = machine_seconds_left(checklist, state)
    assert slow == pytest.approx(10 * (usual - MACHINE_SECONDS[18])), "a project that is slow to load takes longer"
    state.spent["18"] = 1.0
    assert machine_seconds_left(checklist, state) < usual


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ("forge sessions", 1),
        ("collectstatic", 9),
        ("trusted_proxies", 7),
        ("createsuperuser", 18),
        ("secure_hsts_seconds", 3),
        ("CONN_MAX_AGE", 13),
    ],
)
async def test_the_search_finds_explanations_settings_and_commands(shop, python, words, task):
    async with session(shop, python) as (app, pilot):
        await press(app, pilot, "enter", "slash")
        app.screen.query_one(Input).value = words
        await wait_until_idle(app, pilot)
        assert task in {found.number for found, _ in app.screen.matches}


def test_the_settings_by_which_a_task_is_found_are_those_of_its_step():
    steps = {task.step for task in loader.load().tasks.values()}
    assert set(SETTINGS) <= steps
    shared = {path.stem: path.read_text() for path in (TOP / "steps" / "shared").glob("*.py")}
    for step, names in SETTINGS.items():
        code = (TOP / "steps" / f"{step}.py").read_text()
        used = code + "".join(text for name, text in shared.items() if re.search(rf"\b{name}\b", code))
        unknown = [name for name in names.split() if not re.search(rf"\b{name}\b", used)]
        assert not unknown, step
