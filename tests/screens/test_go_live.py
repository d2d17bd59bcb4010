"""The go-live board."""

from __future__ import annotations

from textual.widgets import Label, OptionList

from screens.go_live import GoLiveBoard
from screens.launched import Launched
from tests.screens.driving import session, wait_until_idle
from wizard.checklist.evidence import Status
from wizard.state import state_file


async def test_the_launch_starts_the_due_times_and_items_can_be_confirmed(shop, python):
    async with session(shop, python, animated=True) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("g")
        await pilot.pause()
        assert isinstance(app.screen, GoLiveBoard)
        board = app.screen.query_one(OptionList)
        assert "Pre-Launch: 0 of 8, before the launch" in str(board.get_option_at_index(0).prompt)
        await pilot.press("l")
        await pilot.pause()
        await pilot.press("y")
        await wait_until_idle(app, pilot)
        assert isinstance(app.screen, Launched)
        await pilot.press("escape")
        await wait_until_idle(app, pilot)
        assert "Live since" in str(app.screen.query_one("#when", Label).content)
        assert "due in 1 h" in str(board.get_option_at_index(9).prompt)
        await pilot.press("home", "enter")
        await pilot.pause()
        await pilot.press(*"green", "enter")
        await wait_until_idle(app, pilot)
        assert "Pre-Launch: 1 of 8" in str(board.get_option_at_index(0).prompt)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, GoLiveBoard)
    kept = state_file.load(shop)
    assert kept.launched
    assert kept.status("pre-launch.1") is Status.DONE
    (shop / ".golive" / "state.json").unlink()
    assert state_file.load(shop).launched == kept.launched, "the launch is in the journal as well"
