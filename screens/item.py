"""One item: its evidence, and what can be done about it: give what it waits for, confirm it, or skip it."""

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

from screens.base_screen import BaseScreen
from screens.formatting import safe
from screens.messages import OpenJourneys
from screens.widgets.fields import SecretInput
from screens.widgets.keys import KeyBar
from wizard.base.browser import is_remote_session, qr_code
from wizard.base.wording import time_ago
from wizard.checklist.evidence import BAD, Evidence, Status
from wizard.checklist.model import Item, Service
from wizard.engine.missing_values import missing_variable
from wizard.reporting.status_words import WORDS


@dataclass(frozen=True)
class ItemNote:
    """The user confirms an item (done), skips it (waived) or says that it does not apply, in their own words."""

    status: Status
    text: str


@dataclass(frozen=True)
class ServiceToken:
    """A token for a service; *name* is its environment variable."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class VariableValue:
    """The value of a variable for .env.production."""

    name: str
    value: str = field(repr=False)


FILE_AND_LINE = re.compile(r"([\w./-]+\.\w+):(\d+)")
"""A file with a line number in evidence."""


WAYS = {
    "auto": "Golive checks this item when the task runs.",
    "assisted": "Golive needs your input for this item.",
    "by hand": "Check this item yourself, then confirm it.",
}
"""How an item is completed, by its way."""


class ItemDialog(BaseScreen, ModalScreen[ItemNote | ServiceToken | VariableValue | None]):
    """Returns the user's note, token or value, or None."""

    CSS_PATH = "item.tcss"
    AUTO_FOCUS = ""
    HELP = (
        "The evidence of an item: what Golive checked, the result, and when. If an item can't be checked automatically,"
        " your confirmation is the evidence. You can skip any item with a reason, or say that it does not apply."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="item.back"),
        Binding(
            "ctrl+o",
            "open_file",
            "Open file",
            tooltip="Open the file that the evidence names, at its line",
            id="item.open_file",
        ),
        Binding("ctrl+y", "copy", "Copy", tooltip="Copy the evidence to the clipboard", id="item.copy"),
        Binding(
            "f2",
            "journeys",
            "Journeys",
            tooltip="Show the journeys that prove this item, step by step",
            id="item.journeys",
        ),
    ]

    def __init__(
        self,
        item: Item,
        evidence: Evidence | None,
        service: Service | None = None,
        top: Path | None = None,
        *,
        journeys: bool = False,
    ) -> None:
        super().__init__()
        self.item, self.evidence, self.service, self.top = item, evidence, service, top
        self.journeys = journeys
        """Whether journeys can prove the item."""

    def on_mount(self) -> None:
        """Focus what the item waits for, and keep its evidence in view."""
        for name in ("#value", "#token", "#words"):
            for widget in self.query(name):
                self.set_focus(widget, scroll_visible=False)
                return

    @property
    def file_and_line(self) -> tuple[Path, int] | None:
        """The file of the project that the evidence names, and the line."""
        found = FILE_AND_LINE.search(f"{self.evidence.ran} {self.evidence.showed}") if self.evidence else None
        if not found or not self.top:
            return None
        candidates = [self.top / found[1], *sorted(self.top.glob(f"*/{found[1]}"))]
        return next(((path, int(found[2])) for path in candidates if path.is_file()), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "open_file":
            return self.file_and_line is not None
        if action == "journeys":
            return self.journeys
        return action != "copy" or self.evidence is not None

    def action_open_file(self) -> None:
        if self.file_and_line:
            self.session_app.edit_file(*self.file_and_line)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.evidence_text())
        self.notify("Evidence copied to the clipboard, if the terminal supports it.")

    @on(Button.Pressed, "#journeys")
    def action_journeys(self) -> None:
        self.post_message(OpenJourneys(self.item.id))
        self.dismiss(None)

    @property
    def missing(self) -> str:
        """The variable without a value that the item waits for."""
        return missing_variable(self.evidence)

    @property
    def confirmable(self) -> bool:
        """Whether the user may confirm the item. One that Golive checks can only be skipped."""
        return self.item.way != "auto"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(f"{self.item.id} {self.item.text}", classes="title", markup=False)
            with VerticalScroll(id="about"):
                yield Static(self.evidence_text(), id="evidence", markup=False)
                if self.service:
                    yield from self.compose_service(self.service)
                if self.missing:
                    yield SecretInput(f"Paste the value of {self.missing}, then press Enter", id="value")
                    yield Static("Golive writes it to .env.production, which git ignores.", classes="quiet")
            reason = "Reason to skip it, or why it does not apply"
            placeholder = "What you checked, or the reason to skip it" if self.confirmable else reason
            yield Input(placeholder=placeholder, id="words")
            yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                if self.service and not is_remote_session():
                    yield Button("Open in browser", variant="primary", id="open")
                if self.journeys:
                    yield Button("See or edit its journeys", id="journeys")
                if self.confirmable:
                    yield Button("Confirm", variant="primary", id="done")
                yield Button("Skip", id="waived")
                yield Button("Does not apply", id="not-applicable")
                yield Button("Back", id="back")
            yield KeyBar()

    def compose_service(self, service: Service) -> ComposeResult:
        """Where to create an account and a token, and a field for the token."""
        yield Static(f"No account yet? {service.sign_up}", markup=False)
        yield Static(f"Create a token: {service.tokens}. It needs {service.needs}.", classes="quiet", markup=False)
        yield SecretInput(f"Paste {service.token}, then press Enter", id="token")
        if is_remote_session():
            yield Static(qr_code(service.sign_up), id="code", markup=False)

    @on(Button.Pressed, "#open")
    def open_browser(self) -> None:
        assert self.service is not None
        self.session_app.open_address(self.service.sign_up)

    @on(Input.Submitted, "#token")
    def return_token(self, event: Input.Submitted) -> None:
        assert self.service is not None
        if value := event.value.strip():
            self.dismiss(ServiceToken(self.service.token, value))

    @on(Input.Submitted, "#value")
    def return_value(self, event: Input.Submitted) -> None:
        if value := event.value.strip():
            self.dismiss(VariableValue(self.missing, value))

    def evidence_text(self) -> str:
        evidence = self.evidence
        if not evidence:
            return f"Open · not checked yet. {WAYS.get(self.item.way, '')}".rstrip()
        by_user = evidence.kind == "note" and evidence.status is not Status.OPEN
        verb = "recorded by you" if by_user else "last checked"
        parts = [f"{WORDS[evidence.status]} · {verb} {time_ago(evidence.at)}"]
        parts += [f"Check:\n  {evidence.ran}"] if evidence.ran else []
        if evidence.status in BAD:
            parts += [f"Expected:\n  {evidence.expected}"] if evidence.expected else []
            parts += [f"Found:\n  {evidence.showed}"]
            parts += [f"Where:\n  {evidence.where}"] if evidence.where else []
            parts += [f"Changed since:\n  {evidence.changed}"] if evidence.changed else []
        elif evidence.showed:
            parts.append(f"{'Note' if by_user else 'Result'}:\n  {evidence.showed}")
        return safe("\n".join(parts))

    @on(Button.Pressed, "#done")
    def confirm(self) -> None:
        self.return_note(Status.DONE)

    @on(Input.Submitted, "#words")
    def submit(self) -> None:
        self.return_note(Status.DONE if self.confirmable else Status.WAIVED)

    @on(Button.Pressed, "#waived")
    def skip(self) -> None:
        self.return_note(Status.WAIVED)

    @on(Button.Pressed, "#not-applicable")
    def say_not_applicable(self) -> None:
        self.return_note(Status.NOT_APPLICABLE)

    def return_note(self, status: Status) -> None:
        text = self.query_one("#words", Input).value.strip()
        if not text:
            needed = "what you checked" if status is Status.DONE else "a reason"
            self.query_one(".error", Static).update(f"Enter {needed}. The report shows it as the evidence.")
            self.query_one("#words", Input).focus()
            return
        self.dismiss(ItemNote(status, text))

    @on(Button.Pressed, "#back")
    def back(self) -> None:
        self.dismiss(None)
