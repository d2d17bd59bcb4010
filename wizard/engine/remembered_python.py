"""The interpreter that an earlier run was given with --python, so that later commands need not repeat it."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.base.errors import StateError
from wizard.state import state_file
from wizard.state.state_file import Facts

NAME = "python"
"""The fact's name."""


def remembered_python(root: Path) -> str | None:
    """The interpreter of the project at *root* that was remembered; None if there is none, or if it is gone."""
    try:
        fact = state_file.load(root, read_only=True).facts.get(NAME)
    except StateError:  # reported when the state is opened
        return None
    path = root / fact if fact else None
    return str(path) if path and path.is_file() and os.access(path, os.X_OK) else None


def remember_python(facts: Facts, root: Path, python: Path) -> None:
    """Remember *python*, relative to *root* if it is inside, so that the project can be moved."""
    facts.put(NAME, str(python.relative_to(root) if python.is_relative_to(root) else python))
