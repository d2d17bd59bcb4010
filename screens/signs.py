"""How statuses look: a sign and a word always, colour only on top."""

from __future__ import annotations

from wizard.checklist import Checklist, Task
from wizard.evidence import Status
from wizard.headless import SIGNS
from wizard.state import State

STYLES = {Status.DONE: "green", Status.REHEARSED: "cyan", Status.FAILED: "red", Status.DRIFTED: "yellow"}
"""What colour adds to a sign and a word; none for the rest."""


def sign(status: Status) -> str:
    return SIGNS[status]


def minutes_left(checklist: Checklist, state: State) -> int:
    return sum(task.minutes for task in checklist.tasks.values() if state.settled(task) < len(task.items))


def seen(task: Task, state: State) -> bool:
    """Whether a run has been through *task*; what is open then waits for a person."""
    return all(item.id in state.evidence for item in task.items) and state.of(task) in {
        Status.DONE,
        Status.REHEARSED,
        Status.OPEN,
    }


def next_task(checklist: Checklist, state: State, after: int = 0) -> Task | None:
    """The first task after number *after* that no run has been through."""
    return next((task for number, task in checklist.tasks.items() if number > after and not seen(task, state)), None)


def hours(minutes: int) -> str:
    """`90` → `1 h 30`."""
    whole, rest = divmod(minutes, 60)
    return f"{whole} h {rest:02}" if whole and rest else f"{whole} h" if whole else f"{rest} min"
