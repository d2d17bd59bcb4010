"""A progress bar of done, rehearsed, failed and open items. Each has its own character, so colour is not needed."""

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
    """A bar of *width* cells in proportion to *statuses*, with at least one cell for each kind that occurs."""
    found = list(statuses)
    parts: list[tuple[str, str]] = []
    left = width
    for cell, style, kinds in CELLS:
        count = sum(status in kinds for status in found)
        cells = min(left, max(1, round(width * count / len(found)))) if count else 0
        if cells == left and count < len(found) and not parts and left > 1:
            cells -= 1  # the bar is full only if every item is
        parts.append((cell * cells, style))
        left -= cells
    return Content.assemble(*parts, ("░" * left, "$text-muted"))


class Progress(Widget):
    """A bar that fills the available width."""

    DEFAULT_CSS = "Progress { height: 1; width: 1fr; }"

    statuses: reactive[tuple[Status, ...]] = reactive((), layout=False)

    def render(self) -> Content:
        return bar(self.statuses, self.size.width)
