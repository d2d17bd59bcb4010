"""`golive undo`: undo the changes of tasks, all of them or none."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wizard.base.errors import UsageError
from wizard.base.git import Git
from wizard.base.secrets import redact
from wizard.base.wording import name_tasks, plural
from wizard.checklist import loader
from wizard.cli.output import EventPrinter, say
from wizard.cli.question import agreed, require_answer
from wizard.cli.state import open_records, project_options, project_root
from wizard.cli.task_selection import task_numbers
from wizard.engine import undo
from wizard.engine.records import Records


def run(options: argparse.Namespace) -> int:
    if options.dry_run:
        return _show(options)
    require_answer("golive undo", yes=options.yes)
    with open_records(options) as records:
        records.undoing.options = project_options(options)
        tasks = task_numbers(options.tasks, records.checklist.tasks)
        check_environment(options.python, records, tasks)
        if not _agreed(records, tasks, options):
            say("Nothing was changed.", sys.stderr)
            return 0
        undone = records.undo(tasks, revert=options.revert)
    say(f"Undid {plural(undone.plans, 'plan')}." if undone.plans else nothing(tasks))
    for line in undone.left:
        say(redact(f"note: {line}"), sys.stderr)
    return 0


def _agreed(records: Records, tasks: list[int], options: argparse.Namespace) -> bool:
    """Show what the undo will restore, and ask. A refusal comes before the question."""
    batches = records.undoing.batches_of(tasks)
    if not batches or options.yes:
        return True
    records.undoing.check(batches, revert=options.revert)
    for line in undo.describe(batches):
        say(redact(line), sys.stderr)
    return agreed(f"Undo {name_tasks(tasks)}?", yes=options.yes)


def _show(options: argparse.Namespace) -> int:
    """Show what an undo would change. Nothing is changed or recovered."""
    root = project_root(options)
    records = Records(root, Git.of(root), loader.load(root), EventPrinter(), reading=True)
    records.undoing.options = project_options(options)
    tasks = task_numbers(options.tasks, records.checklist.tasks)
    batches = records.undoing.batches_of(tasks)
    records.undoing.check(batches, revert=options.revert)
    for line in undo.describe(batches) or [nothing(tasks)]:
        say(redact(line))
    return 0


def nothing(tasks: list[int]) -> str:
    """What to say if no change of *tasks* is left to undo."""
    return f"Nothing to undo: Golive's changes for {name_tasks(tasks)} are undone already, or there were none."


def check_environment(given: str | None, records: Records, tasks: list[int]) -> None:
    """Check that --python, if given, names the environment that the packages were installed into.

    Raises:
        UsageError: --python names another interpreter.
    """
    if not given:
        return
    asked = Path(given).expanduser().absolute()
    for batch in records.undoing.batches_of(tasks):
        for step in batch.actions:
            environment = step.action.get("environment")
            python = records.top / environment["python"] if environment else asked
            if asked not in {python, python.parent, python.parent.parent}:
                raise UsageError(
                    f"--python is {given}",
                    f"the packages of task {batch.task} were installed into {python}, and are removed only there",
                    "Omit --python: the journal records the environment.",
                )
