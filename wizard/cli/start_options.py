"""Turn the command line's options into the engine's `StartOptions`."""

from __future__ import annotations

import argparse
from pathlib import Path

from wizard.engine.start_options import StartOptions
from wizard.targets.registry import require_known


def start_options(options: argparse.Namespace) -> StartOptions:
    """Return the `StartOptions` for the project, the target and the answers that the command line names.

    Raises:
        UsageError: there is no such target, or the answers file can't be read.
    """
    if options.target:
        require_known(options.target)
    given: dict[str, str] = {}
    if options.answers:
        from wizard.checklist import answers

        given = answers.read(options.answers)
    if options.no_commit:
        given["commit"] = "no"
    return StartOptions(Path(options.project), options.manage, options.python, options.settings, options.target, given)
