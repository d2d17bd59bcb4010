"""`golive launch`: show the go-live lists, record that the site goes live now, or take that back."""

from __future__ import annotations

import argparse
import sys

from wizard.base.errors import UsageError
from wizard.base.git import Git
from wizard.base.secrets import redact
from wizard.base.status_symbols import SIGNS
from wizard.base.wording import plural
from wizard.checklist import loader
from wizard.cli.output import EventPrinter, say
from wizard.cli.question import agreed, require_answer
from wizard.cli.state import open_records, project_root
from wizard.engine.records import Records
from wizard.reporting import go_live
from wizard.reporting.item_text import moment_text


def run(options: argparse.Namespace) -> int:
    if options.now and options.revoke:
        raise UsageError("--now and --revoke can't be combined", "", "Choose one of them.")
    if options.revoke:
        return _revoke(options)
    if options.now:
        return _record(options)
    root = project_root(options)
    records = Records(root, Git.of(root), loader.load(root), EventPrinter(), reading=True)
    _show(records)
    if not records.state.launched:
        say("Not live yet. `golive launch --now` records the launch.", sys.stderr)
    return 0


def _show(records: Records) -> None:
    if records.state.launched:
        say(f"Live since {moment_text(records.state.launched)}")
    for line in go_live.lines(records.checklist, records.state):
        say(redact(line))


def _record(options: argparse.Namespace) -> int:
    require_answer("golive launch --now", yes=options.yes)
    with open_records(options) as records:
        if not records.state.launched:
            left = go_live.open_before_launch(records.checklist, records.state)
            for standing in left:
                say(redact(f"{SIGNS[standing.status]} {standing.item.id} {standing.item.text}"), sys.stderr)
            question = "Record that the site goes live now?"
            if left:
                still = "is" if len(left) == 1 else "are"
                question = f"{plural(len(left), 'item')} to do before the launch {still} open. {question}"
            if not agreed(question, yes=options.yes):
                say("Nothing was recorded.", sys.stderr)
                return 0
        records.launch()
        _show(records)
    return 0


def _revoke(options: argparse.Namespace) -> int:
    with open_records(options) as records:
        moment = records.revoke_launch()
    say(f"The launch of {moment_text(moment)} was taken back." if moment else "No launch is recorded.")
    return 0
