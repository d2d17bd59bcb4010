"""The four go-live lists: the status of each item and the reason for it, and when each list is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wizard.base.status_symbols import SIGNS
from wizard.checklist.evidence import Status, worst
from wizard.checklist.model import Checklist, GoLiveList, Item
from wizard.reporting.status_words import WORDS
from wizard.state.state_file import SETTLED, State


@dataclass(frozen=True)
class Standing:
    """An item of a list with its status and the reason for it."""

    item: Item
    status: Status
    reason: str


def standings(section: GoLiveList, state: State) -> list[Standing]:
    """The items of a list. One without evidence of its own has the worst status of the items that it follows."""
    return [_standing(item, state) for item in section.items]


def _standing(item: Item, state: State) -> Standing:
    evidence = state.evidence.get(item.id)
    if evidence:
        reason = f"{evidence.ran}: {evidence.result(item.text)}" if evidence.ran else evidence.result(item.text)
        return Standing(item, evidence.status, reason)
    if not item.follows:
        return Standing(item, Status.OPEN, "needs your input")
    return Standing(item, worst({state.status(name) for name in item.follows}), f"by {', '.join(item.follows)}")


def open_before_launch(checklist: Checklist, state: State) -> list[Standing]:
    """The items that are due before the launch, and are neither settled nor inapplicable."""
    closed = {*SETTLED, Status.NOT_APPLICABLE}
    lists = [section for section in checklist.go_live if not section.due]
    return [each for section in lists for each in standings(section, state) if each.status not in closed]


def progress(items: list[Standing], of: str = "/") -> str:
    """How many of *items* that apply are done, rehearsed or skipped: `3/5`."""
    applicable = [standing for standing in items if standing.status is not Status.NOT_APPLICABLE]
    return f"{sum(standing.status in SETTLED for standing in applicable)}{of}{len(applicable)}"


def due(section: GoLiveList, state: State, moment: datetime | None = None) -> str:
    """When a list is due at *moment* (default: now), counted from the launch."""
    if not section.due:
        return "before the launch"
    if not state.launched:
        return f"within {_duration(timedelta(hours=section.due))} of the launch"
    left = datetime.fromisoformat(state.launched) + timedelta(hours=section.due) - (moment or datetime.now(UTC))
    return f"due in {_duration(left)}" if left > timedelta() else f"overdue by {_duration(-left)}"


def _duration(span: timedelta) -> str:
    hours, minutes = divmod(round(span.total_seconds() / 60), 60)
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return f"{hours} h" if hours else f"{minutes} min"


def lines(checklist: Checklist, state: State) -> Iterator[str]:
    """The lists as text: a line for each list and each of its items."""
    for section in checklist.go_live:
        items = standings(section, state)
        yield f"{section.title}: {progress(items)}, {due(section, state)}"
        for standing in items:
            item, word = standing.item, WORDS[standing.status]
            yield f"  {SIGNS[standing.status]} {item.id} {item.text} ({word}: {standing.reason})"
