"""The environment variables that SECRET_KEY and DEBUG are read from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.project import env_readers
from wizard.project.project import Project


def secret_key_variable(project: Project) -> str:
    """The variable the settings read SECRET_KEY from, or DJANGO_SECRET_KEY if they read none."""
    read = (name for value in secret_key_values(project) for name, _, _ in env_readers.reads(value))
    return next(iter(project.settings.variables("SECRET_KEY")), "") or next(read, "DJANGO_SECRET_KEY")


def secret_key_values(project: Project) -> Iterator[ast.expr]:
    """The expressions assigned to SECRET_KEY: first at the top level, then inside `if` and `try` blocks."""
    if found := project.settings.definition("SECRET_KEY"):
        yield found.value
    yield from (node.value for _, node in project.settings.conditional("SECRET_KEY"))


def debug_variable(project: Project) -> str:
    """The variable the settings read DEBUG from, or DEBUG if they read none."""
    return next(iter(project.settings.variables("DEBUG")), "DEBUG")
