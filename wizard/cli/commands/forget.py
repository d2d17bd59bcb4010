"""`golive forget`: permanently delete logs and the backups that hold secrets."""

from __future__ import annotations

import argparse

from wizard.base.wording import name_tasks, plural
from wizard.cli.output import say
from wizard.cli.state import open_records
from wizard.engine.forget import forget


def run(options: argparse.Namespace) -> int:
    with open_records(options) as records:
        deleted = forget(records.root, records.top, records.journal)
    say(f"Deleted {plural(deleted.backups, 'backup')} with secrets and {plural(deleted.logs, 'log')}.")
    if deleted.tasks:
        say(f"{name_tasks(deleted.tasks).capitalize()} can no longer be undone.")
    return 0
