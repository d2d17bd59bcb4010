"""`golive launch`: record that the site goes live now, and show the go-live lists."""

from __future__ import annotations

import argparse

from wizard.base.secrets import redact
from wizard.cli.output import say
from wizard.cli.state import open_records
from wizard.reporting import go_live
from wizard.reporting.item_text import moment_text


def run(options: argparse.Namespace) -> int:
    with open_records(options) as records:
        say(f"Live since {moment_text(records.launch())}")
        for line in go_live.lines(records.checklist, records.state):
            say(redact(line))
    return 0
