"""Run all selected tasks without a terminal: progress on stderr, the result on stdout."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import nullcontext
from typing import NamedTuple

from wizard.base import process
from wizard.base.errors import ProjectError
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import BAD, Status
from wizard.checklist.model import Task
from wizard.cli.commands.plan import print_plans
from wizard.cli.output import EventPrinter, say, say_painted
from wizard.cli.progress_line import ProgressLine
from wizard.cli.resources import print_resources
from wizard.cli.state import project_options
from wizard.cli.task_selection import selected_tasks
from wizard.diagnosis.cause import of_error
from wizard.engine.events import Event, FindingReported, RunFinished, RunStarted, TaskFailed
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine
from wizard.engine.start_options import StartOptions
from wizard.project.findings import project_findings
from wizard.reporting import run_summary


def run(options: argparse.Namespace, begin: StartOptions) -> int:
    """Run the tasks, or show their plans with --dry-run. Returns the exit code."""
    progress = None if options.json or options.dry_run else ProgressLine(sys.stderr)
    began = time.monotonic()
    printer = RunPrinter(as_json=options.json, progress=progress, verbose=options.verbose)
    with open_engine(begin, Answers(dict(begin.answers)), printer, reading=options.dry_run) as engine:
        tasks = selected_tasks(options, engine.checklist)
        if options.dry_run:
            print_plans(engine, tasks)
            return 0
        try:
            with progress or nullcontext():
                failed = _run_tasks(engine, printer, tasks, keep_going=not options.fail_fast)
        except ProjectError as error:  # ends the run: the caller prints it
            if options.json:
                task = engine.checklist.tasks.get(engine.state.position, tasks[0])
                printer(TaskFailed(task, str(error), cause=of_error(error, engine.project)))
            raise
        code = _finish(engine, printer, tasks, failed=failed)
        if not options.json:
            seconds = time.monotonic() - began
            _print_summary(engine, printer, tasks, project_options(options), seconds)
        return code


class RunPrinter(EventPrinter):
    """Prints the events of a run, and keeps what its summary is made of."""

    def __init__(self, *, as_json: bool, progress: ProgressLine | None, verbose: bool) -> None:
        super().__init__(as_json=as_json, progress=progress, verbose=verbose)
        self.notes = run_summary.RunNotes()

    def __call__(self, event: Event) -> None:
        self.notes.note(event)
        super().__call__(event)


def _run_tasks(engine: Engine, printer: RunPrinter, tasks: list[Task], *, keep_going: bool) -> bool:
    """Run the tasks with open or failed items, or all tasks if the project changed.

    Returns whether one failed, or broke a test of the project.
    """
    project = engine.project
    interpreter = f"{project.python.path}, {project.python.how}"
    printer(RunStarted(str(project.root), project.production_module, interpreter))
    unchanged = bool(engine.state.fingerprint) and engine.state.fingerprint == engine.fingerprint()
    if unchanged and engine.sandbox.target.real:  # production can change while the project stays the same
        engine.check(tasks)
    pending = [task for task in tasks if not unchanged or not engine.state.is_complete(task)]
    if pending:
        engine.complete_environment(pending[0])
        project.inspect_settings()
        for finding in project_findings(project):
            printer(FindingReported(finding))
    printer.tasks = len(pending)
    failed = engine.run(pending, keep_going=keep_going)
    if printer.progress:
        printer.progress.show("Running the project's own tests")
    broken = engine.compare_tests()
    engine.sandbox.close()
    return bool(failed or broken)


def _finish(engine: Engine, printer: EventPrinter, tasks: list[Task], *, failed: bool) -> int:
    """Report the end of a run. Returns its exit code."""
    count = _counts(engine, tasks)
    code = 1 if failed or count.bad else 3 if count.open else 0
    spent = process.spent
    seconds, memory = round(spent.seconds, 3), process.peak_memory()
    printer(RunFinished(code, count.done, count.rehearsed, count.open, count.bad, seconds, spent.interpreters, memory,
                        count.inapplicable))  # fmt: skip
    return code


class Counts(NamedTuple):
    """How many items have each status. *done* includes skipped ones."""

    all: int
    done: int
    rehearsed: int
    inapplicable: int
    open: int
    bad: int


def _counts(engine: Engine, tasks: list[Task]) -> Counts:
    statuses = [engine.state.status(item.id) for task in tasks for item in task.items]
    return Counts(
        len(statuses),
        statuses.count(Status.DONE) + statuses.count(Status.WAIVED),
        statuses.count(Status.REHEARSED),
        statuses.count(Status.NOT_APPLICABLE),
        statuses.count(Status.OPEN),
        sum(status in BAD for status in statuses),
    )


def _print_summary(engine: Engine, printer: RunPrinter, tasks: list[Task], options: str, seconds: float) -> None:
    """Print the summary of the run. The last line has the numbers."""
    text = "\n".join(run_summary.lines(engine.records, tasks, printer.notes, options, seconds))
    say_painted(f"\n{text}")
    count = _counts(engine, tasks)
    only_rehearsed = f", {count.rehearsed} rehearsed" if count.rehearsed else ""
    without = f", {count.inapplicable} not applicable" if count.inapplicable else ""
    say(f"{count.done} of {count.all} items done{only_rehearsed}{without}, {count.open} need your input, "
        f"{count.bad} failed")  # fmt: skip
    if printer.verbose:
        print_resources()
