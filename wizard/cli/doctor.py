"""Whether Golive has what it needs on this machine and for this project; each finding with its remedy."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from wizard import __version__
from wizard.base.errors import GoliveError, NotTrusted
from wizard.engine.start_options import StartOptions
from wizard.project import trust
from wizard.project.detection import detect, locate
from wizard.state import state_file
from wizard.state.lock import locked


@dataclass(frozen=True)
class Checkup:
    """One thing looked at: good, bad (*needed*), or only missed."""

    name: str
    good: bool
    told: str
    needed: bool = True


def examine(start: StartOptions) -> Iterator[Checkup]:
    """Look at this machine, then at the project; nothing is changed."""
    yield Checkup("golive", True, f"{__version__} on Python {sys.version.split()[0]}")
    yield Checkup("textual", True, metadata.version("textual"))
    terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    told = os.environ.get("TERM", "") if terminal else "none: only `golive --auto` works here"
    yield Checkup("terminal", terminal, told, needed=False)
    for name, needed, use in (
        ("git", True, "secrets in history are looked for, and the dependency file is committed"),
        ("psql", False, "a new database password is applied with it (task 1)"),
        ("railway", False, "the deployment needs it (from task 11 on)"),
    ):
        path = shutil.which(name)
        yield Checkup(name, bool(path), path or f"not on PATH: {use}", needed)
    yield from _of_project(start)


def _of_project(start: StartOptions) -> Iterator[Checkup]:
    try:
        place = locate(start.folder, start.manage)
    except GoliveError as error:
        yield Checkup("project", False, str(error))
        return
    yield Checkup("project", True, str(place.root))
    try:
        yield Checkup("state", True, _state(place.root))
    except GoliveError as error:
        yield Checkup("state", False, str(error))
        return
    told: list[str] = []
    try:
        trust.require(place, start.python, told.append)
    except NotTrusted as error:
        yield Checkup("trust", False, str(error))
        return
    yield Checkup("trust", True, told[0] if told else "you trust its code")
    try:
        found = detect(
            start.folder, manage=start.manage, python=start.python, settings_module=start.settings, reading=True
        )
    except GoliveError as error:
        yield Checkup("detection", False, str(error))
        return
    try:
        yield Checkup("interpreter", True, f"{found.python.path} ({found.python.how})")
        writable = [path for path in (found.root, found.settings.main) if not os.access(path, os.W_OK)]
        yield Checkup("writable", not writable, f"{writable[0]} is read-only" if writable else "files can be changed")
        with locked(found.root, reading=True), closing(found):
            found.inspect_settings()
    except GoliveError as error:
        yield Checkup("loads", False, str(error))
    else:
        yield Checkup("loads", True, f"Django {'.'.join(map(str, found.django))}, settings {found.production_module}")


def _state(root: Path) -> str:
    now = state_file.load(root, read_only=True)
    return f"task {now.position} is next, {len(now.evidence)} items looked at" if now.started else "nothing begun yet"
