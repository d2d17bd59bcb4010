"""`golive` without a command: the guided session, or with --auto all tasks without a terminal."""

from __future__ import annotations

import argparse
import os
import sys

from wizard.base.errors import UsageError
from wizard.cli.accessible import is_accessible
from wizard.cli.start_options import start_options
from wizard.engine.start_options import StartOptions


def run(options: argparse.Namespace) -> int:
    begin = start_options(options)
    if options.auto or options.dry_run:
        from wizard.cli import headless

        return headless.run(options, begin)
    return _guided(begin, plain=options.plain or is_accessible())


def _guided(begin: StartOptions, *, plain: bool) -> int:
    """Run the guided session. It resumes where the last one stopped."""
    streams = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on stderr
    served = "TEXTUAL_DRIVER" in os.environ  # started by `golive serve`, which draws in a browser
    if not plain and not served and not all(stream.isatty() for stream in streams):
        raise UsageError(
            "The guided session needs a terminal",
            "input or output is not a terminal",
            "Run `golive --auto PROJECT` instead.",
        )
    if plain or (not served and os.environ.get("TERM", "dumb") in {"", "dumb"}):
        from screens.plain.session import run as run_plain
        from wizard.cli.commands.preferences import print_problems

        print_problems()
        return run_plain(begin)
    from screens.app import run as run_app

    return run_app(begin)
