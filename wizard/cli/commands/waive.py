"""`golive waive`: skip an item and record the reason."""

from __future__ import annotations

import argparse

from wizard.checklist.evidence import Status
from wizard.cli.commands.confirm import find_item
from wizard.cli.output import say
from wizard.cli.state import open_records


def run(options: argparse.Namespace) -> int:
    with open_records(options) as records:
        task, item = find_item(records, options.item)
        records.note(task, item, Status.WAIVED, " ".join(options.text))
    say(f"{item.id} {item.text}: skipped")
    return 0
