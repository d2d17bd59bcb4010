"""Where to look for the project, and what the command line said about it. Light: the first screen needs no more."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.targets.registry import require_known


@dataclass(frozen=True)
class Start:
    """Where to look for the project, and what was given on the command line."""

    folder: Path
    manage: str | None = None
    python: str | None = None
    settings: str | None = None
    target: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


def start(options: argparse.Namespace) -> Start:
    """What the command line says about the project and the answers.

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
    return Start(Path(options.project), options.manage, options.python, options.settings, options.target, given)
