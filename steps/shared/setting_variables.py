"""The environment variables that SECRET_KEY and DEBUG are read from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.project import env_readers
from wizard.project.project import Project


def secret_key_variable(project: Project) -> str:
    """The variable the settings read SECRET_KEY from, or DJANGO_SECRET_KEY if they read none."""
    read = (name for value in secret_key_values(project) for name, _, _ in project.settings.reads_in(value))
    entries = (entry_name(value) for value in secret_key_values(project))
    usual = next(filter(None, entries), "DJANGO_SECRET_KEY")
    return next(iter(project.settings.variables("SECRET_KEY")), "") or next(read, usual)


def entry_name(value: ast.expr) -> str:
    """The entry of a dictionary, or the argument of a function, that *value* is read from: `secrets["KEY"]` → KEY."""
    match value:
        case ast.Subscript(slice=ast.Constant(value=str(name))) | ast.Call(args=[ast.Constant(value=str(name)), *_]):
            return name if env_readers.VARIABLE.match(name) else ""
    return ""


def secret_key_values(project: Project) -> Iterator[ast.expr]:
    """The expressions assigned to SECRET_KEY: first at the top level, then inside `if` and `try` blocks."""
    if found := project.settings.definition("SECRET_KEY"):
        yield found.value
    yield from (node.value for _, node in project.settings.conditional("SECRET_KEY"))


def debug_variable(project: Project) -> str:
    """The variable the settings read DEBUG from, or DEBUG if they read none."""
    return next(iter(project.settings.variables("DEBUG")), "DEBUG")
