"""An editor for the planned content of a file."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static, TextArea

from screens.base_screen import BaseScreen
from screens.widgets.keys import KeyBar
from wizard.plan.actions import WriteFile


class EditFile(BaseScreen, ModalScreen[bytes | None]):
    """Returns the new content, with the line endings and the byte order mark of *content*."""

    CSS_PATH = "edit_file.tcss"
    HELP = "Edit the planned content of this file. Nothing is written now: Apply writes it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", priority=True, id="edit_file.cancel"),
        Binding("ctrl+s", "accept", "Save to plan", priority=True, id="edit_file.save"),
    ]

    ACCEPT: ClassVar[str] = "Save to plan"

    def __init__(self, action: WriteFile, content: bytes, line: int) -> None:
        super().__init__()
        self.change, self.line = action, line
        self.mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        self.text = content.removeprefix(self.mark).decode("utf-8", "surrogateescape")
        self.line_ending = "\r\n" if "\r\n" in self.text else "\n"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(f"Edit {self.change.path.name}", classes="title", markup=False)
            yield TextArea(self.text, show_line_numbers=True, tab_behavior="indent", soft_wrap=False)
            yield Static("", id="problem", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.ACCEPT, variant="primary", id="accept")
                yield Button("Cancel", id="cancel")
            yield KeyBar()

    @property
    def content(self) -> bytes:
        """The content as it is now."""
        text = self.query_one(TextArea).text
        lines = text.replace("\r\n", "\n").replace("\n", self.line_ending)
        return self.mark + lines.encode("utf-8", "surrogateescape")

    def go_to(self, line: int) -> None:
        """Put the cursor in *line*, counted from 1."""
        area = self.query_one(TextArea)
        area.focus()
        area.cursor_location = (max(0, line - 1), 0)
        area.scroll_cursor_visible(center=True)

    def on_mount(self) -> None:
        self.go_to(self.line)

    @on(Button.Pressed, "#accept")
    def action_accept(self) -> None:
        self.dismiss(self.content)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        self.dismiss(None)
