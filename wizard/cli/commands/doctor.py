"""`golive doctor`: check this machine and this project for problems that stop Golive."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from wizard import __version__
from wizard.base.errors import GoliveError
from wizard.base.wording import plural
from wizard.cli.output import say
from wizard.cli.start_options import start_options
from wizard.engine.remembered_python import remembered_python
from wizard.engine.start_options import StartOptions
from wizard.project import trust
from wizard.project.detection import detect, locate
from wizard.project.project import Project
from wizard.state import state_file
from wizard.state.lock import reading

PROGRAMS = (
    ("git", True, "Golive needs it to search the history for secrets and to commit"),
    ("psql", False, "Golive needs it to set a new database password (task 1)"),
    ("railway", False, "Golive needs it to deploy (from task 11 on)"),
)
"""Each program, whether Golive always needs it, and for what."""


@dataclass(frozen=True)
class Check:
    """The result of one check. A check that is not *required* is reported without making the command fail."""

    name: str
    passed: bool
    message: str
    required: bool = True

    def __str__(self) -> str:
        sign = "✔" if self.passed else "✘" if self.required else "·"
        return f"{sign} {self.name}: {self.message}"


def run(options: argparse.Namespace) -> int:
    failed = False
    for check in examine(start_options(options)):
        failed = failed or (check.required and not check.passed)
        say(str(check))
    return 1 if failed else 0


def examine(begin: StartOptions) -> Iterator[Check]:
    """Check this machine, then the project. Nothing is changed."""
    yield Check("golive", True, f"{__version__} on Python {sys.version.split()[0]}")
    yield Check("textual", True, metadata.version("textual"))
    terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    message = os.environ.get("TERM", "") if terminal else "not a terminal: only `golive --auto` works here"
    yield Check("terminal", terminal, message, required=False)
    for name, required, use in PROGRAMS:
        path = shutil.which(name)
        yield Check(name, bool(path), path or f"not on PATH. {use}.", required)
    yield from _examine_project(begin)


def _examine_project(begin: StartOptions) -> Iterator[Check]:
    name = "project"
    try:
        place = locate(begin.folder, begin.manage)
        yield Check(name, True, str(place.root))
        name = "state"
        yield Check(name, True, _describe_state(place.root))
        name = "trust"
        warnings: list[str] = []
        python = begin.python or remembered_python(place.root)
        trust.require(place, python, warnings.append)
        yield Check(name, True, warnings[0] if warnings else "you trust this project's code")
        name = "detection"
        with reading(place.root):
            project = detect(
                begin.folder, manage=begin.manage, python=python, settings_module=begin.settings, reading=True
            )
            name = "settings"
            yield from _examine_settings(project)
    except GoliveError as error:
        yield Check(name, False, str(error))


def _examine_settings(project: Project) -> Iterator[Check]:
    try:
        yield Check("interpreter", True, f"{project.python.path} ({project.python.how})")
        read_only = [path for path in (project.root, project.settings.main) if not os.access(path, os.W_OK)]
        yield Check("writable", not read_only, f"{read_only[0]} is read-only" if read_only else "files can be changed")
        with closing(project):
            project.inspect_settings()
    except GoliveError as error:
        yield Check("settings", False, str(error))
        return
    version = ".".join(map(str, project.django))
    yield Check("settings", True, f"Django {version}, {project.production_module}")


def _describe_state(root: Path) -> str:
    state = state_file.load(root, read_only=True)
    if not state.started:
        return "no task has run yet"
    return f"the next task is {state.position}; evidence for {plural(len(state.evidence), 'item')}"
