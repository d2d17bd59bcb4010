"""The moment of going live."""

from __future__ import annotations

import random
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Label, Static

from screens.base_screen import BaseScreen

PIECES = "✦✧★☆•·"
STYLES = ("$text-success", "$text-accent", "$text-warning", "$text-primary", "$text-error")
FRAME = 0.12
"""Seconds between two steps of what falls."""


class Confetti(Widget):
    """Falls until it is left; where nothing shall move, it hangs still."""

    DEFAULT_CSS = "Confetti { height: 5; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.chance = random.Random(7)  # noqa: S311 - decoration
        self.rows: list[Content] = []

    def on_mount(self) -> None:
        self.rows = [self.row() for _ in range(5)]
        if self.app.animation_level != "none":
            self.set_interval(FRAME, self.fall)

    def row(self) -> Content:
        cells = [
            (self.chance.choice(PIECES), self.chance.choice(STYLES)) if self.chance.random() < 0.12 else (" ", "")
            for _ in range(60)
        ]
        return Content.assemble(*cells)

    def fall(self) -> None:
        self.rows = [self.row(), *self.rows[:-1]]
        self.refresh()

    def render(self) -> Content:
        return Content("\n").join(self.rows)


class Launched(BaseScreen, ModalScreen[None]):
    CSS_PATH = "launched.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,space", "dismiss(None)", "Thank you")]

    def __init__(self, name: str, moment: str) -> None:
        super().__init__()
        self.site, self.moment = name, moment

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Confetti()
            yield Label("You are live", id="live")
            yield Static(f"{self.site}, since {self.moment}", classes="quiet", markup=False)
            yield Static("Watch the logs for an hour, then take the evening off: the lists say what is due when.")
            yield Button("Back to the lists", variant="primary")

    def on_button_pressed(self) -> None:
        self.dismiss(None)
