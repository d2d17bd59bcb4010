"""A failure: what happened, and its guide already diagnosed, the likely cause first."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Footer, Header, Label, Static

from wizard.diagnose import Diagnosis
from wizard.events import TaskFailed
from wizard.secrets import redact

SIGNS = {True: ("▶", "bold yellow"), None: ("?", ""), False: ("–", "dim")}


class Failure(Screen[str | None]):
    """Dismissed with `again`, `next`, or None for a look at the task itself."""

    CSS_PATH = "failure.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back to the task"),
        Binding("r", "dismiss('again')", "Try again"),
        Binding("n", "dismiss('next')", "Next task"),
    ]

    def __init__(self, failure: TaskFailed) -> None:
        super().__init__()
        self.failure = failure

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label(f"{self.failure.task.number} {self.failure.task.title} failed", classes="title", markup=False)
        with VerticalScroll(id="told"):
            yield Static(redact(self.failure.error), id="error", classes="error", markup=False)
            for diagnosis in self.failure.diagnoses:
                yield Static(hint_text(diagnosis), classes="hint", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Try again", variant="primary", id="again")
            yield Button("Next task", id="next")
            yield Button("Back to the task", id="back")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#again").focus()

    @on(Button.Pressed)
    def leave(self, event: Button.Pressed) -> None:
        self.dismiss(None if event.button.id == "back" else event.button.id)


def hint_text(found: Diagnosis) -> Text:
    """One hint: its sign and verdict, what its probe saw, and the fix where it was confirmed."""
    sign, style = SIGNS[found.confirmed]
    text = Text().append(f"{sign} {found.hint.text} ({found.verdict})\n", style)
    text.append(f"    {redact(found.seen)}\n", "dim" if found.confirmed is False else "")
    if found.confirmed:
        text.append(f"    {found.hint.fix}\n")
    return text
