"""`golive forget`: permanently delete logs and the backups that hold secrets."""

from __future__ import annotations

import argparse
import sys

from wizard.base.wording import name_tasks, plural
from wizard.cli.output import say
from wizard.cli.question import agreed, require_answer
from wizard.cli.state import open_records
from wizard.engine import forget


def run(options: argparse.Namespace) -> int:
    require_answer("golive forget", yes=options.yes)
    with open_records(options) as records:
        found = forget.find(records.root, records.top, records.journal)
        what = f"{plural(len(found.backups), 'backup')} with secrets and {plural(len(found.logs), 'log')}"
        if not _agreed(what, found, yes=options.yes):
            say("Nothing was deleted.", sys.stderr)
            return 0
        forget.forget(records.root, records.journal, found)
    say(f"Deleted {what}.")
    if found.tasks:
        say(f"{name_tasks(found.tasks).capitalize()} can no longer be undone.")
    return 0


def _agreed(what: str, found: forget.Forgettable, *, yes: bool) -> bool:
    """Show what will be deleted, and ask, unless *yes*."""
    if not yes:
        say(f"This deletes {what} in .golive/, and the environments that the rehearsal installed.", sys.stderr)
    if found.tasks and not yes:
        say(f"Without these backups, {name_tasks(found.tasks)} can no longer be undone.", sys.stderr)
    return agreed("Delete them permanently?", yes=yes)
