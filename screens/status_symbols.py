"""How a status is shown: always a symbol and a word. Colours come from the theme and only repeat the symbol."""

from __future__ import annotations

from textual.content import Content

from screens.formatting import safe
from wizard.base.status_symbols import SIGNS
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item
from wizard.reporting.status_words import WORDS

STYLES = {
    Status.DONE: "$text-success",
    Status.REHEARSED: "$text-accent",
    Status.FAILED: "$text-error",
    Status.DRIFTED: "$text-warning",
}
"""Styles of the statuses that have a colour."""
QUIET = "$text-muted"


def symbol(status: Status) -> str:
    return SIGNS[status]


def item_row(item: Item, evidence: Evidence | None) -> Content:
    """An item's symbol and text, with its evidence on the second line."""
    status = evidence.status if evidence else Status.OPEN
    way = f" ({item.way})" if status is Status.OPEN and item.way != "auto" else ""
    row = Content.assemble((f"{symbol(status)} {item.id} {item.text}", STYLES.get(status, "")), (way, QUIET))
    if not evidence:
        return row
    proof = f"{evidence.ran} → {evidence.result(item.text)}" if evidence.ran else evidence.result(item.text)
    label = WORDS[status]
    prefix = "" if label == "Done" else f"{label}: "
    first_line = safe(proof).splitlines()[0] if proof else ""
    return row.append_text(f"\n      {prefix}{first_line}", QUIET)
