"""`golive check`: verify every ticked item again."""

from __future__ import annotations

import argparse
import sys

from wizard.base.errors import UsageError
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers
from wizard.checklist.model import Task
from wizard.cli.output import EventPrinter, say, selected_tasks
from wizard.cli.start_options import start_options
from wizard.engine.checking import CHECKED
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine
from wizard.project.detection import locate
from wizard.reporting import json_report, report
from wizard.state.state_folder import folder_of


def run(options: argparse.Namespace) -> int:
    begin = start_options(options)
    # A fresh clone, as in CI, has no state, so nothing is written to it.
    reading = not folder_of(locate(begin.folder, begin.manage).root).exists()
    printer = EventPrinter(as_json=options.json)
    with open_engine(begin, Answers(dict(begin.answers)), printer, reading=reading, recover=False) as engine:
        return _check(options, engine, selected_tasks(options, engine.checklist))


def _check(options: argparse.Namespace, engine: Engine, tasks: list[Task]) -> int:
    if options.ticked:
        engine.import_ticked(json_report.read_evidence(options.ticked))
    if not any(engine.state.status(item.id) in CHECKED for task in tasks for item in task.items):
        hint = "Run `golive --auto` first, or pass a JSON report with --ticked."
        raise UsageError("Nothing to check", "no item is ticked here", hint)
    drifted = engine.check(tasks)
    if options.format:
        say(report.render(options.format, engine.project.root, engine.checklist, engine.state).rstrip("\n"))
    for evidence in drifted:
        say(redact(f"drifted {evidence.item}: {evidence.result()}"), sys.stderr if options.format else None)
    return 1 if drifted or engine.unchecked else 0
