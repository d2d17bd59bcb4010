"""The project's own Python modules, without its tests and migrations."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from wizard.base import files
from wizard.editing.syntax import parsed_bytes
from wizard.project.project import Project

NOT_OURS = {"tests", "test", "migrations"}


def modules(project: Project, *hints: bytes) -> Iterator[tuple[Path, ast.Module]]:
    """The project's own modules that contain one of *hints*."""
    for path in project.copy.files():
        if path.suffix != ".py" or NOT_OURS & set(path.parts) or path.name.startswith(("test_", "tests")):
            continue
        content = files.read(path) or b""
        if any(hint in content for hint in hints):
            try:
                yield path, parsed_bytes(content)
            except (SyntaxError, ValueError):
                continue
