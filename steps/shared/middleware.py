"""Middleware inserted into or moved in MIDDLEWARE: in the list as written if possible, or with extra settings lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.base.errors import EditError
from wizard.editing import sequences
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.middleware_order import SECURITY, short_name
from wizard.project.project import Project

FRAMES = "django.middleware.clickjacking.XFrameOptionsMiddleware"
NAME = "MIDDLEWARE"


@dataclass(frozen=True)
class Entry:
    """An entry of a literal list or tuple in the settings file at *path*. *call* is a call whose only entry it is."""

    path: Path
    index: int
    list: ast.List | ast.Tuple | None = None
    call: ast.Call | None = None


def enable_protection(project: Project, draft: Draft) -> list[str]:
    """Add Django's security middleware if it is missing, because the security settings have no effect without it.

    Returns the settings lines this needs. Respects silenced checks: such a project has middleware of its own for this.
    """
    chain = [str(name) for name in project.value(NAME) or []]
    messages = project.inspect_settings()["messages"]
    warnings = {message["id"] for message in messages if not message["silenced"]}
    lines = []
    if "security.W001" in warnings:
        lines += insert(project, draft, SECURITY, after="")
    if "security.W002" in warnings:
        lines += insert(project, draft, FRAMES, after=chain[-1] if chain else SECURITY)
    return lines


def insert(project: Project, draft: Draft, name: str, *, after: str) -> list[str]:
    """Insert the middleware *name* right after *after*, or first if *after* is empty.

    Returns the settings lines this needs, none if the list itself could be edited.
    """
    chain = [str(each) for each in project.value(NAME) or []]
    anchor = after if after in chain else ""
    place = _find(project, anchor or next(iter(chain), ""))
    # An entry that is written but not in effect is removed by later settings, which would also remove a second one.
    if place is None or place.list is None or _find(project, name):
        return [f"{NAME} = list({NAME})", insertion(name, anchor)]
    source = draft.source(place.path, f"add {short_name(name)}")
    try:
        sequences.insert(source, place.list, place.index + 1 if anchor else place.index, f'"{name}"')
    except EditError:
        return [f"{NAME} = list({NAME})", insertion(name, anchor)]
    return []


def move(project: Project, draft: Draft, name: str, *, after: str) -> list[str]:
    """Move the middleware *name* right after *after*, or to the first place if *after* is empty.

    Returns the settings lines this needs, none if the list itself could be edited.
    """
    chain = [str(each) for each in project.value(NAME) or []]
    entry, anchor = _find(project, name), _find(project, after or chain[0])
    why = f"move {short_name(name)}"
    if entry and entry.list and anchor and anchor.list is entry.list:
        try:
            source = draft.source(entry.path, why)
            sequences.move(source, entry.list, entry.index, anchor.index + 1 if after else anchor.index)
        except EditError:
            pass  # with a comment that can't be assigned to an entry, the list stays as it is
        else:
            return []
    elif entry and entry.call and anchor and anchor.call is None:
        source = draft.source(entry.path, why)
        source.splice(*source.span(entry.call), insertion(name, after))
        return []
    return [f'{NAME} = [name for name in {NAME} if name != "{name}"]', insertion(name, after)]


def insertion(name: str, after: str) -> str:
    """The line that inserts the middleware *name* right after *after*, or first."""
    return f"{NAME}.insert({f'{NAME}.index({_quoted(after)}) + 1' if after else '0'}, {_quoted(name)})"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _find(project: Project, name: str) -> Entry | None:
    """Find the middleware *name* in a literal list or tuple of the settings, or in a call that adds it alone.

    A later assignment that contains MIDDLEWARE itself extends that list. Any other assignment replaces it.
    """
    scopes: list[tuple[Source, ast.Module | ast.ClassDef]] = list(project.settings.classes)
    for source, scope in scopes or [(each, each.tree) for each in reversed(project.settings.sources)]:
        for statement in reversed(scope.body):
            value = _assigned(statement)
            if isinstance(value, ast.Call) and isinstance(statement, ast.Expr):
                if name in {part.value for part in value.args if isinstance(part, ast.Constant)}:
                    return Entry(source.path, 0, call=value)
                continue
            for node in _lists(value):
                names = [each.value if isinstance(each, ast.Constant) else None for each in node.elts]
                if name in names:
                    return Entry(source.path, names.index(name), node)
            if value is not None and isinstance(statement, ast.Assign | ast.AnnAssign) and not _extends(value):
                return None
    return None


def _assigned(statement: ast.stmt) -> ast.expr | None:
    """The value that *statement* assigns or adds to MIDDLEWARE, or the call that changes it."""
    if isinstance(statement, ast.Expr) and isinstance(call := statement.value, ast.Call):
        changes = isinstance(call.func, ast.Attribute) and call.func.attr in {"append", "insert"}
        return call if changes and _is_middleware(call.func.value) else None  # type: ignore[attr-defined]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and any(map(_is_middleware, targets)):
        return statement.value
    return None


def _is_middleware(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Name) and node.id == NAME


def _extends(value: ast.expr) -> bool:
    """Whether *value* contains the earlier value of MIDDLEWARE, of this module or of a base class."""
    parts = (part.id if isinstance(part, ast.Name) else getattr(part, "attr", "") for part in ast.walk(value))
    return NAME in parts


def _lists(value: ast.expr | None) -> Iterator[ast.List | ast.Tuple]:
    """The literal lists and tuples in a chain of `+`, and behind `*` in one of them."""
    if isinstance(value, ast.List | ast.Tuple):
        yield value
        for each in value.elts:
            if isinstance(each, ast.Starred):
                yield from _lists(each.value)
    elif isinstance(value, ast.BinOp):
        yield from _lists(value.left)
        yield from _lists(value.right)
