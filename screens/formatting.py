"""Texts that both front ends share: progress through the tasks, and times and counts in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.base.wording import duration, hours_and_minutes, name_tasks, plural
from wizard.checklist.evidence import Status
from wizard.checklist.model import Checklist, Item, Task
from wizard.state.state_file import State

if TYPE_CHECKING:
    from wizard.base.errors import GoliveError
    from wizard.engine.undo import Undone


def safe(text: str) -> str:
    """*text* from outside, ready to be shown: secrets redacted, control sequences removed, tabs expanded."""
    return redact(harmless(text)).expandtabs(4)


# ---- progress


MACHINE_SECONDS = {1: 3, 7: 8, 8: 4, 9: 3, 13: 3, 14: 3, 17: 8, 18: 15, 20: 15, 21: 15, 22: 12, 23: 4, 24: 5}
"""How long Golive takes for a task; others take a second or two. Measured in a rehearsal of the sample on two cores."""
USUAL = 1.5
"""The seconds of the other tasks."""


def machine_seconds_left(checklist: Checklist, state: State) -> float:
    """How long Golive itself will still take, by how long the tasks took that have run here, in seconds."""
    usual = {task.number: MACHINE_SECONDS.get(task.number, USUAL) for task in checklist.required_tasks}
    measured = {number: state.spent[str(number)] for number in usual if state.spent.get(str(number))}
    pace = sum(measured.values()) / sum(usual[number] for number in measured) if measured else 1.0
    left = (task.number for task in checklist.required_tasks if not was_run(task, state))
    return pace * sum(usual[number] for number in left)


def time_left(checklist: Checklist, state: State) -> str:
    """`about 3 min`: how long Golive will still run. Empty if all tasks have run."""
    seconds = machine_seconds_left(checklist, state)
    return f"about {hours_and_minutes(max(1, round(seconds / 60)))}" if seconds else ""


def was_run(task: Task, state: State) -> bool:
    """Whether *task* has run and nothing failed. Items that are still open then need the user's input."""
    return all(item.id in state.evidence for item in task.items) and state.task_status(task) in {
        Status.DONE,
        Status.REHEARSED,
        Status.OPEN,
        Status.NOT_APPLICABLE,
    }


def needing_input(task: Task, state: State) -> list[Item]:
    """The items of *task* that a run left open for the user."""
    return [item for item in task.items if item.id in state.evidence and state.status(item.id) is Status.OPEN]


def next_task(checklist: Checklist, state: State, after: int = 0) -> Task | None:
    """The first task after number *after* that still has to run.

    Those of an optional day come last, and only if the day was begun, or *after* is the last of the others.
    """
    required, here = checklist.required_tasks, checklist.tasks.get(after)
    inside = here is not None and here.optional
    going_on = inside or after >= max(task.number for task in required)
    days = checklist.days if going_on else checklist.begun_days(state.evidence)
    optional = [task for day in days for task in day.tasks if task.optional and (task.number > after or not inside)]
    tasks = [*(task for task in required if task.number > after and not inside), *optional]
    return next((task for task in tasks if not was_run(task, state)), None)


def half_day_tasks(first: Task, checklist: Checklist, state: State) -> list[Task]:
    """The tasks of the half-day of *first* that still have to run."""
    return [
        task
        for task in checklist.tasks.values()
        if (task.day, task.session) == (first.day, first.session) and not was_run(task, state)
    ]


# ---- times and counts


def estimate(task: Task, state: State) -> str:
    """The estimated time of *task*, and the time it took: `45 min estimated, took 3 s`."""
    seconds = state.spent.get(str(task.number))
    took = f", took {duration(seconds)}" if seconds is not None else ""
    return f"{hours_and_minutes(task.minutes)} estimated{took}"


def local_time(stamp: str) -> str:
    """*stamp* (ISO 8601) in the time zone of this machine: `4 March 2026, 17:45`."""
    local = datetime.fromisoformat(stamp).astimezone()
    return f"{local.day} {local:%B %Y, %H:%M}"


def plan_size(changes: int) -> str:
    """How much a plan changes."""
    return plural(changes, "change") if changes else "checks only"


def needs_input_text(count: int) -> str:
    """`1` → `1 item needs your input`."""
    return f"{plural(count, 'item')} need{'s' * (count == 1)} your input"


# ---- shared wording

NOTHING_TO_UNDO = "Nothing to undo: this task changed nothing."
NOTHING_TO_RUN = "No more tasks to run. Use w to list the items that need your input."
SECRETS_REDACTED = "Secrets are redacted."


def undo_question(tasks: tuple[int, ...], revert: bool) -> tuple[str, str]:
    """The question before an undo of *tasks*, and its explanation. *revert*: the undo adds revert commits."""
    text = f"Undo {name_tasks(tasks)}?"
    why = "Golive restores every file byte for byte and uninstalls the packages it installed."
    if len(tasks) > 1:
        why = f"These tasks changed the same files, so they are undone together. {why}"
    if revert:
        why += " Golive's commit was pushed or is no longer the latest, so a new commit reverts it."
    return text, why


def undone_text(undone: Undone) -> str:
    """The result of an undo."""
    return "\n".join(["All changes are undone.", *(f"Kept: {line}" for line in undone.left)])


def asks_for_interpreter(error: GoliveError) -> bool:
    """Whether the user can resolve *error* by naming the project's interpreter."""
    return "interpreter" in error.what.lower()
