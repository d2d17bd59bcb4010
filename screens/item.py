"""What is known of one item, and a person's own word on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from wizard.checklist import Item
from wizard.evidence import Evidence, Status
from wizard.secrets import redact


@dataclass(frozen=True)
class Said:
    """A person confirms an item (done) or sets it aside (waived), in their own words."""

    status: Status
    text: str


class ItemDialog(ModalScreen[Said | None]):
    CSS_PATH = "item.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, item: Item, evidence: Evidence | None) -> None:
        super().__init__()
        self.item, self.evidence = item, evidence

    @property
    def confirmable(self) -> bool:
        """What Golive verifies by itself can be waived, never ticked by a word."""
        return self.item.way != "auto"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(f"{self.item.id} {self.item.text}", classes="title", markup=False)
            yield Static(self.known(), id="known", markup=False)
            placeholder = "what did you see?" if self.confirmable else "why is it set aside?"
            yield Input(placeholder=placeholder)
            yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                if self.confirmable:
                    yield Button("Confirm", variant="primary", id="done")
                yield Button("Set aside", id="waived")
                yield Button("Back", id="back")

    def known(self) -> str:
        if not self.evidence:
            return f"Nothing is known yet. It is done {'by Golive' if self.item.way == 'auto' else self.item.way}."
        each = self.evidence
        return redact(f"{each.status} ({each.kind}), {each.at}\n{each.ran}\n{each.showed}".replace("\n\n", "\n"))

    @on(Button.Pressed, "#done")
    def confirm(self) -> None:
        self.say(Status.DONE)

    @on(Input.Submitted)
    def submit(self) -> None:
        self.say(Status.DONE if self.confirmable else Status.WAIVED)

    @on(Button.Pressed, "#waived")
    def waive(self) -> None:
        self.say(Status.WAIVED)

    def say(self, status: Status) -> None:
        text = self.query_one(Input).value.strip()
        if not text:
            self.query_one(".error", Static).update("Say in a few words what you saw, or why: it is the evidence.")
            self.query_one(Input).focus()
            return
        self.dismiss(Said(status, text))

    @on(Button.Pressed, "#back")
    def back(self) -> None:
        self.dismiss(None)
