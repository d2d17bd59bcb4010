"""Items by status, and what to do about each that is open: shared by the summary of a run and by the reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wizard.checklist.evidence import BAD, Evidence, Status
from wizard.checklist.model import Item, Task
from wizard.state.state_file import State


@dataclass(frozen=True)
class OpenItems:
    """Items of one task that are open, failed or drifted, and the command that deals with all of them."""

    task: Task
    items: tuple[Item, ...]
    command: str


def items_with(state: State, tasks: Iterable[Task], statuses: Iterable[Status]) -> list[tuple[Task, Item]]:
    """The items of *tasks* that have one of *statuses*."""
    wanted = set(statuses)
    return [(task, item) for task in tasks for item in task.items if state.status(item.id) in wanted]


def command_for(task: Task, item: Item, evidence: Evidence | None) -> str:
    """The words after `golive` of the command that deals with an open, failed or drifted *item*."""
    if item.way == "auto" or evidence is None or evidence.status in BAD:
        return f"--auto --only {task.number}"
    return f'confirm {item.id} "what you saw"'


def open_items(state: State, tasks: Sequence[Task]) -> list[OpenItems]:
    """What is open in *tasks*, failed and drifted items first. Items with the same command share an entry."""
    found: list[OpenItems] = []
    for statuses in (BAD, {Status.OPEN}):
        groups: dict[tuple[int, str], tuple[Task, list[Item]]] = {}
        for task, item in items_with(state, tasks, statuses):
            command = command_for(task, item, state.evidence.get(item.id))
            groups.setdefault((task.number, command), (task, []))[1].append(item)
        found += [OpenItems(task, tuple(items), command) for (_, command), (task, items) in groups.items()]
    return found
