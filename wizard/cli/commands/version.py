"""`golive version`: the version and the commit it was built from."""

from __future__ import annotations

import argparse

from wizard.base.version import describe
from wizard.cli.output import say


def run(_: argparse.Namespace) -> int:
    say(describe())
    return 0
