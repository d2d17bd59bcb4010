"""An editor for golive.yaml. It is checked before it is saved, and an error shows its line."""

from __future__ import annotations

import re
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import Button, Static

from screens.edit_file import EditFile
from screens.formatting import safe
from wizard.engine.user_journeys import Draft, problem_with
from wizard.plan.actions import WriteFile

LINE = re.compile(r":(\d+)")


class EditFlow(EditFile):
    """Returns the new content of golive.yaml, which is valid; None if the user cancels."""

    HELP = (
        "Edit the flow in golive.yaml. Golive checks the file before it saves it. A line in an error is a line of this "
        "file. After saving, Golive runs the journey again. Undo of task 21 restores the file."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s",
            "accept",
            "Save and run",
            priority=True,
            tooltip="Save golive.yaml and run the journey",
            id="edit_flow.save",
        ),
    ]
    ACCEPT = "Save and run"

    def __init__(self, draft: Draft) -> None:
        super().__init__(WriteFile(draft.path, draft.before, draft.after), draft.after, draft.line)
        self.draft = draft

    @on(Button.Pressed, "#accept")
    def action_accept(self) -> None:
        self.check(self.content)

    @work(thread=True, exclusive=True, group="checking")
    def check(self, content: bytes) -> None:
        self.app.call_from_thread(self.checked, content, problem_with(self.draft, content))

    def checked(self, content: bytes, problem: str) -> None:
        """Return *content*, or show its *problem* and go to the line of it."""
        if not self.is_open:
            return
        if not problem:
            self.dismiss(content)
            return
        shown = self.query_one("#problem", Static)
        shown.update(safe(problem))
        shown.display = True
        if found := LINE.search(problem):
            self.go_to(int(found[1]))
