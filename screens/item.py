"""What is known of one item, and a person's own word on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from wizard.browser import code, far_away, show
from wizard.checklist import Item, Service
from wizard.evidence import Evidence, Status
from wizard.secrets import redact


@dataclass(frozen=True)
class Said:
    """A person confirms an item (done) or sets it aside (waived), in their own words."""

    status: Status
    text: str


@dataclass(frozen=True)
class Token:
    """A token a person gave for a service; *name* is its variable."""

    name: str
    value: str = field(repr=False)


class ItemDialog(ModalScreen[Said | Token | None]):
    CSS_PATH = "item.tcss"
    AUTO_FOCUS = "#words"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, item: Item, evidence: Evidence | None, service: Service | None = None) -> None:
        super().__init__()
        self.item, self.evidence, self.service = item, evidence, service

    @property
    def confirmable(self) -> bool:
        """What Golive verifies by itself can be waived, never ticked by a word."""
        return self.item.way != "auto"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(f"{self.item.id} {self.item.text}", classes="title", markup=False)
            with VerticalScroll(id="about"):
                yield Static(self.known(), id="known", markup=False)
                if self.service:
                    yield from self.sign_up(self.service)
            placeholder = "what did you see?" if self.confirmable else "why is it set aside?"
            yield Input(placeholder=placeholder, id="words")
            yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                if self.service and not far_away():
                    yield Button("Open in the browser", variant="primary", id="open")
                if self.confirmable:
                    yield Button("Confirm", variant="primary", id="done")
                yield Button("Set aside", id="waived")
                yield Button("Back", id="back")

    def sign_up(self, service: Service) -> ComposeResult:
        """Where an account and its token are made, and a field for the token."""
        yield Static(f"No account yet? {service.sign_up}", markup=False)
        yield Static(f"Its token: {service.tokens}; it needs {service.needs}.", classes="quiet", markup=False)
        yield Input(placeholder=f"{service.token}: paste it, then Enter", password=True, id="token")
        if far_away():
            yield Static(code(service.sign_up), id="code", markup=False)

    @on(Button.Pressed, "#open")
    def open_browser(self) -> None:
        assert self.service is not None
        self.run_worker(partial(show, self.service.sign_up), thread=True)

    @on(Input.Submitted, "#token")
    def give(self, given: Input.Submitted) -> None:
        assert self.service is not None
        if value := given.value.strip():
            self.dismiss(Token(self.service.token, value))

    def known(self) -> str:
        if not self.evidence:
            return f"Nothing is known yet. It is done {'by Golive' if self.item.way == 'auto' else self.item.way}."
        each = self.evidence
        return redact(f"{each.status} ({each.kind}), {each.at}\n{each.ran}\n{each.showed}".replace("\n\n", "\n"))

    @on(Button.Pressed, "#done")
    def confirm(self) -> None:
        self.say(Status.DONE)

    @on(Input.Submitted, "#words")
    def submit(self) -> None:
        self.say(Status.DONE if self.confirmable else Status.WAIVED)

    @on(Button.Pressed, "#waived")
    def waive(self) -> None:
        self.say(Status.WAIVED)

    def say(self, status: Status) -> None:
        text = self.query_one("#words", Input).value.strip()
        if not text:
            self.query_one(".error", Static).update("Say in a few words what you saw, or why: it is the evidence.")
            self.query_one("#words", Input).focus()
            return
        self.dismiss(Said(status, text))

    @on(Button.Pressed, "#back")
    def back(self) -> None:
        self.dismiss(None)
