"""Print the output of commands, and parse task numbers."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, TextIO

from wizard.base.errors import UsageError
from wizard.base.terminal import harmless

if TYPE_CHECKING:
    from wizard.checklist.model import Checklist, Task
    from wizard.cli.progress_line import ProgressLine
    from wizard.engine.events import Event
    from wizard.plan.actions import Plan


def say(text: str = "", stream: TextIO | None = None) -> None:
    """Print one or more lines, without control sequences."""
    # A single write, because the rehearsal prints from another thread.
    (stream or sys.stdout).write(harmless(text) + "\n")


def is_accessible() -> bool:
    """Whether the user asks all programs for output that a screen reader can read, with ACCESSIBLE=1."""
    return os.environ.get("ACCESSIBLE", "0") not in {"", "0"}


def print_plan(plan: Plan) -> None:
    from wizard.reporting import event_text

    for line in event_text.plan_lines(plan):
        say(line)


class EventPrinter:
    """Prints events: as text on stderr, above the *progress* line if there is one, or as JSON lines on stdout."""

    def __init__(self, *, as_json: bool = False, progress: ProgressLine | None = None, verbose: bool = False) -> None:
        self.as_json, self.progress, self.verbose = as_json, progress, verbose
        self.tasks = self._begun = 0
        """How many tasks will run, and how many have begun."""

    def __call__(self, event: Event) -> None:
        from wizard.base.secrets import redact, redacted
        from wizard.cli import colours
        from wizard.engine.events import RunStarted, TaskStarted, as_record
        from wizard.reporting import event_text

        if self.as_json:
            say(json.dumps(redacted(as_record(event)), ensure_ascii=False))
            sys.stdout.flush()
            return
        if self.progress and isinstance(event, TaskStarted):
            self._begun += 1
            self.progress.show(f"Task {self._begun} of {self.tasks}: {event.task.title}")
        line = event_text.line(event)
        if isinstance(event, RunStarted) and not self.verbose:
            line = f"{event.project}  ({event.settings})"
        if line:
            text = redact(harmless(line))
            text = colours.paint(text) if colours.are_shown(sys.stderr) else text
            if self.progress:
                self.progress.write(text)
            else:
                sys.stderr.write(f"{text}\n")


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


def selected_tasks(options: argparse.Namespace, checklist: Checklist) -> list[Task]:
    """The tasks that --only and --from select; all of them without these options."""
    if options.only:
        return [checklist.tasks[number] for number in task_numbers(options.only, checklist.tasks)]
    first = task_numbers(options.start, checklist.tasks)[0] if options.start else 1
    return [task for number, task in sorted(checklist.tasks.items()) if number >= first]
