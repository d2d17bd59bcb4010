"""Items by status, and what to do about each that is open: shared by the summary of a run and by the reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from wizard.checklist.evidence import BAD, Evidence, Status
from wizard.checklist.model import Item, Task
from wizard.reporting.drift_text import numbers
from wizard.state.state_file import State

ALIKE = 3
"""So many open items with the same reason, such as a deployment that failed, share an entry."""


@dataclass(frozen=True)
class OpenItems:
    """Items that are open, failed or drifted, and the command that deals with all of them.

    With a *reason*, all of them have it, and they can be of several tasks. Otherwise they are of one task.
    """

    tasks: tuple[Task, ...]
    items: tuple[Item, ...]
    command: str
    reason: str = ""

    @property
    def where(self) -> str:
        """`task 4`, `tasks 2-3, 7`."""
        return name_tasks(task.number for task in self.tasks)


def items_with(state: State, tasks: Iterable[Task], statuses: Iterable[Status]) -> list[tuple[Task, Item]]:
    """The items of *tasks* that have one of *statuses*."""
    wanted = set(statuses)
    return [(task, item) for task in tasks for item in task.items if state.status(item.id) in wanted]


def name_tasks(where: Iterable[int]) -> str:
    """The tasks with these numbers: `task 4`, `tasks 2-3, 7`."""
    found = set(where)
    return f"{'task' if len(found) == 1 else 'tasks'} {numbers(found)}"


def run_again(where: Iterable[int]) -> str:
    """The words after `golive` of the command that runs the tasks with these numbers."""
    return f"--auto --only {numbers(where).replace(' ', '')}"


def command_for(task: Task, item: Item, evidence: Evidence | None) -> str:
    """The words after `golive` of the command that deals with an open, failed or drifted *item*."""
    if item.way == "auto" or evidence is None or evidence.status in BAD:
        return run_again([task.number])
    return f'confirm {item.id} "what you saw"'


def reason(item: Item, state: State) -> str:
    """Why *item* is open, or how it failed."""
    evidence = state.evidence.get(item.id)
    return evidence.result(item.text) if evidence else "not checked yet"


def open_items(state: State, tasks: Sequence[Task], apart: Collection[str] = ()) -> list[OpenItems]:
    """What is open in *tasks*, failed and drifted items first.

    Items with the same command share an entry, and so do many with the same reason, except those with the ids *apart*.
    """
    bad = _entries(state, items_with(state, tasks, BAD), set())
    found = items_with(state, tasks, {Status.OPEN})
    checked = [item for _, item in found if item.way == "auto" and item.id in state.evidence and item.id not in apart]
    counts = Counter(reason(item, state) for item in checked)
    alike = {item.id for item in checked if counts[reason(item, state)] >= ALIKE}
    return bad + _entries(state, found, alike)


def _entries(state: State, found: Sequence[tuple[Task, Item]], alike: Collection[str]) -> list[OpenItems]:
    """The entries of *found*, in the order of the checklist. Items that are *alike* share one by their reason."""
    groups: dict[tuple[int, str], list[tuple[Task, Item]]] = {}
    for task, item in found:
        shared = (0, reason(item, state))
        own = (task.number, command_for(task, item, state.evidence.get(item.id)))
        groups.setdefault(shared if item.id in alike else own, []).append((task, item))
    entries = []
    for (number, text), members in groups.items():
        tasks, items = tuple(dict.fromkeys(task for task, _ in members)), tuple(item for _, item in members)
        command = text if number else run_again(task.number for task in tasks)
        entries.append(OpenItems(tasks, items, command, "" if number else text))
    return entries
