"""`golive report`: every item with its evidence, from the state alone."""

from __future__ import annotations

import argparse

from wizard.checklist import loader
from wizard.cli.output import say
from wizard.cli.state import project_root
from wizard.reporting import report
from wizard.state import state_file


def run(options: argparse.Namespace) -> int:
    root = project_root(options)
    state = state_file.load(root, read_only=True)
    say(report.render(options.format or "md", root, loader.load(root), state).rstrip("\n"))
    return 0
