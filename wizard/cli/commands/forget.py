"""`golive forget`: permanently delete logs and the backups that hold secrets."""

from __future__ import annotations

import argparse

from wizard.cli.output import say
from wizard.cli.state import open_records
from wizard.engine.forget import forget


def run(options: argparse.Namespace) -> int:
    with open_records(options) as records:
        deleted = forget(records.root, records.top, records.journal)
    say(f"Deleted {deleted.backups} backups with secrets and {deleted.logs} logs.")
    if deleted.tasks:
        say(f"These tasks can no longer be undone: {', '.join(map(str, deleted.tasks))}")
    return 0
