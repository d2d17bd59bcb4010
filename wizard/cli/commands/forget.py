"""`golive forget`: permanently delete logs and the backups that hold secrets."""

from __future__ import annotations

import argparse

from wizard.cli.output import counted, say
from wizard.cli.state import open_records
from wizard.engine.forget import forget


def run(options: argparse.Namespace) -> int:
    with open_records(options) as records:
        deleted = forget(records.root, records.top, records.journal)
    say(f"Deleted {counted(deleted.backups, 'backup')} with secrets and {counted(deleted.logs, 'log')}.")
    if deleted.tasks:
        say(f"Tasks {', '.join(map(str, deleted.tasks))} can no longer be undone.")
    return 0
