"""How things look: a sign and a word always, colour only on top; colours are the theme's."""

from __future__ import annotations

from textual.content import Content

from screens.formatting import safe
from wizard.base.status_symbols import SIGNS
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item

STYLES = {
    Status.DONE: "$text-success",
    Status.REHEARSED: "$text-accent",
    Status.FAILED: "$text-error",
    Status.DRIFTED: "$text-warning",
}
"""What colour adds to a sign and a word; none for the rest."""
QUIET = "$text-muted"


def sign(status: Status) -> str:
    return SIGNS[status]


def item_row(item: Item, evidence: Evidence | None) -> Content:
    """An item's sign, text and status, and below it what that rests on."""
    status = evidence.status if evidence else Status.OPEN
    word = f" ({item.way})" if status is Status.OPEN and item.way != "auto" else ""
    row = Content.assemble((f"{sign(status)} {item.id} {item.text}", STYLES.get(status, "")), (word, QUIET))
    if not evidence:
        return row
    how = f"{evidence.ran} → {evidence.showed}" if evidence.ran else evidence.showed
    told = "" if status is Status.DONE else f"{status}: "
    first = safe(how).splitlines()[0] if how else ""
    return row.append_text(f"\n      {told}{first}", QUIET)
