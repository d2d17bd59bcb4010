"""The screen of journeys: list and steps, running one again, and saving it as a flow. The engine is a double."""

from __future__ import annotations

import threading
import unicodedata
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.events import MouseScrollUp
from textual.widgets import Button, OptionList, Static, TextArea

import screens
from screens.app import Golive
from screens.edit_flow import EditFlow
from screens.engine_work import EngineApp
from screens.help import active_keys
from screens.journeys import JourneysScreen
from screens.plain import journeys as plain_journeys
from tests.screens.driving import press, wait_until_idle
from tests.screens.key_coverage import keys
from wizard.base.errors import StepError, Stopped, UsageError
from wizard.checklist import loader
from wizard.checklist.evidence import Status, rehearsed
from wizard.engine import user_journeys
from wizard.journeys import store
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.journeys.store import StoredJourney
from wizard.state.state_file import State

FLOWS = """\
version: 1
flows:
  - flow: mine
    item: "21.5"
    title: "A visitor sees all products"
    steps:
      - get: /products/
"""
REFUSED = SentRequest("POST /books/new/", "isbn=1", 200, 0.02, "Enter a valid ISBN", "isbn: sends 978 next")
REPLAY = {"post": "/books/new/", "form": {"isbn": "978"}}
SENT = SentRequest("POST /books/new/", "isbn=978", 302, 0.03, "[red]moved[/red]", replay=REPLAY)
NEVER = SentRequest("GET /slow/")
SMALL, LARGE = (80, 24), (200, 60)


def journey(name, item="21.21", verdict=Verdict.WORKS, why="the row is new", requests=(REFUSED, SENT), kind="create"):
    result = JourneyResult(name, f"A visitor does {name}", kind, "library.Book", verdict, why, "first", tuple(requests),
                           "the new title" if verdict is Verdict.BROKEN else "", "books/views.py:7")  # fmt: skip
    return StoredJourney(result, (item,) if item else (), target="local")


class EngineSession:
    """Runs no site: a journey that is run again works."""

    def __init__(self, root):
        self.log = SimpleNamespace(last=lambda lines: ["| POST /books/new/ was refused"])
        self.ran, self.errors, self.go_on = [], [], threading.Event()
        self.go_on.set()
        state = State(root / ".golive")
        self.engine = SimpleNamespace(
            project=SimpleNamespace(root=root), state=state, checklist=loader.load(), roll_back=lambda task: 0
        )

    def journeys(self):
        return user_journeys.journeys_of(self.engine.project.root)

    def run(self, tasks):
        self.ran.append(([task.number for task in tasks], set()))

    def run_journey(self, name, items):
        self.ran.append((name, set(items)))
        self.go_on.wait(10)
        if self.errors:
            raise self.errors.pop()
        root = self.engine.project.root
        again = journey(name, min(items), why="the row is in the list")
        store.write(root, [again if each.name == name else each for each in store.read(root)], derived=True)
        for item in items:
            self.engine.state.evidence[item] = rehearsed(item, True, "request", name, "it works")
        return StoredJourney(again.result, again.items, at="2026-03-02T09:30:00+00:00", target="local")

    def save_flow(self, draft, content):
        assert not user_journeys.problem_with(draft, content)
        draft.path.write_bytes(content)

    def proposed_commit(self, last):
        return None

    def stop(self):
        self.errors.append(Stopped("The journeys were stopped"))
        self.go_on.set()


class JourneysApp(EngineApp):
    """The app without its other screens."""

    CSS_PATH = Path(screens.__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = Golive.HORIZONTAL_BREAKPOINTS, Golive.VERTICAL_BREAKPOINTS

    def __init__(self, root):
        super().__init__(None)
        self.engine_session = EngineSession(root)


@pytest.fixture
def root(tmp_path):
    (tmp_path / ".golive").mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def books(root):
    (root / "golive.yaml").write_text(FLOWS)
    login = SentRequest("POST /login/", status=302, replay={"post": "/login/", "form": {"password": "{password}"}})
    store.write(root, [
        journey("login", "21.2", requests=[login], kind="login"),
        journey("book-create"),
        journey("book-edit", "21.22", Verdict.BROKEN, "another title is shown", [NEVER]),
        journey("book-hole", "", Verdict.OPEN, "it was not tried", kind="hole"),
    ], derived=True)  # fmt: skip
    return root


@asynccontextmanager
async def opened(root, item="", size=SMALL):
    """The app with the screen open, and its pilot."""
    app = JourneysApp(root)
    async with app.run_test(size=size) as pilot:
        app.push_screen(JourneysScreen(item))
        await wait_until_idle(app, pilot)
        yield app, pilot


def rows(app):
    options = app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(index).prompt) for index in range(options.option_count)]


def steps(app):
    return "\n".join(str(each.content) for each in app.screen.query_one("#steps").query(Static))


def state(app):
    return str(app.screen.query_one("#state", Static).content)


def messages(app):
    return " ".join(str(each.message) for each in app._notifications)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["stacked", "beside"])
async def test_the_list_and_the_steps_are_shown_in_both_sizes(books, size):
    async with opened(books, "21.21", size) as (app, pilot):
        screen = app.screen
        assert [row.split("  ")[0].strip() for row in rows(app)] == [
            "· not run",
            "✔ works",
            "✔ works",
            "✘ broken",
            "☐ open",
        ]
        beside = size == LARGE
        assert rows(app)[1] == "✔ works    A visitor does login  21.2"
        assert "✔ works: 2   ✘ broken: 1   ☐ open: 1   · not run: 1   Last run: the rehearsal, just now" in str(
            screen.query_one("#counts", Static).content
        )
        assert screen.chosen.name == "book-create", "the journey of the item"
        shown = steps(app)
        assert " 1  POST /books/new/  →  200, 20 ms\nSent     isbn=1\nAnswer   Enter a valid ISBN\n" in shown
        assert "Learned  isbn: sends 978 next\n 2  POST /books/new/  →  302, 30 ms" in shown
        assert "[red]moved[/red]" in shown, "an answer is no markup"
        options, area = screen.query_one("#journeys").region, screen.query_one("#steps").region
        assert (options.y == area.y, options.x == area.x) == (beside, not beside)
        assert min(options.height, area.height) >= 5
        await press(app, pilot, "home")
        assert "mine · 21.5 · golive.yaml:3 · not run yet" in steps(app)


@pytest.mark.parametrize("size", [SMALL, (120, 40)], ids=["stacked", "beside"])
async def test_the_journey_of_the_item_is_in_view(books, size):
    titles = "".join(
        f'  - flow: flow{number}\n    item: "21.6"\n    title: "A visitor orders what is in the cart, {number}"\n'
        "    steps:\n      - get: /\n"
        for number in range(16)
    )
    (books / "golive.yaml").write_text(FLOWS + titles)
    async with opened(books, "21.22", size) as (app, pilot):
        for width in (size[0], 100, 140):
            await pilot.resize_terminal(width, size[1])
            await wait_until_idle(app, pilot)
            rows = app.screen.query_one("#journeys", OptionList)
            assert app.screen.chosen.name == "book-edit"
            row = rows._index_to_line[rows.highlighted] - rows.scroll_offset.y
            assert 0 <= row < rows.size.height, width


async def test_the_steps_scroll_by_keyboard_and_mouse(books):
    async with opened(books, "21.21") as (app, pilot):
        area = app.screen.query_one("#steps")
        await press(app, pilot, "enter", "down")
        assert area.has_focus and area.scroll_y == 1
        await pilot._post_mouse_events([MouseScrollUp], widget=area)
        await wait_until_idle(app, pilot)
        assert area.scroll_y == 0
        await pilot.click("#journeys", offset=(5, 1))
        await wait_until_idle(app, pilot)
        assert app.screen.chosen.name == "login"
        assert "POST /login/" in steps(app)


@keys(JourneysScreen, "r x n escape")
async def test_a_journey_is_run_again_stopped_and_left(books):
    async with opened(books) as (app, pilot):
        session = app.engine_session
        await press(app, pilot, "n")
        assert app.screen.chosen.name == "book-edit"
        assert "GET /slow/  →  no answer" in steps(app) and "Expected the new title" in steps(app)
        session.go_on.clear()
        await pilot.press("r")
        while not session.ran:
            await pilot.pause()
        app.screen.show_progress()
        assert state(app).startswith("Journey book-edit · under 1 s · | POST /books/new/ was refused")
        assert str(app.screen.query_one("#run", Button).label) == "Stop"
        await pilot.press("down", "e", "s", "r")  # the event loop is free, and no other work begins
        assert app.screen.chosen.name == "book-hole"
        assert session.ran == [("book-edit", {"21.22"})]
        app.screen.dismiss()
        app.push_screen(JourneysScreen("21.22"))
        await pilot.pause()
        await pilot.press("x")  # a new screen shows the work that goes on
        await wait_until_idle(app, pilot)
        assert state(app) == "The journeys were stopped"
        assert session.engine.state.status("21.22") is Status.OPEN
        assert app.screen.chosen.name == "book-edit"
        await press(app, pilot, "r")
        assert "✔ works: the row is in the list" in state(app) and "the row is in the list" in steps(app)
        assert session.engine.state.status("21.22") is Status.REHEARSED
        await press(app, pilot, "escape")
        assert not isinstance(app.screen, JourneysScreen)


async def test_the_item_that_waits_is_proven_as_well_and_an_error_is_shown(books):
    async with opened(books, "22.2") as (app, pilot):
        assert state(app).startswith("No journey proves item 22.2 yet.")
        await press(app, pilot, "down")
        app.engine_session.errors.append(StepError("The deployment failed", "no space left"))
        await press(app, pilot, "r")
        assert app.engine_session.ran == [("login", {"21.2", "22.2"})]
        assert state(app) == "The deployment failed: no space left"


@keys(JourneysScreen, "s")
async def test_a_journey_is_saved_with_those_it_needs(books):
    async with opened(books, "21.21") as (app, pilot):
        await press(app, pilot, "s")
        text = (books / "golive.yaml").read_text()
        assert text.startswith(FLOWS)
        assert "flow: login" in text and "flow: book-create" in text
        assert state(app).startswith("Saved book-create to golive.yaml.")
        assert app.screen.chosen.source.startswith("golive.yaml:"), "the flow is selected"
        await press(app, pilot, "s")
        assert (books / "golive.yaml").read_text() == text
        await press(app, pilot, "end", "e")
        assert "it tries what the site must refuse" in messages(app)


@keys(JourneysScreen, "e")
@keys(EditFlow, "ctrl+s")
async def test_an_edited_flow_is_checked_saved_and_run(books):
    async with opened(books, "21.21") as (app, pilot):
        await press(app, pilot, "e")
        assert isinstance(app.screen, EditFlow)
        area = app.screen.query_one(TextArea)
        line = area.text.splitlines()[area.cursor_location[0]]
        assert line == "  - flow: book-create"
        area.text = area.text.replace("post: /books/new/", "pots: /books/new/")
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, EditFlow)
        problem = str(app.screen.query_one("#problem", Static).content)
        number = next(number for number, line in enumerate(area.text.splitlines(), 1) if "pots" in line)
        assert problem.startswith(f"golive.yaml:{number}") and "pots" in problem
        assert area.cursor_location[0] == number - 1
        area.text = area.text.replace("pots: /books/new/", "post: /books/add/")
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, JourneysScreen)
        assert "post: /books/add/" in (books / "golive.yaml").read_text()
        assert app.engine_session.ran == [("book-create", {"21.21"})]
        assert "✔ works" in state(app)


async def test_a_file_that_changed_meanwhile_is_not_overwritten(books):
    async with opened(books) as (app, pilot):
        await press(app, pilot, "e")
        (books / "golive.yaml").write_text(f"{FLOWS}# mine\n")
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, EditFlow), "the text is not lost"
        assert "was changed by another program" in str(app.screen.query_one("#problem", Static).content)
        await press(app, pilot, "escape")
        assert (books / "golive.yaml").read_text() == f"{FLOWS}# mine\n"


async def test_without_journeys_the_screen_says_what_to_do(root):
    async with opened(root) as (app, pilot):
        assert "Press r to run task 21." in steps(app)
        assert str(app.screen.query_one("#run", Button).label) == "Run task 21"
        await pilot.click("#run")
        await wait_until_idle(app, pilot)
        assert app.engine_session.ran == [([21], set())]
        assert {"Edit", "Save", "Next problem"} & {each[1] for each in active_keys(app.screen)} == set()


async def test_an_invalid_file_is_named_with_its_line(books):
    (books / "golive.yaml").write_text("version: 1\nflows:\n  - flow: mine\n")
    async with opened(books) as (app, _):
        assert "golive.yaml:3" in steps(app)


def test_the_plain_session_prints_the_list_and_the_steps_of_one(books, capsys):
    session = EngineSession(books)
    plain_journeys.show(session, "")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mine: not run, item 21.5, golive.yaml:3. A visitor sees all products"
    assert lines[3].startswith("book-edit: broken, item 21.22, found by Golive. A visitor does book-edit: another")
    assert lines[-1] == "Type j and a name to show its steps."
    plain_journeys.show(session, "book-create")
    shown = capsys.readouterr().out
    assert "Request 1: POST /books/new/, status 200, 20 ms\n  Sent: isbn=1\n  Answer: Enter a valid ISBN\n" in shown
    assert "  Learned: isbn: sends 978 next\nRequest 2: POST /books/new/, status 302, 30 ms\n" in shown
    assert not {char for char in shown if unicodedata.category(char) in {"So", "Cc"}} - {"\n"}
    with pytest.raises(UsageError, match="Did you mean book-edit"):
        plain_journeys.show(session, "book-edi")
    (books / "golive.yaml").unlink()
    store.write(books, [], derived=True)
    plain_journeys.show(session, "")
    assert capsys.readouterr().out.startswith("Golive has found no journeys yet.")
