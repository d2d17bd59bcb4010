"""Persistent database connections, which an ASGI server must not have.

Under ASGI each request may run in another thread, and a connection that is kept belongs to the thread that opened it.
Connections then run out. Source: Django's documentation of databases, "Persistent connections"; measured with Uvicorn.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project import asgi
from wizard.project.project import Project
from wizard.project.start_sources import find


def under_asgi(project: Project) -> bool:
    """Whether an ASGI server runs the project, or will after task 16."""
    return asgi.serves_asgi(project, find(project.root, project.top).at_start())


def kept_connections(project: Project) -> list[tuple[Source, ast.expr]]:
    """Where the project's settings keep connections, as the number of seconds."""
    return [
        (source, value)
        for source in project.settings.sources
        for value in sorted(_ages(source), key=lambda value: value.lineno)
    ]


def close_each(project: Project, draft: Draft) -> None:
    """Under an ASGI server, let each request close its connection."""
    if under_asgi(project):
        for source, value in kept_connections(project):
            draft.source(source.path, "under ASGI, close each connection after its request").replace(value, "0")


def _ages(source: Source) -> Iterator[ast.expr]:
    for node in source.nodes:
        match node:
            case ast.Call(keywords=keywords):
                for keyword in keywords:
                    if keyword.arg == "conn_max_age":
                        yield from _positive(keyword.value)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "CONN_MAX_AGE":
                        yield from _positive(value)
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="CONN_MAX_AGE"))], value=value):
                yield from _positive(value)


def _positive(value: ast.expr) -> Iterator[ast.expr]:
    """*value* if it keeps a connection, or the default of the variable that it is read from."""
    match value:
        case ast.Constant(value=None):
            yield value
        case ast.Constant(value=int() | float() as seconds) if seconds > 0:
            yield value
        case ast.Call(args=args, keywords=keywords):
            defaults = [keyword.value for keyword in keywords if keyword.arg == "default"]
            for default in defaults or args[1:2] or [arg for arg in args if isinstance(arg, ast.Call)]:
                yield from _positive(default)


def fault(project: Project) -> str:
    """Where the settings keep connections under an ASGI server. Empty if they don't."""
    if not under_asgi(project) or not (kept := kept_connections(project)):
        return ""
    source, value = kept[0]
    return f"{project.display_path(source.path)}:{value.lineno}: expected 0 under an ASGI server"
