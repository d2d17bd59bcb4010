"""Progress by evidence: what is done, what is only rehearsed, what failed, and the rest; told apart without colour."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from wizard.checklist.evidence import Status

CELLS = (
    ("█", "$text-success", (Status.DONE, Status.WAIVED)),
    ("▓", "$text-accent", (Status.REHEARSED,)),
    ("▚", "$text-error", (Status.FAILED, Status.DRIFTED)),
)


def bar(statuses: Iterable[Status], width: int) -> Content:
    """*width* cells, shared out by how many of *statuses* are of each kind; one at least for each kind there is."""
    found = list(statuses)
    parts: list[tuple[str, str]] = []
    left = width
    for cell, style, kinds in CELLS:
        count = sum(status in kinds for status in found)
        cells = min(left, max(1, round(width * count / len(found)))) if count else 0
        if cells == left and count < len(found) and not parts and left > 1:
            cells -= 1  # full only when everything is
        parts.append((cell * cells, style))
        left -= cells
    return Content.assemble(*parts, ("░" * left, "$text-muted"))


class Progress(Widget):
    """A bar as wide as there is room."""

    DEFAULT_CSS = "Progress { height: 1; width: 1fr; }"

    statuses: reactive[tuple[Status, ...]] = reactive((), layout=False)

    def render(self) -> Content:
        return bar(self.statuses, self.size.width)
