"""Every key of a task, of the changes it plans, of its log, and of its failure."""

from __future__ import annotations

import threading

from textual.widgets import Input, TabbedContent

from screens.app import Golive
from screens.edit_file import EditFile
from screens.failure import FailureScreen
from screens.forms import Confirmation, Form
from screens.item import ItemDialog
from screens.journeys import JourneysScreen
from screens.task import TaskScreen
from screens.task_texts import Phase
from screens.widgets.diff import DiffView
from screens.widgets.log import LogView
from screens.widgets.plan import ActionCard
from tests.screens.driving import keys_shown, notifications, press, session, shares_a_session, wait_until_idle
from tests.screens.gallery import failure
from tests.screens.key_coverage import keys
from wizard.checklist.answers import Question
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import ActionDone


@shares_a_session
@keys(TaskScreen, "o h l d 1 2 3")
async def test_a_task_shows_its_options_tabs_and_documentation(shared, monkeypatch):
    opened = []
    monkeypatch.setattr(Golive, "open_address", lambda app, url: opened.append(url))
    async with shared.at(3) as (app, pilot):
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape")
        tabs = app.screen.query_one(TabbedContent)
        await press(app, pilot, "o")
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape")
        question = Question("admin.path", "Move the admin?", "no", "A reason of some lines. " * 20, ("no", "yes"))
        app.push_screen(Form("A long form", [question, question, question]))
        await wait_until_idle(app, pilot)
        assert app.screen.query_one("#questions").max_scroll_y > 0 == app.screen.query_one("#questions").scroll_y
        await press(app, pilot, "escape")
        for key, name in (("2", "output"), ("3", "help"), ("l", "output"), ("1", "changes"), ("h", "help")):
            await press(app, pilot, key)
            assert tabs.active == name
        await press(app, pilot, "d")
        assert opened and all(url.startswith("https://") for url in opened)


@keys(Confirmation, "y n escape left right")
@keys(TaskScreen, "a x u")
async def test_a_task_is_stopped_applied_and_undone(shop, python):
    settings = shop / "election_cart/settings.py"
    async with session(shop, python, task=4) as (app, pilot):
        screen, before = app.screen, settings.read_bytes()
        pressed, emit = threading.Event(), app.engine_session.engine.emit

        def emit_after_the_key(event):
            if isinstance(event, ActionDone):
                pressed.wait(30)
            emit(event)

        app.engine_session.engine.emit = emit_after_the_key
        await pilot.press("a")
        while screen.phase is not Phase.RUNNING:
            await pilot.pause()
        await pilot.press("x")
        pressed.set()
        await wait_until_idle(app, pilot)
        app.engine_session.engine.emit = emit
        assert screen.phase is Phase.PLANNED
        assert settings.read_bytes() == before
        await press(app, pilot, "a")
        assert screen.phase is Phase.FINISHED
        await press(app, pilot, "u")
        assert isinstance(app.screen, Confirmation)
        assert app.focused.id == "no", "Enter changes nothing"
        await press(app, pilot, "enter")
        assert settings.read_bytes() != before
        await press(app, pilot, "u", "right", "left", "right", "enter")
        assert settings.read_bytes() == before
        await press(app, pilot, "a", "u", "n")
        assert settings.read_bytes() != before
        await press(app, pilot, "u", "escape")
        assert settings.read_bytes() != before
        await press(app, pilot, "u", "y")
        assert settings.read_bytes() == before


@shares_a_session
@keys(TaskScreen, "escape n k f")
async def test_a_task_is_skipped_or_left_and_its_failure_shown_again(shared):
    async with shared.at(4) as (app, pilot):
        screen = app.screen
        await press(app, pilot, "k")
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape")
        screen.fail(failure(app.engine_session.engine.checklist, 4))
        await wait_until_idle(app, pilot)
        await press(app, pilot, "escape")
        await press(app, pilot, "f")
        assert isinstance(app.screen, FailureScreen)
        await press(app, pilot, "escape")
        await press(app, pilot, "n")
        assert app.screen.task_shown.number == 5
        await press(app, pilot, "escape")
        assert not isinstance(app.screen, TaskScreen)


@shares_a_session
@keys(ActionCard, "space e v y s")
@keys(EditFile, "escape ctrl+s")
async def test_a_change_is_skipped_edited_copied_and_opened(shared, monkeypatch):
    edited, copied = [], []
    monkeypatch.setattr(Golive, "edit_file", lambda app, path, line=1: edited.append(path.name))
    monkeypatch.setattr(Golive, "copy_to_clipboard", lambda app, text: copied.append(text))
    async with shared.at(2) as (app, pilot):
        card = next(card for card in app.screen.plan.cards if card.diff and card.diff.replaces)
        card.focus()
        await press(app, pilot, "space")
        assert not card.included
        await press(app, pilot, "space")
        assert card.included
        view = card.query_one(DiffView)
        side_by_side = view.is_side_by_side_now
        await press(app, pilot, "s")
        assert view.is_side_by_side_now is not side_by_side
        await press(app, pilot, "y")
        assert "DEBUG" in copied[0]
        for key in ("escape", "ctrl+s"):
            card.focus()
            await press(app, pilot, "e")
            assert isinstance(app.screen, EditFile)
            area = app.screen.query_one("TextArea")
            area.text += "# mine\n"
            await press(app, pilot, key)
            assert isinstance(app.screen, TaskScreen)
            assert (card.edited is not None) == (key == "ctrl+s")
        card.focus()
        await press(app, pilot, "v")
        assert edited == ["settings.py"]


@shares_a_session
@keys(LogView, "space slash f3 right_square_bracket shift+f3 left_square_bracket s")
async def test_the_log_is_paused_searched_and_saved_privately(shared):
    async with shared.at(2) as (app, pilot):
        await press(app, pilot, "2")
        log = app.screen.log_view
        app.engine_session.log.begin_task(2)
        for number in range(200):
            app.engine_session.log.write(f"line {number}")
        log.update_lines()
        log.focus()
        await press(app, pilot, "space")
        assert not log.following
        await press(app, pilot, "space")
        assert log.following
        await press(app, pilot, "slash", *"line 1")
        assert app.focused.id == "find"
        at = log._current
        log.focus()
        for key, step in (("shift+f3", -1), ("left_square_bracket", -1), ("f3", 1), ("right_square_bracket", 1)):
            await press(app, pilot, key)
            at += step
            assert log._current == at, key
        await press(app, pilot, "s")
        assert isinstance(app.screen, Form)
        path = shared.shop.parent / "saved.log"
        app.screen.query_one(Input).value = str(path)
        await press(app, pilot, "ctrl+s")
        assert "line 199" in path.read_text()
        assert path.stat().st_mode & 0o077 == 0


@shares_a_session
@keys(FailureScreen, "escape n l b")
async def test_a_failure_is_left_in_three_ways_and_bundled(shared):
    async with shared.at(5) as (app, pilot):
        problem = failure(app.engine_session.engine.checklist)
        for key, tab in (("escape", "changes"), ("l", "output")):
            app.open_failure(problem)
            await wait_until_idle(app, pilot)
            assert isinstance(app.screen, FailureScreen)
            await press(app, pilot, "b")
            assert "Secrets are redacted" in notifications(app)
            await press(app, pilot, key)
            assert isinstance(app.screen, TaskScreen)
            assert app.screen.query_one(TabbedContent).active == tab
            assert app.screen.phase is Phase.PLANNED
        app.open_failure(problem)
        await wait_until_idle(app, pilot)
        await press(app, pilot, "n")
        assert app.screen.task_shown.number == 6


@keys(FailureScreen, "r")
async def test_retry_runs_the_task_at_once(shop, python):
    async with session(shop, python, task=5) as (app, pilot):
        app.open_failure(failure(app.engine_session.engine.checklist, 4))
        await wait_until_idle(app, pilot)
        await press(app, pilot, "r")
        assert isinstance(app.screen, TaskScreen)
        assert app.screen.task_shown.number == 4
        assert "4.1" in app.engine_session.engine.state.evidence, "task 4 ran"


@keys(FailureScreen, "f")
async def test_one_key_fixes_the_cause_of_a_failure_and_retries(shop, python):
    async with session(shop, python, task=5) as (app, pilot):
        checklist = app.engine_session.engine.checklist
        guide, problem = checklist.guides["health"], failure(checklist)
        hint = next(hint for hint in guide.hints if 3 in hint.tasks)
        app.open_failure(
            type(problem)(problem.task, problem.error, (Diagnosis(guide, hint, True, "the redirect is off"),))
        )
        await wait_until_idle(app, pilot)
        assert app.screen.check_action("fix", ())
        await press(app, pilot, "f")
        assert "5.1" in app.engine_session.engine.state.evidence, "task 5 ran again"
        assert "SECURE_SSL_REDIRECT" in (shop / "election_cart/settings.py").read_text(), "task 3 fixed it"


@shares_a_session
@keys(TaskScreen, "j")
@keys(ItemDialog, "f2")
async def test_the_journeys_are_reached_from_a_task_an_item_and_the_palette(shared):
    async with shared.at(22) as (app, pilot):
        tasks = app.engine_session.engine.checklist.tasks
        assert [number for number in tasks if TaskScreen(tasks[number]).has_journeys] == [18, 21, 22]
        assert not ItemDialog(tasks[4].items[0], None).check_action("journeys", ())
        await press(app, pilot, "j")
        assert isinstance(app.screen, JourneysScreen)
        await press(app, pilot, "escape")
        app.screen.items.focus()
        await press(app, pilot, "home", "down", "enter", "f2")
        assert isinstance(app.screen, JourneysScreen)
        assert app.screen.item == "22.2"
        assert {journey.source.partition(":")[0] for journey in app.screen.journeys} == {"golive.yaml"}
        await press(app, pilot, "escape")
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert titles.count("Journeys") == 1
        await press(app, pilot, "ctrl+p", *"journ", "enter")
        assert isinstance(app.screen, JourneysScreen)
        assert app.focused is app.screen.rows
        await press(app, pilot, "f1")
        shown = keys_shown(app)
        assert shown.index("Back") < shown.index("Next problem") < shown.index("Quit") < shown.index("Down")
