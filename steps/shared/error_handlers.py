"""The project's own error handlers: where they are, and the status that they answer with.

Django passes on the response of a handler as it is. A handler that returns `render(…)` without a status sends the page
as a 200, which search engines index and monitors take for a working site.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steps.shared.call_arguments import change_arguments
from steps.shared.view_functions import view_path
from wizard.base import files
from wizard.editing.source import Source
from wizard.plan.actions import Assist
from wizard.plan.draft import Draft
from wizard.project.project import Project

CODES = (400, 403, 404, 500)
STATUS_POSITION = {
    "render": 4, "HttpResponse": 2, "TemplateResponse": 4, "SimpleTemplateResponse": 3, "Response": 1,
    "JsonResponse": None,
}  # fmt: skip
"""Calls that make a response with the parameter `status`, and its position. Source: Django, DRF."""
ITEMS = {404: "2.3", 500: "2.4"}


@dataclass(frozen=True)
class Handler:
    """A handler of the project for the status *code*: its file, its line and its function or class."""

    code: int
    path: Path
    line: int
    name: str


@dataclass(frozen=True)
class WrongStatus:
    """A *call* that makes the response of a handler. *given* is its argument with the status, if there is one."""

    call: ast.Call
    given: ast.expr | None


def find_handlers(project: Project) -> list[Handler]:
    """Return the handlers whose code is in the project."""
    rows = project.inspect_settings().get("handler_views") or {}
    found = []
    for code in CODES:
        row = rows.get(str(code)) or {}
        if row.get("file") and row.get("line"):
            found.append(Handler(code, view_path(project, row["file"]), row["line"], row["name"]))
    return found


def correct_statuses(project: Project, draft: Draft) -> list[Assist]:
    """Add the right status to the responses of the handlers in *draft*. Return what is left to the user."""
    handlers, assists = find_handlers(project), list[Assist]()
    for handler in handlers:
        source = Source.of(handler.path, files.read(handler.path) or b"")
        wrong = list(wrong_statuses(source, handler))
        if not wrong:
            continue
        place = f"{project.display_path(handler.path)}:{handler.line}"
        others = [other.code for other in handlers if other != handler and _same(other, handler)]
        if others:
            why = f"handler{handler.code} must answer {handler.code}, but handler{others[0]} is the same view"
            assists.append(Assist(ITEMS.get(handler.code, "2.3"), f"at {place}", f"status={handler.code}", why))
            continue
        edited = draft.source(handler.path, f"answer {handler.code} from handler{handler.code}")
        for each in wrong:
            _set_status(edited, each, handler.code)
    return assists


def _same(first: Handler, second: Handler) -> bool:
    return (first.path, first.line, first.name) == (second.path, second.line, second.name)


def wrong_statuses(source: Source, handler: Handler) -> Iterator[WrongStatus]:
    """Yield the responses of *handler* without a status, or with another literal status."""
    for body in _functions(source, handler):
        returned = list(_returned(body))
        names = {node.id for node in returned if isinstance(node, ast.Name)}
        if any(_sets_status(node, names) for node in ast.walk(body)):
            continue
        made = [
            node.value
            for node in ast.walk(body)
            if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id in names for to in node.targets)
        ]
        for node in (*returned, *made):
            if isinstance(node, ast.Call) and (name := _name(node.func)) in STATUS_POSITION:
                given = _status_argument(node, STATUS_POSITION[name])
                if given is None or (isinstance(given, ast.Constant) and given.value != handler.code):
                    yield WrongStatus(node, given)


def _functions(source: Source, handler: Handler) -> Iterator[ast.AST]:
    """Yield the function or lambda at the handler's line, or the methods of the class there."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            lines = {node.lineno, *(decorator.lineno for decorator in node.decorator_list)}
            if handler.line in lines and node.name == handler.name:
                yield from (
                    [item for item in node.body if isinstance(item, ast.FunctionDef)]
                    if isinstance(node, ast.ClassDef)
                    else [node]
                )
        elif isinstance(node, ast.Lambda) and handler.name == "<lambda>" and node.lineno == handler.line:
            yield node


def _returned(body: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that the function *body* returns, without those of functions inside it."""
    if isinstance(body, ast.Lambda):
        yield body.body
        return
    waiting = list(ast.iter_child_nodes(body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Return) and node.value is not None:
            value = node.value
            yield from (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,)
        waiting += ast.iter_child_nodes(node)


def _sets_status(node: ast.AST, names: set[str]) -> bool:
    """Whether *node* sets `status_code` of a returned response."""
    return isinstance(node, ast.Assign) and any(
        isinstance(to, ast.Attribute) and to.attr == "status_code" and _name(to.value) in names for to in node.targets
    )


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _status_argument(call: ast.Call, position: int | None) -> ast.expr | None:
    """Return the argument with the status. A call with `**options` may have one, so it counts as given."""
    for keyword in call.keywords:
        if keyword.arg in {"status", None}:
            return keyword.value
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return call.args[-1]
    return call.args[position] if position is not None and len(call.args) > position else None


def _set_status(source: Source, wrong: WrongStatus, code: int) -> None:
    call, given = wrong.call, wrong.given
    if given is not None:
        source.replace(given, str(code))
        return
    change_arguments(source, call, add=f"status={code}")
