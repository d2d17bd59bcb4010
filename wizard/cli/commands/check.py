"""`golive check`: verify every ticked item again."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from wizard.base.errors import GoliveError, LockedError, ProjectError, SeveralProjects, StateError, UsageError
from wizard.base.secrets import redact
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.checklist.model import Checklist, Task
from wizard.cli.output import EventPrinter, say
from wizard.cli.progress_line import ProgressLine
from wizard.cli.resources import print_resources
from wizard.cli.start_options import start_options
from wizard.cli.state import project_options
from wizard.cli.task_selection import selected_tasks
from wizard.engine.checking import CHECKED, import_ticked
from wizard.engine.events import Drifted, Event, NotChecked, Verifying
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine
from wizard.engine.start_options import StartOptions
from wizard.project.detection import locate
from wizard.reporting import drift_text, json_report, report, run_summary
from wizard.state import generated_items, state_file
from wizard.state.state_file import State
from wizard.state.state_folder import folder_of

DRIFTED, NOT_CHECKED = 1, 6
"""Exit codes. Drift is certain, so it wins over an error, which leaves something unknown."""


class CheckPrinter(EventPrinter):
    """Prints the events of a check, and keeps what its result is made of."""

    def __init__(self, *, as_json: bool, verbose: bool) -> None:
        progress = None if as_json else ProgressLine(sys.stderr)
        super().__init__(as_json=as_json, progress=progress, verbose=verbose)
        self.began = time.monotonic()
        self.checked: frozenset[str] = frozenset()
        self.drifted: list[Drifted] = []
        self.not_checked: list[NotChecked] = []

    def __call__(self, event: Event) -> None:
        match event:
            case Drifted():
                self.drifted.append(event)
            case NotChecked():
                self.not_checked.append(event)
            case Verifying() if self.progress:
                self.progress.show(f"Checking {event.what}")
        if self.as_json or not isinstance(event, Drifted | NotChecked):  # as text, they are printed at the end
            super().__call__(event)


def run(options: argparse.Namespace) -> int:
    begin = start_options(options)
    root = locate(begin.folder, begin.manage).root
    # A fresh clone, as in CI, has no state, so nothing is written to it.
    reading = not (folder_of(root).exists() and os.access(folder_of(root), os.W_OK))
    printer = CheckPrinter(as_json=options.json, verbose=options.verbose)
    try:
        with _opened(begin, printer, reading=reading) as engine:
            with printer.progress or nullcontext():
                _check(options, printer, engine, selected_tasks(options, engine.checklist, optional=True))
            return _finish(options, printer, root, engine.checklist, engine.state)
    except ProjectError as error:
        if isinstance(error, StateError | SeveralProjects):
            raise
        return _not_opened(options, printer, root, error)


@contextmanager
def _opened(begin: StartOptions, printer: CheckPrinter, *, reading: bool) -> Iterator[Engine]:
    """Open the engine. While another run or session works on the project, it only reads."""
    answers = Answers(dict(begin.answers))
    with ExitStack() as held:
        try:
            engine = held.enter_context(open_engine(begin, answers, printer, reading=reading, recover=False))
        except LockedError:
            if reading:
                raise
            say("Another run of Golive is working on this project, so these results are not recorded.", sys.stderr)
            engine = held.enter_context(open_engine(begin, answers, printer, reading=True, recover=False))
        yield engine


def _check(options: argparse.Namespace, printer: CheckPrinter, engine: Engine, tasks: list[Task]) -> None:
    if options.ticked:
        import_ticked(engine.state, engine.checklist, *json_report.read_ticked(options.ticked))
    printer.checked = _require_ticked(engine.state, tasks)
    engine.check(tasks)


def _require_ticked(state: State, tasks: Sequence[Task]) -> frozenset[str]:
    """Return the items of *tasks* that are ticked.

    Raises:
        UsageError: there are none.
    """
    ticked = frozenset(item.id for task in tasks for item in task.items if state.status(item.id) in CHECKED)
    if not ticked:
        hint = "Run `golive --auto` first, or pass a JSON report with --ticked."
        raise UsageError("Nothing to check", "no item is ticked here", hint)
    return ticked


def _not_opened(options: argparse.Namespace, printer: CheckPrinter, root: Path, error: GoliveError) -> int:
    """Report that nothing could be checked, for example because the project's interpreter is missing."""
    checklist, state = loader.load(root), state_file.load(root, read_only=True)
    generated_items.add_to(checklist, state.facts)
    tasks = selected_tasks(options, checklist, optional=True)
    if options.ticked:
        import_ticked(state, checklist, *json_report.read_ticked(options.ticked))
    printer.checked = _require_ticked(state, tasks)
    pairs = [(task, item) for task in tasks for item in task.items if state.status(item.id) in CHECKED]
    named, items = tuple(dict.fromkeys(task for task, _ in pairs)), tuple(item for _, item in pairs)
    printer(NotChecked(named, items, error.what, error.why, error.hint))
    return _finish(options, printer, root, checklist, state)


def _finish(options: argparse.Namespace, printer: CheckPrinter, root: Path, checklist: Checklist, state: State) -> int:
    """Print the result. Returns the exit code."""
    if options.format:
        text = report.render(options.format, root, checklist, state, printer.not_checked)
        say(text.rstrip("\n"))
    if not options.json:
        stream = sys.stderr if options.format else sys.stdout
        as_text = drift_text.drift_block if stream.isatty() else drift_text.drift_line
        for drift in printer.drifted:
            say(redact(as_text(drift)), stream)
        for error in printer.not_checked:
            say(redact(drift_text.not_checked_line(error)), stream)
        _print_summary(options, printer)
    return DRIFTED if printer.drifted else NOT_CHECKED if printer.not_checked else 0


def _print_summary(options: argparse.Namespace, printer: CheckPrinter) -> None:
    """Print how many items hold, and the command that repairs the others. On stderr: stdout has only what is wrong."""
    seconds = time.monotonic() - printer.began
    problems = printer.drifted, printer.not_checked
    say(run_summary.of_check(printer.checked, *problems, project_options(options), seconds), sys.stderr)
    if options.verbose:
        print_resources()
