"""Planted faults in the sample projects of this folder: what a visitor meets, and the journey that must be broken.

Rows are in modules named PROJECT_faults.py, in a list FAULTS:

    Planted("a new post is not saved", replace("posts/views.py", "form.save()", "pass"), {"create"}, ["post"])

Paths are relative to the project's top. The project is the folder PROJECT in `projects/`.
"""

from __future__ import annotations

import dataclasses
import importlib
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.fault import Edit

PROJECTS = Path(__file__).parent / "projects"
REQUIREMENTS = PROJECTS / "requirements.txt"
"""What all projects need, with the versions of their own files."""


@dataclass(frozen=True)
class Planted:
    """A fault of one project.

    Arguments:
        edit: plants the fault, in one file.
        kinds: the kinds of journeys of which one must be broken, as in JourneyResult.
        words: texts of which the broken journey must contain one, in any case: its title, subject, reason or requests.
        postgres: the fault does not show on SQLite.
        project: set by `collect`.
    """

    name: str
    edit: Edit
    kinds: Collection[str]
    words: Sequence[str] = ()
    postgres: bool = False
    project: str = ""


def names() -> list[str]:
    """The names of the projects."""
    return sorted(path.name for path in PROJECTS.iterdir() if (path / "README.md").is_file())


def collect() -> list[Planted]:
    """The faults of all projects."""
    found: list[Planted] = []
    for name in names():
        rows: list[Planted] = importlib.import_module(f"tests.journeys.{name}_faults").FAULTS
        found += [dataclasses.replace(row, project=name) for row in rows]
    keys = [(fault.project, fault.name) for fault in found]
    assert len(set(keys)) == len(keys), f"names of faults: {sorted({key for key in keys if keys.count(key) > 1})}"
    return found


def copy(name: str, folder: Path, fault: Planted | None = None) -> Path:
    """Copy the project *name* into the new *folder*, with *fault* planted. Returns the folder of its manage.py."""
    shutil.copytree(PROJECTS / name, folder, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3", "media"))
    if fault is not None:
        fault.edit(folder)
    [manage] = folder.rglob("manage.py")
    return manage.parent
