"""Every key of every screen, pressed, with what it does; a key that is added without a test here fails one."""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections import defaultdict

import pytest
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static, TabbedContent

import screens
from screens.app import Golive
from screens.coffee_break import CoffeeBreak
from screens.dashboard import Dashboard
from screens.edit_file import EditFile
from screens.failure import FailureScreen
from screens.forms import Form
from screens.go_live import GoLiveBoard
from screens.help import HelpDialog
from screens.item import ItemDialog
from screens.launched import Launched
from screens.search import Search
from screens.session_review import SessionReview
from screens.task import Phase, TaskScreen
from screens.welcome import Welcome
from screens.widgets.fields import SecretInput
from screens.widgets.log import LogView
from screens.widgets.plan import ActionCard
from tests.screens.driving import press, session, settled
from tests.screens.gallery import failure
from wizard.checklist.answers import Question
from wizard.checklist.evidence import Status
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import ActionDone
from wizard.state import state_file

COVERED: dict[type, set[str]] = defaultdict(set)


def keys(where: type, names: str):
    """The test presses the keys *names* of *where*."""

    def declare(test):
        COVERED[where] |= set(names.split())
        test.keys = getattr(test, "keys", set()) | set(names.split())
        return test

    return declare


@pytest.fixture(autouse=True)
def each_declared_key_is_pressed(request, monkeypatch):
    pressed = set()
    pressing = Pilot.press

    async def press_and_note(pilot, *names):
        pressed.update(names)
        await pressing(pilot, *names)

    monkeypatch.setattr(Pilot, "press", press_and_note)
    yield
    chosen = getattr(request.node, "callspec", None)
    declared = getattr(request.function, "keys", set())
    assert pressed >= ({chosen.params["key"]} if chosen else declared)


def bindings(where: type) -> set[str]:
    found = set()
    for each in vars(where).get("BINDINGS", []):
        names = each.key if isinstance(each, Binding) else each[0]
        found |= {name.strip() for name in names.split(",")}
    return found


def with_bindings() -> dict[type, set[str]]:
    found = {}
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and each.__module__ == module.name and (names := bindings(each)):
                found[each] = names
    return found


def test_no_key_is_without_a_test():
    assert with_bindings() == COVERED


@keys(Welcome, "enter r")
async def test_welcome(shop, python):
    async with session(shop, python) as (app, pilot):
        findings = app.screen.query_one("#findings", Static)
        findings.update("")
        await press(app, pilot, "r")
        assert "Django 4.2" in str(findings.content)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Dashboard)


@keys(Golive, "ctrl+q ctrl+c")
@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_leaving(shop, python, key):
    async with session(shop, python, task=2) as (app, pilot):
        await pilot.press(key)
        while not app._exit:
            await pilot.pause()
        assert app.engine_session.leaving


@keys(Golive, "f1 question_mark slash")
@keys(HelpDialog, "escape f1 question_mark")
@keys(Search, "escape down up")
@keys(Dashboard, "left right n s w g c x b")
@keys(SessionReview, "escape ctrl+s")
@keys(Form, "escape ctrl+s")
async def test_map_and_what_opens_from_it(shop, python, monkeypatch):
    opened = []
    monkeypatch.setattr(Golive, "open_address", lambda app, url: opened.append(url))
    async with session(shop, python) as (app, pilot):
        await press(app, pilot, "enter")
        for key in ("f1", "question_mark"):
            for back in ("escape", key):
                await press(app, pilot, key)
                assert isinstance(app.screen, HelpDialog)
                await press(app, pilot, back)
                assert isinstance(app.screen, Dashboard)
        for key in ("slash", "w"):
            await press(app, pilot, key)
            assert isinstance(app.screen, Search)
            found = app.screen.query_one(OptionList)
            app.screen.query_one(Input).value = "debug"
            await press(app, pilot, "down", "down", "up")
            assert found.highlighted == 1
            await press(app, pilot, "escape")
            assert isinstance(app.screen, Dashboard)
        await press(app, pilot, "right")
        assert app.screen.focused_day().day.number == 2
        await press(app, pilot, "left")
        assert app.screen.focused_day().day.number == 1
        await press(app, pilot, "n")
        assert (type(app.screen), app.screen.task_shown.number) == (TaskScreen, 1)
        await press(app, pilot, "escape")
        await press(app, pilot, "g")
        assert isinstance(app.screen, GoLiveBoard)
        await press(app, pilot, "escape")
        await press(app, pilot, "b")
        assert opened[0].endswith("report.html")
        await press(app, pilot, "c")
        assert "Every ticked box still holds" in told(app)
        await press(app, pilot, "s")
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, Dashboard)
        await press(app, pilot, "s")
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, SessionReview)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, Dashboard)
        assert not state_file.load(shop).evidence, "who turns away has agreed to nothing"
        await press(app, pilot, "s")
        assert isinstance(app.screen, SessionReview), "what was answered is not asked again"
        await pilot.press("ctrl+s")
        while not (app.work_item and app.work_item.current_task):
            await pilot.pause()
        await press(app, pilot, "x")
        assert "Stopped" in {each.title for each in app._notifications}
        assert state_file.load(shop).status("6.1") is Status.OPEN, "the rest of the session was not begun"


def told(app):
    return " ".join(str(each.message) for each in app._notifications)


@keys(TaskScreen, "escape a n o x u k f h l 1 2 3")
async def test_task(shop, python, monkeypatch):
    opened = []
    monkeypatch.setattr(Golive, "open_address", lambda app, url: opened.append(url))
    async with session(shop, python, task=3) as (app, pilot):
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape")
        screen, tabs = app.screen, app.screen.query_one(TabbedContent)
        await press(app, pilot, "o")
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape")
        for key, name in (("2", "output"), ("3", "help"), ("1", "changes"), ("h", "help")):
            await press(app, pilot, key)
            assert tabs.active == name
        await press(app, pilot, "l")
        assert opened and all(url.startswith("https://") for url in opened)
        app.go_to(app.engine_session.engine.checklist.tasks[4])
        await settled(app, pilot)
        screen, before = app.screen, (shop / "election_cart/settings.py").read_bytes()
        pressed, tell = threading.Event(), app.engine_session.engine.emit

        def not_done_before_the_key(event):
            if isinstance(event, ActionDone):
                pressed.wait(30)
            tell(event)

        app.engine_session.engine.emit = not_done_before_the_key
        await pilot.press("a")
        while screen.phase is not Phase.RUNNING:
            await pilot.pause()
        await pilot.press("x")
        pressed.set()
        await settled(app, pilot)
        app.engine_session.engine.emit = tell
        assert screen.phase is Phase.PLANNED
        assert (shop / "election_cart/settings.py").read_bytes() == before
        await press(app, pilot, "a")
        assert screen.phase is Phase.FINISHED
        await press(app, pilot, "u")
        assert isinstance(app.screen, Form)
        app.screen.query_one("Select").value = "yes"
        await press(app, pilot, "ctrl+s")
        assert (shop / "election_cart/settings.py").read_bytes() == before
        await press(app, pilot, "k")
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape")
        screen.fail(failure(app.engine_session.engine.checklist, 4))
        await press(app, pilot, "escape")
        await press(app, pilot, "f")
        assert isinstance(app.screen, FailureScreen)
        await press(app, pilot, "escape")
        await press(app, pilot, "n")
        assert app.screen.task_shown.number == 5
        await press(app, pilot, "escape")
        assert not isinstance(app.screen, TaskScreen)


@keys(ActionCard, "space e v y d")
@keys(EditFile, "escape ctrl+s")
async def test_cards_of_a_plan(shop, python, monkeypatch):
    edited, copied = [], []
    monkeypatch.setattr(Golive, "edit_file", lambda app, path, line=1: edited.append(path.name))
    monkeypatch.setattr(Golive, "copy_to_clipboard", lambda app, text: copied.append(text))
    async with session(shop, python, task=2) as (app, pilot):
        card = next(card for card in app.screen.plan.cards if card.replaces)
        card.focus()
        await press(app, pilot, "space")
        assert not card.kept
        await press(app, pilot, "space")
        assert card.kept
        beside = card.has_class("-beside")
        await press(app, pilot, "d")
        assert card.has_class("-beside") is not beside, "old and new stand otherwise"
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
            assert (card.written is not None) == (key == "ctrl+s")
        card.focus()
        await press(app, pilot, "v")
        assert edited == ["settings.py"]


@keys(LogView, "space slash f3 right_square_bracket shift+f3 left_square_bracket s")
async def test_log(shop, python):
    async with session(shop, python, task=2) as (app, pilot):
        await press(app, pilot, "2")
        log = app.screen.log_view
        for number in range(200):
            app.engine_session.log.write(f"line {number}")
        log.catch_up()
        log.focus()
        await press(app, pilot, "space")
        assert not log.following
        await press(app, pilot, "space")
        assert log.following
        await press(app, pilot, "slash", *"line 1")
        assert app.focused.id == "find"
        at = log._at
        log.focus()
        for key, step in (("shift+f3", -1), ("left_square_bracket", -1), ("f3", 1), ("right_square_bracket", 1)):
            await press(app, pilot, key)
            at += step
            assert log._at == at, key
        await press(app, pilot, "s")
        assert isinstance(app.screen, Form)
        path = shop.parent / "kept.log"
        app.screen.query_one(Input).value = str(path)
        await press(app, pilot, "ctrl+s")
        assert "line 199" in path.read_text()
        assert path.stat().st_mode & 0o077 == 0


@keys(FailureScreen, "escape f r n l b")
async def test_failure(shop, python):
    async with session(shop, python, task=5) as (app, pilot):
        problem = failure(app.engine_session.engine.checklist)
        for key, tab in (("escape", "changes"), ("r", "changes"), ("l", "output")):
            app.show_failure(problem)
            await settled(app, pilot)
            assert isinstance(app.screen, FailureScreen)
            await press(app, pilot, "b")
            assert "no secret is in it" in " ".join(str(each.title) for each in app._notifications)
            await press(app, pilot, key)
            assert isinstance(app.screen, TaskScreen)
            assert app.screen.query_one(TabbedContent).active == tab
            assert app.screen.phase is Phase.PLANNED
        app.show_failure(problem)
        await settled(app, pilot)
        await press(app, pilot, "n")
        assert app.screen.task_shown.number == 6
        guide = app.engine_session.engine.checklist.guides["health"]
        hint = next(hint for hint in guide.hints if 3 in hint.tasks)
        mendable = Diagnosis(guide, hint, True, "it is seen")
        app.go_to(app.engine_session.engine.checklist.tasks[5])
        await settled(app, pilot)
        app.show_failure(type(problem)(problem.task, problem.error, (mendable,)))
        await settled(app, pilot)
        assert app.screen.check_action("fix", ())
        await press(app, pilot, "f")
        assert "5.1" in app.engine_session.engine.state.evidence, "it was tried again"
        assert "SECURE_SSL_REDIRECT" in (shop / "election_cart/settings.py").read_text(), "task 3 mended it"


@keys(ItemDialog, "escape ctrl+o ctrl+y")
@keys(SecretInput, "ctrl+r")
async def test_item_and_secret(shop, python, monkeypatch):
    edited, copied = [], []
    monkeypatch.setattr(Golive, "edit_file", lambda app, path, line=1: edited.append((path.name, line)))
    monkeypatch.setattr(Golive, "copy_to_clipboard", lambda app, text: copied.append(text))
    async with session(shop, python, task=4) as (app, pilot):
        await press(app, pilot, "a")
        app.screen.items.focus()
        await press(app, pilot, "home", "enter")
        assert isinstance(app.screen, ItemDialog)
        await press(app, pilot, "ctrl+y")
        assert "rotating file" in copied[0]
        await press(app, pilot, "ctrl+o")
        assert edited[0][0] == "settings.py"
        assert edited[0][1] > 1
        await press(app, pilot, "escape")
        assert isinstance(app.screen, TaskScreen)
        app.push_screen(Form("A token", [Question("token.X", "The token", "", secret=True)]))
        await settled(app, pilot)
        field = app.screen.query_one(SecretInput)
        field.focus()
        await press(app, pilot, *"s3cret")
        assert "s3cret" not in app.export_screenshot()
        await press(app, pilot, "ctrl+r")
        assert "s3cret" in app.export_screenshot()
        await press(app, pilot, "escape")


@keys(GoLiveBoard, "escape l b")
@keys(Launched, "escape enter space")
async def test_going_live(shop, python, monkeypatch):
    opened = []
    monkeypatch.setattr(Golive, "open_address", lambda app, url: opened.append(url))
    async with session(shop, python) as (app, pilot):
        await press(app, pilot, "enter")
        await press(app, pilot, "g")
        await press(app, pilot, "b")
        assert opened
        for key in ("escape", "enter", "space"):
            await press(app, pilot, "l")
            await press(app, pilot, "ctrl+s")
            assert isinstance(app.screen, Launched)
            await press(app, pilot, key)
            assert isinstance(app.screen, GoLiveBoard)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, Dashboard)


@keys(CoffeeBreak, "enter space escape")
@pytest.mark.parametrize("key", ["enter", "space", "escape"])
async def test_break(shop, python, key):
    how = []
    async with session(shop, python) as (app, pilot):
        await press(app, pilot, "enter")
        app.push_screen(CoffeeBreak(15), how.append)
        await settled(app, pilot)
        await press(app, pilot, key)
    assert how[0].startswith("ended by the person after 0:0")
