"""Run all selected tasks without a terminal: progress on stderr, the result on stdout."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext

from wizard.base import process
from wizard.base.errors import ProjectError
from wizard.base.wording import plural
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import BAD, Status
from wizard.checklist.model import Task
from wizard.cli.commands.plan import print_plans
from wizard.cli.output import EventPrinter, say, selected_tasks
from wizard.cli.progress_line import ProgressLine
from wizard.diagnosis.cause import of_error
from wizard.engine.events import FindingReported, RunFinished, RunStarted, TaskFailed
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine
from wizard.engine.start_options import StartOptions
from wizard.project.findings import project_findings


def run(options: argparse.Namespace, begin: StartOptions) -> int:
    """Run the tasks, or show their plans with --dry-run. Returns the exit code."""
    progress = None if options.json or options.dry_run else ProgressLine(sys.stderr)
    printer = EventPrinter(as_json=options.json, progress=progress)
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
        return _finish(engine, printer, tasks, failed=failed)


def _run_tasks(engine: Engine, printer: EventPrinter, tasks: list[Task], *, keep_going: bool) -> bool:
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
    """Print the summary of a run. Returns its exit code."""
    statuses = [engine.state.status(item.id) for task in tasks for item in task.items]
    rehearsed = statuses.count(Status.REHEARSED)
    done = statuses.count(Status.DONE) + statuses.count(Status.WAIVED)
    bad = sum(status in BAD for status in statuses)
    inapplicable = statuses.count(Status.NOT_APPLICABLE)
    waiting = statuses.count(Status.OPEN)
    code = 1 if failed or bad else 3 if waiting else 0
    spent = process.spent
    seconds, memory = round(spent.seconds, 3), process.peak_memory()
    printer(RunFinished(code, done, rehearsed, waiting, bad, seconds, spent.interpreters, memory, inapplicable))
    if not printer.as_json:
        only_rehearsed = f", {rehearsed} rehearsed" if rehearsed else ""
        without = f", {inapplicable} not applicable" if inapplicable else ""
        say(f"{done} of {len(statuses)} items done{only_rehearsed}{without}, {waiting} need your input, {bad} failed")
        say(
            f"Child processes took {spent.seconds:.1f} s. The project's interpreter was started "
            f"{plural(spent.interpreters, 'time')}. Golive itself took {memory:.0f} MB of memory at most.",
            sys.stderr,
        )
    return code
