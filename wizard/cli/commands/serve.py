"""`golive serve`: the guided session in a browser on this machine."""

from __future__ import annotations

import argparse


def run(options: argparse.Namespace) -> int:
    """Serve sessions. Each gets the options that this command line was given."""
    from screens import serve

    given = {"--manage": options.manage, "--python": options.python, "--settings": options.settings,
             "--target": options.target, "--answers": options.answers}  # fmt: skip
    arguments = [part for name, value in given.items() if value for part in (name, str(value))]
    if options.no_commit:
        arguments.append("--no-commit")
    return serve.run([options.project, *arguments], options.port)
