"""The status line beside a screen's button."""

from __future__ import annotations

from textual.widgets import Static

from screens.formatting import safe

LONGEST = 240
"""Characters of a text. Longer ones are the errors of other programs, which the screen of the failure shows in full."""


class StatusLine(Static):
    """Shows a text. A result takes as many rows as it needs; what is shown while work goes on takes one."""

    DEFAULT_CSS = """
    StatusLine { width: 1fr; height: auto; color: $text-muted; }
    StatusLine.-progress { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__("", id="state", markup=False)

    def show(self, text: str, *, progress: bool) -> None:
        """Show *text*. *progress*: it is replaced several times a second, so the screen must not move with it."""
        line = " ".join(safe(text).split())
        self.set_class(progress, "-progress")
        self.update(line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…", layout=not progress)
