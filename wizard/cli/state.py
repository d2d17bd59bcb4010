"""Open the state of a project without running its code: no trust, interpreter or loading settings are needed."""

from __future__ import annotations

import argparse
import shlex
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.output import EventPrinter
from wizard.state.location import find

if TYPE_CHECKING:
    from wizard.engine.records import Records


def project_root(options: argparse.Namespace) -> Path:
    """Find the project that --project and --manage name.

    Raises:
        ProjectError: there is none, or there are several.
    """
    folder = Path(options.project)
    if options.manage:
        folder = folder / options.manage
        folder = folder.parent if folder.is_file() else folder
    return find(folder)


def open_records(options: argparse.Namespace) -> AbstractContextManager[Records]:
    """Lock the project and open its state and journal."""
    from wizard.engine.recovery import opened

    return opened(project_root(options), EventPrinter())


def project_options(options: argparse.Namespace) -> str:
    """The options that choose the project, as they are written on the command line; empty for the current folder."""
    given = (("--project", options.project if options.project != "." else None), ("--manage", options.manage))
    return shlex.join(part for name, value in given if value for part in (name, str(value)))
