"""The celebration after going live."""

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
from screens.formatting import local_time

PIECES = "✦✧★☆•·"
STYLES = ("$text-success", "$text-accent", "$text-warning", "$text-primary", "$text-error")
FRAME = 0.12
"""Seconds between two frames."""


class Confetti(Widget):
    """Falling confetti; it does not move if animations are off."""

    DEFAULT_CSS = "Confetti { height: 5; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.random = random.Random(7)  # noqa: S311 - decoration
        self.rows: list[Content] = []

    def on_mount(self) -> None:
        self.rows = [self.row() for _ in range(5)]
        if self.app.animation_level != "none":
            self.set_interval(FRAME, self.fall)

    def row(self) -> Content:
        cells = [
            (self.random.choice(PIECES), self.random.choice(STYLES)) if self.random.random() < 0.12 else (" ", "")
            for _ in range(60)
        ]
        return Content.assemble(*cells)

    def fall(self) -> None:
        self.rows = [self.row(), *self.rows[:-1]]
        self.refresh()

    def render(self) -> Content:
        return Content("\n").join(self.rows)


class Launched(BaseScreen, ModalScreen[None]):
    """Celebrates the launch of *site* at *moment* (ISO 8601)."""

    CSS_PATH = "launched.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,space", "dismiss(None)", "Back", id="launched.back")]

    def __init__(self, site: str, moment: str) -> None:
        super().__init__()
        self.site, self.moment = site, moment

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Confetti()
            yield Label("You are live", id="live")
            yield Static(f"{self.site}, since {local_time(self.moment)}", classes="quiet", markup=False)
            yield Static("Watch the logs for an hour, then take the evening off. The lists show the due times.")
            yield Button("Back to the lists", variant="primary")

    def on_button_pressed(self) -> None:
        self.dismiss(None)
