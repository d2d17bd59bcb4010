"""The tasks that the command line names: numbers and ranges."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wizard.base.errors import UsageError

if TYPE_CHECKING:
    from wizard.checklist.model import Checklist, Task


def task_numbers(text: str, tasks: dict[int, Task], *, more: bool = False) -> list[int]:
    """Parse numbers and ranges: `1-3,7` → [1, 2, 3, 7]. With *more*, there may be tasks above those in *tasks*.

    Raises:
        UsageError: *text* is something else, or names a task that does not exist.
    """
    lowest, highest = min(tasks), max(tasks)
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        last = last if dash else first
        if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
            where = "" if part == text else f" in {text!r}"
            raise UsageError(
                f"Invalid task number: {part!r}{where} (expected {lowest}-{highest})", "",
                f"Write numbers and ranges, such as {lowest}-3,7.",
            )  # fmt: skip
        # One number beyond the highest is enough to name it in the error.
        numbers += range(int(first), min(int(last), max(int(first), highest + 1)) + 1)
    if unknown := [number for number in numbers if number not in tasks and not (more and number > highest)]:
        raise UsageError(f"Invalid task number: {unknown[0]} (expected {lowest}-{highest})")
    return sorted(set(numbers))


def check_task_numbers(options: argparse.Namespace) -> None:
    """Check the task numbers of the command line before anything else, so that a usage error comes first.

    Raises:
        UsageError: a number is invalid, or names a task that neither the checklist nor the project's overlay has.
    """
    given = [getattr(options, name, None) for name in ("only", "start", "tasks")]
    if not any(given):
        return
    from wizard.base.errors import ProjectError, SeveralProjects
    from wizard.checklist import loader
    from wizard.cli.state import project_root

    more = False
    try:
        tasks = loader.load(project_root(options)).tasks
    except ProjectError as error:
        more = isinstance(error, SeveralProjects)  # each may have tasks of its own
        tasks = loader.load().tasks
    for text in filter(None, given):
        task_numbers(text, tasks, more=more)


def selected_tasks(options: argparse.Namespace, checklist: Checklist, *, optional: bool = False) -> list[Task]:
    """The tasks that --only and --from select. *optional*: those of optional days also if none of them is named."""
    if options.only:
        return [checklist.tasks[number] for number in task_numbers(options.only, checklist.tasks)]
    first = task_numbers(options.start, checklist.tasks)[0] if options.start else 1
    optional = optional or (first in checklist.tasks and checklist.tasks[first].optional)
    return [
        task for number, task in sorted(checklist.tasks.items()) if number >= first and (optional or not task.optional)
    ]
