"""Every key of the dashboard and of the screens that it opens."""

from __future__ import annotations

from textual.widgets import Input, OptionList

from screens.app import Golive
from screens.dashboard import Dashboard
from screens.forms import Form
from screens.go_live import GoLiveBoard
from screens.help import HelpDialog
from screens.search import Search
from screens.session_review import SessionReview
from screens.task import TaskScreen
from screens.widgets.day_list import DayList
from tests.screens.driving import notifications, press, session, shares_a_session, wait_until_idle
from tests.screens.key_coverage import keys
from wizard.checklist.evidence import Status
from wizard.state import state_file


@shares_a_session
@keys(Golive, "f1 question_mark")
@keys(HelpDialog, "escape f1 question_mark")
async def test_help_opens_and_closes_by_the_same_keys(shared):
    async with shared.at() as (app, pilot):
        for key in ("f1", "question_mark"):
            for back in ("escape", key):
                await press(app, pilot, key)
                assert isinstance(app.screen, HelpDialog)
                await press(app, pilot, back)
                assert isinstance(app.screen, Dashboard)


@shares_a_session
@keys(Golive, "slash")
@keys(Dashboard, "w")
@keys(Search, "escape down up")
async def test_the_search_opens_and_its_results_are_selected_by_arrows(shared):
    async with shared.at() as (app, pilot):
        for key in ("slash", "w"):
            await press(app, pilot, key)
            assert isinstance(app.screen, Search)
            matches = app.screen.query_one(OptionList)
            app.screen.query_one(Input).value = "debug"
            await press(app, pilot, "down", "down", "up")
            assert matches.highlighted == 1
            await press(app, pilot, "escape")
            assert isinstance(app.screen, Dashboard)


@shares_a_session
@keys(Dashboard, "left right")
async def test_a_day_beyond_the_room_is_shown_once_it_is_selected(shared):
    async with shared.at() as (app, pilot):
        await pilot.resize_terminal(120, 40)
        for key, shown in (("", [1, 2, 3]), ("left", [2, 3, 4]), ("right", [1, 2, 3])):
            await press(app, pilot, *[key] * bool(key))
            days = [day for day in app.screen.query(DayList) if day.parent.display]
            headings = [heading for heading in app.screen.query(".heading") if heading.display]
            assert [day.day.number for day in days] == shown
            assert [heading.id for heading in headings] == [f"heading-{number}" for number in shown]
        await pilot.resize_terminal(200, 60)
        await press(app, pilot)
        assert all(day.parent.display for day in app.screen.query(DayList))


@shares_a_session
@keys(Dashboard, "left right n g c r")
async def test_the_dashboard_moves_between_days_and_opens_other_screens(shared, monkeypatch):
    opened = []
    monkeypatch.setattr(Golive, "open_address", lambda app, url: opened.append(url))
    async with shared.at() as (app, pilot):
        await press(app, pilot, "right")
        started_at = app.screen.selected_day().day.number
        for _ in range(3):  # as of a held key: no pause between them
            app.screen.action_day(1)
        assert app.screen.selected_day().day.number == (started_at + 2) % 4 + 1
        for _ in range(3):
            app.screen.action_day(-1)
        await wait_until_idle(app, pilot)
        assert app.screen.selected_day().has_focus and app.screen.selected_day().day.number == started_at
        assert app.screen.selected_day().day.number == 2
        await press(app, pilot, "left")
        assert app.screen.selected_day().day.number == 1
        await press(app, pilot, "n")
        assert (type(app.screen), app.screen.task_shown.number) == (TaskScreen, 1)
        await press(app, pilot, "escape")
        await press(app, pilot, "g")
        assert isinstance(app.screen, GoLiveBoard)
        await press(app, pilot, "escape")
        await press(app, pilot, "r")
        assert opened[0].endswith("report.html")
        await press(app, pilot, "c")
        assert "No drift" in notifications(app)


@keys(Dashboard, "s x")
@keys(SessionReview, "escape ctrl+s")
@keys(Form, "escape ctrl+s")
async def test_a_half_day_can_be_cancelled_at_each_step_and_stopped(shop, python):
    async with session(shop, python) as (app, pilot):
        await press(app, pilot, "enter")
        await press(app, pilot, "s")
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, Dashboard)
        await press(app, pilot, "s")
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, SessionReview)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, Dashboard)
        assert not state_file.load(shop).evidence, "nothing ran"
        await press(app, pilot, "s")
        assert isinstance(app.screen, SessionReview), "answered questions are not asked again"
        await pilot.press("ctrl+s")
        while not (app.work_item and app.work_item.current_task):
            await pilot.pause()
        await press(app, pilot, "x")
        assert "Stopped" in {notification.title for notification in app._notifications}
        assert state_file.load(shop).status("6.1") is Status.OPEN, "later tasks did not run"
