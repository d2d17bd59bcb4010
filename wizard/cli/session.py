"""One headless run over a project: lock, recovery, the engine, and its events told as lines or JSON."""

from __future__ import annotations

import argparse
import json
import sys

from wizard.base import process
from wizard.base.errors import UsageError
from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.checklist.model import Task
from wizard.cli.headless import chosen, numbers, say
from wizard.engine.checking import CHECKED
from wizard.engine.events import Event, FindingReported, RunFinished, RunStarted, as_record
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine
from wizard.engine.start_options import StartOptions
from wizard.plan.actions import Plan
from wizard.project.detection import locate
from wizard.project.findings import project_findings
from wizard.reporting import event_text, report
from wizard.state.state_folder import folder_of


class Teller:
    """Tells events to a person on stderr, or to a program on stdout."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def __call__(self, event: Event) -> None:
        if self.as_json:
            say(redact(json.dumps(as_record(event), ensure_ascii=False)))
            sys.stdout.flush()
        elif line := event_text.line(event):
            say(redact(harmless(line)), sys.stderr)


def show(plan: Plan) -> None:
    """A plan in full, on stdout."""
    for line in event_text.plan_lines(plan):
        say(line)


def run(options: argparse.Namespace, words: list[str], start: StartOptions) -> int:
    """Carry out one command without a terminal; returns its exit code."""
    teller = Teller(as_json=options.json)
    reading = options.dry_run or options.name in {"plan", "flows"} or (options.name == "check" and _is_clone(start))
    recover = options.name != "check"
    with open_engine(start, Answers(dict(start.answers)), teller, reading=reading, recover=recover) as engine:
        return _command(options, words, engine, teller)


def _is_clone(start: StartOptions) -> bool:
    """Whether nothing was begun here: a check has no state to keep what it sees in."""
    return not folder_of(locate(start.folder, start.manage).root).exists()


def _command(options: argparse.Namespace, words: list[str], engine: Engine, teller: Teller) -> int:
    known = engine.checklist.tasks
    if options.name == "flows":
        from wizard.site.journey_discovery import draft_journeys

        say(draft_journeys(engine.project).rstrip())
        return 0
    if options.name == "check":
        return _check(options, engine, chosen(options, engine.checklist))
    tasks = (
        [known[number] for number in numbers(words[0], known)]
        if options.name == "plan"
        else chosen(options, engine.checklist)
    )
    if options.name == "plan" or options.dry_run:
        for task in tasks:
            say(f"{task.number}. {task.title}")
            show(engine.plan(task))
        return 0
    return _run_all(engine, teller, tasks, keep_going=options.keep_going)


def _check(options: argparse.Namespace, engine: Engine, tasks: list[Task]) -> int:
    """Look again at every ticked box of *tasks*; where a report says which those are, at these."""
    if options.ticked:
        engine.import_ticked(report.ticked(options.ticked))
    if not any(engine.state.status(item.id) in CHECKED for task in tasks for item in task.items):
        hint = "Run `golive --auto` first, or give a report in JSON with --ticked."
        raise UsageError("There is nothing to check", "no box is ticked here", hint)
    drifted = engine.check(tasks)
    if options.format:
        say(report.render(options.format, engine.project.root, engine.checklist, engine.state).rstrip("\n"))
    for evidence in drifted:
        say(redact(f"drifted {evidence.item}: {evidence.showed}"), sys.stderr if options.format else None)
    return 1 if drifted else 0


def _run_all(engine: Engine, teller: Teller, tasks: list[Task], *, keep_going: bool) -> int:
    found = engine.project
    teller(RunStarted(str(found.root), found.production_module, f"{found.python.path}, {found.python.how}"))
    unchanged = bool(engine.state.fingerprint) and engine.state.fingerprint == engine.fingerprint()
    if unchanged and engine.sandbox.target.real:  # production changes without the project
        engine.check(tasks)
    todo = [task for task in tasks if not unchanged or engine.state.settled_count(task) < len(task.items)]
    if todo:
        engine.complete_environment(todo[0])
        for finding in _detected(engine):
            teller(finding)
    failed = engine.run(todo, keep_going=keep_going)
    engine.sandbox.close()
    statuses = [engine.state.status(item.id) for task in tasks for item in task.items]
    rehearsed = statuses.count(Status.REHEARSED)
    done = statuses.count(Status.DONE) + statuses.count(Status.WAIVED)
    bad = sum(status in {Status.FAILED, Status.DRIFTED} for status in statuses)
    waits = len(statuses) - done - rehearsed - bad
    code = 1 if failed or bad else 3 if waits else 0
    spent = process.spent
    teller(
        RunFinished(
            code, done, rehearsed, waits, bad, round(spent.seconds, 3), spent.interpreters, process.peak_memory()
        )
    )
    if not teller.as_json:
        only = f", {rehearsed} rehearsed" * bool(rehearsed)
        say(f"{done} of {len(statuses)} items done{only}, {waits} wait for a person, {bad} failed")
        say(
            f"children took {process.spent.seconds:.1f} s; the project's interpreter was started "
            f"{process.spent.interpreters} times",
            sys.stderr,
        )
    return code


def _detected(engine: Engine) -> list[FindingReported]:
    engine.project.inspect_settings()
    return [FindingReported(finding) for finding in project_findings(engine.project)]
