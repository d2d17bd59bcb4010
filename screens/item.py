"""What is known of one item, and a person's own word on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from screens.base_screen import Page
from screens.formatting import safe
from screens.widgets.fields import Secret
from screens.widgets.keys import Keys
from wizard.base.browser import is_remote_session, qr_code
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item, Service


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


PLACE = re.compile(r"([\w./-]+\.\w+):(\d+)")
"""A file with a line, as evidence names them."""


class ItemDialog(Page, ModalScreen[Said | Token | None]):
    CSS_PATH = "item.tcss"
    AUTO_FOCUS = "#words"
    HELP = (
        "What an item rests on: how it was seen, what that showed, and when. Your own word is evidence where nothing "
        "can be run; what Golive verifies itself can only be set aside, with a reason."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("ctrl+o", "open_file", "Open file", tooltip="Open the file the evidence names, at its line"),
        Binding("ctrl+y", "copy", "Copy", tooltip="Copy the evidence to the clipboard"),
    ]

    def __init__(
        self, item: Item, evidence: Evidence | None, service: Service | None = None, top: Path | None = None
    ) -> None:
        super().__init__()
        self.item, self.evidence, self.service, self.top = item, evidence, service, top

    @property
    def place(self) -> tuple[Path, int] | None:
        """The file and line that the evidence names, where the project has that file."""
        found = PLACE.search(f"{self.evidence.ran} {self.evidence.showed}") if self.evidence else None
        if not found or not self.top:
            return None
        matching = [self.top / found[1], *sorted(self.top.glob(f"*/{found[1]}"))]
        return next(((path, int(found[2])) for path in matching if path.is_file()), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "open_file":
            return self.place is not None
        return action != "copy" or self.evidence is not None

    def action_open_file(self) -> None:
        if self.place:
            self.golive.edit_file(*self.place)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.known())
        self.notify("The evidence is in the clipboard, where the terminal allows it")

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
                if self.service and not is_remote_session():
                    yield Button("Open in the browser", variant="primary", id="open")
                if self.confirmable:
                    yield Button("Confirm", variant="primary", id="done")
                yield Button("Set aside", id="waived")
                yield Button("Back", id="back")
            yield Keys()

    def sign_up(self, service: Service) -> ComposeResult:
        """Where an account and its token are made, and a field for the token."""
        yield Static(f"No account yet? {service.sign_up}", markup=False)
        yield Static(f"Its token: {service.tokens}; it needs {service.needs}.", classes="quiet", markup=False)
        yield Secret(f"{service.token}: paste it, then Enter", id="token")
        if is_remote_session():
            yield Static(qr_code(service.sign_up), id="code", markup=False)

    @on(Button.Pressed, "#open")
    def open_browser(self) -> None:
        assert self.service is not None
        self.golive.open_address(self.service.sign_up)

    @on(Input.Submitted, "#token")
    def give(self, given: Input.Submitted) -> None:
        assert self.service is not None
        if value := given.value.strip():
            self.dismiss(Token(self.service.token, value))

    def known(self) -> str:
        if not self.evidence:
            return f"Nothing is known yet. It is done {'by Golive' if self.item.way == 'auto' else self.item.way}."
        each = self.evidence
        parts = [f"{each.status}, seen by {each.kind} at {each.at}"]
        parts += [f"What was run or read:\n  {each.ran}"] if each.ran else []
        parts += [f"What it showed:\n  {each.showed}"] if each.showed else []
        return safe("\n".join(parts))

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
