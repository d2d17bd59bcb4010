"""The content a file is going to have, for the person to write before it is applied."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label, TextArea

from screens.base_screen import BaseScreen
from screens.widgets.keys import KeyBar
from wizard.plan.actions import WriteFile


class EditFile(BaseScreen, ModalScreen[bytes | None]):
    """Dismissed with the new content, in the line ends and the encoding the file had."""

    CSS_PATH = "edit_file.tcss"
    HELP = "Nothing is written now: what you change here becomes the plan, and is applied with it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", priority=True),
        Binding("ctrl+s", "accept", "Take it", priority=True),
    ]

    def __init__(self, action: WriteFile, now: bytes, line: int) -> None:
        super().__init__()
        self.change, self.line = action, line
        self.mark = b"\xef\xbb\xbf" if now.startswith(b"\xef\xbb\xbf") else b""
        self.text = now.removeprefix(self.mark).decode("utf-8", "surrogateescape")
        self.ends = "\r\n" if "\r\n" in self.text else "\n"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(f"What {self.change.path.name} will contain", classes="title", markup=False)
            yield TextArea(self.text, show_line_numbers=True, tab_behavior="indent", soft_wrap=False)
            with Horizontal(classes="buttons"):
                yield Button("Take it", variant="primary", id="accept")
                yield Button("Back", id="back")
            yield KeyBar()

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.focus()
        area.cursor_location = (max(0, self.line - 1), 0)
        area.scroll_cursor_visible(center=True)

    @on(Button.Pressed, "#accept")
    def action_accept(self) -> None:
        text = self.query_one(TextArea).text
        lines = text.replace("\r\n", "\n").replace("\n", self.ends)
        self.dismiss(self.mark + lines.encode("utf-8", "surrogateescape"))

    @on(Button.Pressed, "#back")
    def turn_away(self) -> None:
        self.dismiss(None)
