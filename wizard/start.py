"""Where to look for the project, and what the command line said about it. Light: the first screen needs no more."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.errors import UsageError
from wizard.targets.kinds import check


@dataclass(frozen=True)
class Start:
    """Where to look for the project, and what was given on the command line."""

    folder: Path
    manage: str | None = None
    python: str | None = None
    settings: str | None = None
    target: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


def start(options: argparse.Namespace, words: list[str]) -> Start:
    """What the command line says about the project and the answers.

    Raises:
        UsageError: there is more than one project, no such target, or the answers file can't be read.
    """
    if options.name == "run" and len(words) > 1:
        raise UsageError(f"Too many arguments: {' '.join(words)}", "one project at a time", "See golive --help.")
    if options.target:
        check(options.target)
    given: dict[str, str] = {}
    if options.answers:
        from wizard import answers

        given = answers.read(options.answers)
    if options.no_commit:
        given["commit"] = "no"
    folder = Path(words[0] if options.name == "run" and words else options.project)
    return Start(folder, options.manage, options.python, options.settings, options.target, given)
