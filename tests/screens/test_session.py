"""What a person does beside applying: leaving out, rewriting, searching, reading the log, and leaving it alone."""

from __future__ import annotations

from textual.widgets import Input, OptionList, Static

from screens.app import PACE, SERVED
from screens.dashboard import MapScreen
from screens.edit_file import Rewrite
from screens.failure import Failure
from screens.forms import Form
from screens.help import HelpDialog
from screens.search import Search
from screens.session_review import Review
from screens.task import Phase, TaskScreen
from screens.widgets.log import LogView
from tests.screens.driving import make_picky, plan_of, session, settled
from wizard.checklist.evidence import Status
from wizard.engine.events import Output
from wizard.state import state_file


async def test_a_change_that_was_left_out_leaves_its_item_open(shop, python):
    async with session(shop, python, task=2) as (app, pilot):
        card = next(card for card in app.screen.plan.cards if card.change.touches()[0].name == "404.html")
        card.focus()
        await pilot.press("space")
        await pilot.pause()
        assert "left out" in plan_of(app)
        assert str(app.screen.query_one("#move").label) == "Apply 5 changes"
        await pilot.press("a")
        await settled(app, pilot)
        assert app.screen.phase is Phase.FINISHED, "what a person left out is no failure"
        assert not (shop / "templates/404.html").exists()
        assert (shop / "templates/500.html").exists()
        evidence = app.desk.engine.state.evidence["2.3"]
        assert evidence.status is Status.OPEN
        assert "you left out" in evidence.showed


async def test_a_file_is_written_as_the_person_wrote_it(shop, python):
    async with session(shop, python, task=2) as (app, pilot):
        card = next(card for card in app.screen.plan.cards if card.change.touches()[0].name == "404.html")
        card.focus()
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, Rewrite)
        area = app.screen.query_one("TextArea")
        area.text = area.text.replace("Page not found", "Nothing on this shelf")
        await pilot.press("ctrl+s")
        await settled(app, pilot)
        assert "Nothing on this shelf" in plan_of(app)
        assert not (shop / "templates/404.html").exists(), "nothing is written before it is applied"
        await pilot.press("a")
        await settled(app, pilot)
        assert "Nothing on this shelf" in (shop / "templates/404.html").read_text()
        assert app.desk.engine.state.status("2.3") is Status.DONE


async def test_search_help_and_setting_aside(shop, python):
    async with session(shop, python) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpDialog)
        told = str(app.screen.query_one("#keys", Static).content)
        assert "Check for drift" in told
        assert "Verify every ticked box again" in told
        await pilot.press("escape", "slash")
        await pilot.pause()
        assert isinstance(app.screen, Search)
        await pilot.press(*"2.3 404")
        await pilot.pause()
        found = app.screen.query_one(OptionList)
        assert found.option_count == 1
        await pilot.press("enter")
        await settled(app, pilot)
        assert isinstance(app.screen, TaskScreen)
        assert app.screen.items.highlighted == 2, "the item that was sought is the one shown"
        await pilot.press("k")
        await pilot.pause()
        assert isinstance(app.screen, Form)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, Form), "a reason is asked for"
        app.screen.query_one(Input).value = "the proxy shows its own pages"
        await pilot.press("ctrl+s")
        await settled(app, pilot)
    kept = state_file.load(shop)
    assert {kept.status(f"2.{number}") for number in range(1, 5)} == {Status.WAIVED}
    assert kept.evidence["2.3"].showed == "the proxy shows its own pages"


async def test_the_log_is_followed_held_and_searched(shop, python, monkeypatch):
    async with session(shop, python, task=2) as (app, pilot):
        app.screen.action_tab("output")
        await pilot.pause()
        view, log = app.screen.query_one(LogView), app.desk.log
        for number in range(30_000):
            log.write(f"line {number}")
        view.catch_up()
        await pilot.pause()
        assert "line 29999" in "".join(view.render_line(y).text for y in range(view.size.height))
        view.focus()
        await pilot.press("space")
        assert not view.following
        shown = view.render_line(0).text
        for number in range(500):
            log.write(f"more {number}")
        view.catch_up()
        await pilot.pause()
        assert view.render_line(0).text == shown, "what is looked at stays where it is"
        assert view.find("LINE 2999") == 10
        here = [view.render_line(y).text.strip() for y in range(view.size.height)]
        assert "line 29999" in here
        view.action_step(-1)
        await pilot.pause()
        assert "line 29998" in [view.render_line(y).text.strip() for y in range(view.size.height)]

        # Whoever presses keys comes first: a program that floods waits a little before each line.
        waits = []
        monkeypatch.setattr("screens.app.sleep", waits.append)
        await pilot.press("down")
        app.desk.engine.emit(Output("told while keys are pressed"))
        assert waits == [PACE]
        app.touched -= SERVED
        app.desk.engine.emit(Output("told in quiet"))
        assert waits == [PACE]
        assert ["keys are pressed" in line or "in quiet" in line for line in log.last(2)] == [True, True]


async def test_a_session_is_asked_about_shown_and_then_done_alone(shop, python):
    async with session(shop, python) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("s")
        await settled(app, pilot)
        assert isinstance(app.screen, Form)
        assert "HSTS" in " ".join(str(each.content) for each in app.screen.query(".question").results(Static))
        await pilot.press("ctrl+s")
        await settled(app, pilot)
        assert isinstance(app.screen, Review)
        assert not (shop / ".env.production").exists()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, MapScreen), "the map is there while the work goes on"
        assert app.job is not None
        await settled(app, pilot)
        state_now = app.desk.engine.state
        tasks = app.desk.engine.checklist.tasks
        assert [state_now.task_status(tasks[number]) for number in (2, 3, 4, 5, 6)] == [Status.DONE] * 5
        assert state_now.evidence["6.1"].showed == "taken while Golive worked alone"
        assert app.job is None
        assert "+SECRET_KEY = " in app.desk.log.whole().decode(), "what was changed meanwhile can be read in the log"
        assert "task 7" in str(app.screen.query_one("#now").content)


async def test_what_a_confirmed_hint_can_mend_is_shown_and_done_with_one_key(shop, python):
    settings = make_picky(shop)
    async with session(shop, python, task=2) as (app, pilot):
        await pilot.press("a")
        await settled(app, pilot)
        assert isinstance(app.screen, Failure)
        assert "ALLOWED_HOSTS" in str(app.screen.query_one("#mend", Static).content)
        assert "SECURE_HSTS_SECONDS" not in settings.read_text(), "it is shown first"
        await pilot.press("f")
        await settled(app, pilot)
        assert isinstance(app.screen, TaskScreen), app.screen.problem
        assert app.screen.phase is Phase.FINISHED
        assert app.desk.engine.state.status("2.2") is Status.DONE


async def test_tokens_of_real_services_are_asked_with_the_session(shop, python, monkeypatch):
    """At Railway a session's questions hold the tokens that nobody gave; they go to the keyring, and are no answers."""
    for name in ("RAILWAY_TOKEN", "RAILWAY_API_TOKEN", "SENTRY_AUTH_TOKEN", "UPTIMEROBOT_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UPTIMEROBOT_API_KEY", "u1-given-already-in-the-environment")
    kept = {}
    monkeypatch.setattr("keyring.set_password", lambda service, name, value: kept.update({name: value}))
    monkeypatch.setattr("keyring.get_password", lambda service, name: kept.get(name))
    async with session(shop, python, target="railway") as (app, _):
        desk = app.desk
        accounts = [desk.engine.checklist.tasks[11]]
        asked = {question.name: question for _, question in desk.questions(accounts) if question.secret}
        assert set(asked) == {"token.RAILWAY_API_TOKEN", "token.SENTRY_AUTH_TOKEN"}
        desk.answer({"token.SENTRY_AUTH_TOKEN": "sntryu_not-a-real-one", "token.RAILWAY_API_TOKEN": ""})
        assert kept == {"SENTRY_AUTH_TOKEN": "sntryu_not-a-real-one"}
        assert not [name for name in desk.engine.answers.given if name.startswith("token.")]
        again = {question.name for _, question in desk.questions(accounts) if question.secret}
        assert again == {"token.RAILWAY_API_TOKEN"}, "what was given is not asked again"
        assert not desk.questions(accounts, again | {"target"}), "nor what was left for later"
