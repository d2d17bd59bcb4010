"""Skipping and editing changes, searching, reading the log, and running a half-day unattended."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

import pytest
from textual.widgets import Input, OptionList, Static

from screens.dashboard import Dashboard
from screens.edit_file import EditFile
from screens.failure import FailureScreen
from screens.forms import Form
from screens.help import HelpDialog
from screens.propose_commit import ProposeCommit
from screens.responsiveness import COLLECT_EVERY, INPUT_PRIORITY, LONG_PAUSE, OUTPUT_DELAY, InputPriority
from screens.search import Search
from screens.session_review import SessionReview
from screens.task import TaskScreen
from screens.task_texts import Phase
from screens.widgets.log import LogView
from tests.screens.driving import (
    break_site,
    keys_shown,
    plan_of,
    press,
    session,
    shares_a_session,
    text_in,
    wait_until_idle,
)
from wizard.checklist.evidence import Status
from wizard.engine.events import Output
from wizard.state import state_file


async def test_skipping_a_change_keeps_its_item_open(shop, python):
    async with session(shop, python, task=2) as (app, pilot):
        card = next(card for card in app.screen.plan.cards if card.change.touches()[0].name == "404.html")
        card.focus()
        await pilot.press("space")
        await pilot.pause()
        assert "[skipped]" in plan_of(app)
        assert str(app.screen.query_one("#move").label) == "Apply 5 changes"
        await pilot.press("a")
        await wait_until_idle(app, pilot)
        assert app.screen.phase is Phase.FINISHED, "a skipped change is no failure"
        assert not (shop / "templates/404.html").exists()
        assert (shop / "templates/500.html").exists()
        evidence = app.engine_session.engine.state.evidence["2.3"]
        assert evidence.status is Status.OPEN
        assert "you left out" in evidence.showed


async def test_a_file_is_written_with_the_content_the_user_edited(shop, python):
    async with session(shop, python, task=2) as (app, pilot):
        card = next(card for card in app.screen.plan.cards if card.change.touches()[0].name == "404.html")
        card.focus()
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, EditFile)
        area = app.screen.query_one("TextArea")
        area.text = area.text.replace("Page not found", "Nothing on this shelf")
        await pilot.press("ctrl+s")
        await wait_until_idle(app, pilot)
        assert "Nothing on this shelf" in plan_of(app)
        assert not (shop / "templates/404.html").exists(), "nothing is written before the user applies"
        await pilot.press("a")
        await wait_until_idle(app, pilot)
        assert "Nothing on this shelf" in (shop / "templates/404.html").read_text()
        assert app.engine_session.engine.state.status("2.3") is Status.DONE


async def test_an_item_is_found_by_search_and_its_task_skipped_with_a_reason(shop, python):
    async with session(shop, python) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpDialog)
        keys = keys_shown(app)
        assert "Check for drift" in keys
        assert "Check all done items again" in keys
        await pilot.press("escape", "slash")
        await pilot.pause()
        assert isinstance(app.screen, Search)
        await pilot.press(*"2.3 404")
        await pilot.pause()
        assert app.screen.query_one(OptionList).option_count == 1
        await pilot.press("enter")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, TaskScreen)
        assert app.screen.items.highlighted == 2, "the item that was chosen is selected"
        await pilot.press("k")
        await pilot.pause()
        assert isinstance(app.screen, Form)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, Form), "a reason is required"
        app.screen.query_one(Input).value = "the proxy shows its own pages"
        await pilot.press("ctrl+s")
        await wait_until_idle(app, pilot)
    saved = state_file.load(shop)
    assert {saved.status(f"2.{number}") for number in range(1, 5)} == {Status.WAIVED}
    assert saved.evidence["2.3"].showed == "the proxy shows its own pages"


@shares_a_session
async def test_the_log_follows_output_until_it_is_paused_and_can_be_searched(shared):
    async with shared.at(2) as (app, pilot):
        app.screen.action_tab("output")
        await pilot.pause()
        view, log = app.screen.query_one(LogView), app.engine_session.log
        log.write("of another task")
        log.begin_task(2)
        for number in range(30_000):
            log.write(f"line {number}")
        view.update_lines()
        await pilot.pause()
        assert "line 29999" in "".join(view.render_line(y).text for y in range(view.size.height))
        view.focus()
        await pilot.press("space")
        assert not view.following
        shown = view.render_line(0).text
        for number in range(500):
            log.write(f"more {number}")
        view.update_lines()
        await pilot.pause()
        assert view.render_line(0).text == shown, "the visible lines stay in place"
        assert view.find("LINE 2999") == 10
        visible = [view.render_line(y).text.strip() for y in range(view.size.height)]
        assert "line 29999" in visible
        view.action_step(-1)
        await pilot.pause()
        assert "line 29998" in [view.render_line(y).text.strip() for y in range(view.size.height)]


@shares_a_session
async def test_output_waits_while_the_user_is_typing(shared, monkeypatch):
    waits = []
    async with shared.at(2) as (app, pilot):
        monkeypatch.setattr("screens.responsiveness.sleep", waits.append)
        await pilot.press("down")
        app.engine_session.engine.emit(Output("while typing"))
        assert waits == [OUTPUT_DELAY]
        app.priority.last_input -= INPUT_PRIORITY
        app.engine_session.engine.emit(Output("while idle"))
        assert waits == [OUTPUT_DELAY]
        written = [line.strip() for line in app.engine_session.log.last(2)]
        assert [line.removeprefix("| ") for line in written] == ["while typing", "while idle"]


async def test_a_half_day_asks_its_questions_shows_its_plans_and_then_runs_unattended(shop, python):
    async with session(shop, python) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("s")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, Form)
        assert "HSTS" in " ".join(str(static.content) for static in app.screen.query(".question").results(Static))
        await pilot.press("ctrl+s")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, SessionReview)
        assert "\n+DEBUG=False" in text_in(app.screen), "the diffs are shown"
        assert not (shop / ".env.production").exists()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, Dashboard), "the dashboard is shown while the tasks run"
        assert app.work_item is not None
        await wait_until_idle(app, pilot)
        state = app.engine_session.engine.state
        tasks = app.engine_session.engine.checklist.tasks
        assert [state.task_status(tasks[number]) for number in (2, 3, 4, 5, 6)] == [Status.DONE] * 5
        assert state.evidence["6.1"].showed == "taken while Golive ran unattended"
        assert app.work_item is None
        assert "+SECRET_KEY = " in app.engine_session.log.whole().decode(), "the log shows the changes"
        assert isinstance(app.screen, ProposeCommit)
        await press(app, pilot, "escape")
        assert "Next: 7 " in str(app.screen.query_one("#now").content)


async def test_the_fix_for_a_confirmed_hint_is_shown_and_applied_with_one_key(shop, python):
    settings = break_site(shop)
    async with session(shop, python, task=2) as (app, pilot):
        await pilot.press("a")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, FailureScreen)
        assert "+    ALLOWED_HOSTS" in text_in(app.screen.query_one("#fix-details"))
        assert "SECURE_HSTS_SECONDS" not in settings.read_text(), "the fix is shown before it is applied"
        await pilot.press("f")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, TaskScreen), app.screen.problem
        assert app.screen.phase is Phase.FINISHED
        assert app.engine_session.engine.state.status("2.2") is Status.DONE


async def test_a_half_day_asks_for_missing_tokens_of_real_services(shop, python, monkeypatch):
    """At Railway a half-day asks for missing tokens. They go to the keyring and are not kept as answers."""
    for name in ("RAILWAY_TOKEN", "RAILWAY_API_TOKEN", "SENTRY_AUTH_TOKEN", "UPTIMEROBOT_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UPTIMEROBOT_API_KEY", "u1-already-in-the-environment")
    stored = {}
    monkeypatch.setattr("keyring.set_password", lambda service, name, value: stored.update({name: value}))
    monkeypatch.setattr("keyring.get_password", lambda service, name: stored.get(name))
    async with session(shop, python, target="railway") as (app, _):
        engine_session = app.engine_session
        accounts = [engine_session.engine.checklist.tasks[11]]
        questions = {question.name: question for _, question in engine_session.questions(accounts) if question.secret}
        assert set(questions) == {"token.RAILWAY_API_TOKEN", "token.SENTRY_AUTH_TOKEN"}
        engine_session.answer({"token.SENTRY_AUTH_TOKEN": "sntryu_not-a-real-one", "token.RAILWAY_API_TOKEN": ""})
        assert stored == {"SENTRY_AUTH_TOKEN": "sntryu_not-a-real-one"}
        assert not [name for name in engine_session.engine.answers.given if name.startswith("token.")]
        later = {question.name for _, question in engine_session.questions(accounts) if question.secret}
        assert later == {"token.RAILWAY_API_TOKEN"}, "a stored token is not asked for again"
        assert not engine_session.questions(accounts, later | {"target"}), "nor a token the user will add later"


async def test_the_lines_that_closed_task_screens_drew_do_not_stay_in_memory(shop, python):
    async with session(shop, python, task=2) as (app, pilot):
        drawn = []
        for number in (4, 5, 6, 8, 9, 10):
            drawn.append([weakref.ref(widget._styles_cache) for widget in app.screen.query(Static)])
            app.open_task(app.engine_session.engine.checklist.tasks[number])
            await wait_until_idle(app, pilot)
        app.priority._last_collection -= COLLECT_EVERY
        app.priority.last_input -= LONG_PAUSE
        app.priority.collect_garbage()
        gc.unfreeze()
        for _ in range(200):  # on a busy machine, the last messages to a closed screen may still be on their way
            await pilot.pause()
            gc.collect()
            left = [sum(lines() is not None for lines in widgets) for widgets in drawn[:4]]
            if max(left) <= 1:
                break
        assert max(left) <= 1, "only the header's title, which watches the app's title until that changes"
        assert min(map(len, drawn[:4])) >= 5


@pytest.mark.parametrize(
    ("since_input", "since_collection", "collects"),
    [(3, 5, True), (3, 3, False), (1, 29, False), (1, 31, True), (0.3, 600, False)],
)
def test_garbage_is_collected_in_a_pause_of_the_input_and_does_not_wait_for_a_long_one_for_ever(
    monkeypatch, since_input, since_collection, collects
):
    ran = []
    collector = SimpleNamespace(collect=lambda: ran.append(1), freeze=lambda: None)
    monkeypatch.setattr("screens.responsiveness.gc", collector)
    monkeypatch.setattr("screens.responsiveness.monotonic", lambda: 1000.0)
    priority = InputPriority()
    priority.last_input, priority._last_collection = 1000.0 - since_input, 1000.0 - since_collection
    priority.collect_garbage()
    assert bool(ran) is collects
    priority.collect_garbage()
    assert len(ran) == int(collects), "the next collection is due later"
