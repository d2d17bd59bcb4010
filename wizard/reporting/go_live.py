"""The four go-live lists as they stand: what is settled, by what, and what is due when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wizard.checklist.evidence import Status, worst
from wizard.checklist.model import Checklist, GoLiveList, Item
from wizard.state.state_file import SETTLED, State


@dataclass(frozen=True)
class Standing:
    """One item of a list: its status, and what that rests on."""

    item: Item
    status: Status
    told: str


def standings(each: GoLiveList, state: State) -> list[Standing]:
    """An item with evidence of its own has its status; one that follows others has the worst of theirs."""
    return [_standing(item, state) for item in each.items]


def _standing(item: Item, state: State) -> Standing:
    own = state.evidence.get(item.id)
    if own:
        return Standing(item, own.status, f"{own.ran}: {own.showed}" if own.ran else own.showed)
    if not item.follows:
        return Standing(item, Status.OPEN, "waits for a person")
    return Standing(item, worst({state.status(name) for name in item.follows}), f"by {', '.join(item.follows)}")


def due(each: GoLiveList, state: State, moment: datetime | None = None) -> str:
    """When a list is due, in words; counted from the launch."""
    if not each.due:
        return "before the launch"
    if not state.launched:
        return f"within {_hours(timedelta(hours=each.due))} of the launch"
    left = datetime.fromisoformat(state.launched) + timedelta(hours=each.due) - (moment or datetime.now(UTC))
    return f"due in {_hours(left)}" if left > timedelta() else f"overdue by {_hours(-left)}"


def _hours(span: timedelta) -> str:
    hours, rest = divmod(round(span.total_seconds() / 60), 60)
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return f"{hours} h" if hours else f"{rest} min"


def lines(checklist: Checklist, state: State) -> Iterator[str]:
    """The lists as text, a line for each and one for each item that is not settled."""
    from wizard.base.status_symbols import SIGNS

    for each in checklist.go_live:
        found = standings(each, state)
        settled = sum(standing.status in SETTLED for standing in found)
        yield f"{each.title}: {settled}/{len(found)}, {due(each, state)}"
        for standing in found:
            item, told = standing.item, f"{standing.status}, {standing.told}"
            yield f"  {SIGNS[standing.status]} {item.id} {item.text} ({told})"
