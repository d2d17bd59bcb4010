"""`golive report`: every item with its evidence, from the state alone."""

from __future__ import annotations

import argparse

from wizard.checklist import loader
from wizard.cli.output import say
from wizard.cli.state import project_root
from wizard.reporting import report
from wizard.state import generated_items, state_file


def run(options: argparse.Namespace) -> int:
    root = project_root(options)
    checklist, state = loader.load(root), state_file.load(root, read_only=True)
    generated_items.add_to(checklist, state.facts)
    say(report.render(options.format or "md", root, checklist, state).rstrip("\n"))
    return 0
