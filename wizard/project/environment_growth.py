"""Make the environment of a release from one that lacks some of its lines, so that only the new packages are installed.

A task that adds a package adds a line to the dependency file. The other lines have been installed, and their packages
are linked, which takes a moment. If the installation then changes one of them, the result could differ from that of an
empty environment, so it begins again in an empty one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from wizard.base import files
from wizard.project.release_requirements import ReleaseRequirements

RECORD = "lines.json"
"""The file beside an environment with the hashes of its lines. A line may hold the password of a package index."""
OWN = {"bin", "pyvenv.cfg", "lib64"}
"""What an environment has of its own, and a link to its `lib`."""


def record(made: Path, wanted: ReleaseRequirements, *python: str) -> None:
    """Record that the environment in *made* has the lines of *wanted*, for the interpreter with the texts *python*."""
    (made / RECORD).write_text(json.dumps(_hashes(wanted, *python)))


def _hashes(wanted: ReleaseRequirements, *python: str) -> list[list[str]]:
    """The hashes of the lines, and those of what must be the same: the constraints and the interpreter."""
    lines = sorted({place.text for place in wanted.lines})
    return [[_hash(text) for text in each] for each in (lines, [*wanted.constraints, *python])]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def smaller(environments: Iterable[Path], wanted: ReleaseRequirements, *python: str) -> Path | None:
    """The first of *environments* that lacks only packages of *wanted*. Each is a link; the result is its target."""
    lines, same = _hashes(wanted, *python)
    options = {_hash(place.text) for place in wanted.lines if place.text.startswith("-")}  # such as another index
    for environment in environments:
        with suppress(ValueError):  # it is damaged
            found = json.loads(files.read(environment / RECORD) or b"[[], []]")
            if options <= set(found[0]) < set(lines) and found[1] == same:
                return environment.with_name(environment.readlink().name)
    return None


def link_packages(source: Path, target: Path) -> None:
    """Link the packages of the environment in *source* into the new one in *target*, and copy their programs."""
    shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True, ignore=lambda folder, names: OWN & set(names)
                    if Path(folder) == source else (), copy_function=_link)  # fmt: skip
    for program in (source / "bin").iterdir():
        copy = target / "bin" / program.name
        # pip compiles programs, such as django-admin.py, into a folder beside them.
        if program.is_file() and not copy.exists() and not program.is_symlink():
            copy.write_bytes(program.read_bytes().replace(os.fsencode(source), os.fsencode(target)))
            copy.chmod(program.stat().st_mode)


def _link(source: str, target: str) -> None:
    if Path(target).exists():
        return  # the new environment has its own pip
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copy2(source, target)


def versions(environment: Path) -> set[str]:
    """The names of the folders with metadata: each is a package with its version."""
    return {path.name for path in environment.glob("lib*/python*/site-packages/*.dist-info")}
