"""What front ends say alike: what is next, what waits for the person, and times and counts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.checklist.evidence import Status
from wizard.checklist.model import Checklist, Item, Task
from wizard.state.state_file import State

if TYPE_CHECKING:
    from wizard.engine.undo import Undone


def safe(text: str) -> str:
    """*text* from outside, fit to be shown: no secrets, nothing that steers the terminal, tabs as blanks."""
    return redact(harmless(text)).expandtabs(4)


def minutes_left(checklist: Checklist, state: State) -> int:
    return sum(task.minutes for task in checklist.tasks.values() if state.settled_count(task) < len(task.items))


def seen(task: Task, state: State) -> bool:
    """Whether a run has been through *task*; what is open then waits for a person."""
    return all(item.id in state.evidence for item in task.items) and state.task_status(task) in {
        Status.DONE,
        Status.REHEARSED,
        Status.OPEN,
    }


def waits(task: Task, state: State) -> list[Item]:
    """What a run left open in *task*, for the person."""
    return [item for item in task.items if item.id in state.evidence and state.status(item.id) is Status.OPEN]


def next_task(checklist: Checklist, state: State, after: int = 0) -> Task | None:
    """The first task after number *after* that no run has been through."""
    return next((task for number, task in checklist.tasks.items() if number > after and not seen(task, state)), None)


def same_session(first: Task, checklist: Checklist, state: State) -> list[Task]:
    """The tasks of the session of *first* that no run has been through."""
    return [
        task
        for task in checklist.tasks.values()
        if (task.day, task.session) == (first.day, first.session) and not seen(task, state)
    ]


def hours(minutes: int) -> str:
    """`90` → `1 h 30`."""
    whole, rest = divmod(minutes, 60)
    return f"{whole} h {rest:02}" if whole and rest else f"{whole} h" if whole else f"{rest} min"


def span(seconds: float) -> str:
    """`75.2` → `1 min 15 s`; work is measured, so it is told to the second."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 1 else "under 1 s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{hours(minutes)} {rest} s" if minutes < 60 and rest else hours(minutes)


def many(count: int, thing: str) -> str:
    """`2, "change"` → `2 changes`."""
    return f"{count} {thing}{'s' * (count != 1)}"


NOTHING_CHANGED = "This task had changed nothing."


def undo_question(tasks: tuple[int, ...], revert: bool) -> tuple[str, str]:
    """What is asked before an undo of *tasks*, and what it does; *revert*: it adds commits that revert Golive's."""
    numbers = ", ".join(map(str, tasks))
    text = f"Put back everything task{'s' * (len(tasks) > 1)} {numbers} changed?"
    why = "Files get their old content byte for byte; packages that were installed are removed."
    if len(tasks) > 1:
        why = f"These tasks changed the same files, so they are undone together. {why}"
    if revert:
        why += " A commit of Golive's is pushed or no longer the last one: a new commit reverts it."
    return text, why


def undone_text(undone: Undone) -> str:
    """How an undo went, for the person."""
    return "\n".join(["Everything is back as it was.", *(f"Left: {line}" for line in undone.left)])
