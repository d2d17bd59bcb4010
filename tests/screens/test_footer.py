"""The footer shows the keys that work now, and is recomposed only when those keys change."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Button
from textual.widgets._footer import FooterKey

from screens.widgets.keys import KeyBar


class Dialog(ModalScreen):
    BINDINGS: ClassVar = [("escape", "dismiss", "Back")]
    CSS = "Dialog { background: $background 50%; }"

    def compose(self):
        yield Button("Ok")
        yield KeyBar()


class Ship(Button):
    BINDINGS: ClassVar = [("s", "ship", "Ship it")]


class Harbour(App):
    BINDINGS: ClassVar = [("w", "work", "Work"), ("x", "stop", "Stop")]
    ENABLE_COMMAND_PALETTE = False
    working = False

    def compose(self):
        yield Button("First")
        yield Button("Second")
        yield Ship("Ship")
        yield KeyBar()

    def check_action(self, action, parameters):
        return {"work": not self.working, "stop": self.working}.get(action, True)

    def action_work(self):
        self.working = True
        self.refresh_bindings()
        self.push_screen(Dialog())


def footer_keys(screen):
    """The keys that the footer of *screen* shows."""
    return [key for key in screen.query(FooterKey) if key.region]


async def test_the_footer_is_recomposed_only_for_other_keys():
    async with Harbour().run_test() as pilot:
        await pilot.pause()
        before = footer_keys(pilot.app.screen)
        assert [key.description for key in before] == ["Work"]
        await pilot.press("tab")
        assert pilot.app.focused is pilot.app.query(Button)[1]
        await pilot.pause()
        assert [*map(id, footer_keys(pilot.app.screen))] == [*map(id, before)], "the same widgets"
        await pilot.press("tab")
        await pilot.pause()
        assert [key.description for key in footer_keys(pilot.app.screen)] == ["Ship it", "Work"]


async def test_the_footer_below_a_dialog_is_updated_as_well():
    async with Harbour().run_test() as pilot:
        await pilot.press("w")
        await pilot.pause()
        lower, upper = pilot.app.screen_stack
        assert [key.description for key in footer_keys(upper)] == ["Back"]
        assert [key.description for key in footer_keys(lower)] == ["Stop"]
