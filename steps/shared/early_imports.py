"""Imports in an asgi.py or wsgi.py that need Django, above the line that sets it up.

A consumer imports models. `runserver` has set up Django before it loads asgi.py, so nobody notices there. A server
loads asgi.py first: no settings are chosen yet, or no apps are loaded, and it never starts.
Source: Channels' documentation, which imports consumers below `get_asgi_application()`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steps.shared.start_commands import Wanted
from wizard.base import files
from wizard.editing.source import Source
from wizard.editing.syntax import parsed_bytes
from wizard.plan.actions import WriteFile
from wizard.plan.draft import Draft
from wizard.project import served_settings
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.project.settings_lookup import module_file
from wizard.project.start_sources import StartSource

SETS_UP = re.compile(r"(?:.*\.)?get_(?:asgi|wsgi|default)_application|django\.setup")
"""Functions that set up Django."""
HARMLESS = re.compile(
    rf"(?:{'|'.join(sorted(sys.stdlib_module_names))}|django\.(?:core|conf|urls)|channels|dotenv|whitenoise)(?:\.|$)"
)
"""Modules that can be imported before Django is set up."""
NOT_SET_UP = re.compile(r"AppRegistryNotReady|ImproperlyConfigured.*settings are not configured", re.DOTALL)
NAME = "django_application"
WHY = "import what needs models after Django is set up"
Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class EarlyImport:
    """The statement at *line* of the file at *path* raised *error*, because Django was not set up."""

    path: Path
    line: int
    error: str

    def place(self, project: Project) -> str:
        return f"{project.display_path(self.path)}:{self.line}"

    def fault(self, project: Project) -> str:
        """The fault as text, with what to do."""
        return (
            f"{self.place(project)} imports what needs Django before Django is set up: {self.error}. "
            "Move it below get_asgi_application()"
        )


def find(project: Project, source: StartSource, wanted: Wanted) -> EarlyImport | None:
    """The first import of the served module that fails because Django is not set up yet. None if none does."""
    path = module_file(project.root, wanted.application.partition(":")[0])
    if path is None or not any(_may_need_django(node) for node in _above_set_up(path)):
        return None
    error = AgentError.of(served_settings.imported(project, path, source))
    if error is None or not NOT_SET_UP.search(str(error)):
        return None
    line = next((line for file, line in error.frames if project.root / file == path), 0)
    return EarlyImport(path, line, error.brief(100)) if line else None


def _above_set_up(path: Path) -> list[ast.stmt]:
    """The statements of the module at *path* above the one that sets up Django."""
    try:
        body = parsed_bytes(files.read(path) or b"").body
    except (SyntaxError, ValueError):
        return []
    number = next((number for number, node in enumerate(body) if _set_up_call(node)), len(body))
    return body[:number]


def _set_up_call(node: ast.stmt) -> ast.Call | None:
    """The call in *node* that sets up Django, if it runs with the module."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and SETS_UP.fullmatch(ast.unparse(each.func)):
            return each
    return None


def _may_need_django(node: ast.stmt) -> bool:
    """Whether *node* imports anything that may load models or read settings."""
    if isinstance(node, ast.ImportFrom):
        names = ["." if node.level else node.module or ""]
    else:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return any(not HARMLESS.match(name) and name != "django" for name in names)


def edits(project: Project, found: EarlyImport) -> Iterator[WriteFile]:
    """Move the import of *found*, and those of the project's own modules below it, behind the line that sets up Django.

    Nothing is moved if a name that it binds is used in between, or if no line at the top level sets up Django.
    """
    draft = Draft()
    source = draft.source(found.path, WHY)
    body = source.tree.body
    last = next((number for number, node in enumerate(body) if _set_up_call(node)), None)
    first = next((number for number, node in enumerate(body) if node.lineno <= found.line <= (node.end_lineno or 0)), 0)
    if last is None or not first < last:
        return
    between = body[first:last]
    moved = [
        node
        for node in between
        if isinstance(node, Import) and (node is body[first] or _is_own(project, node)) and _has_own_lines(source, node)
    ]
    used = {each.id for node in between for each in ast.walk(node) if isinstance(each, ast.Name)}
    moved = [node for node in moved if not used & {(each.asname or each.name).split(".")[0] for each in node.names}]
    if body[first] in moved and NAME not in source.bound:
        _move(source, moved, body[last])
        yield from draft.actions()


def _is_own(project: Project, node: Import) -> bool:
    """Whether *node* imports a module of the project."""
    if isinstance(node, ast.ImportFrom):
        return bool(node.level) or module_file(project.root, node.module or "") is not None
    return all(module_file(project.root, alias.name) for alias in node.names)


def _has_own_lines(source: Source, node: ast.stmt) -> bool:
    """Whether *node* shares its lines with comments only."""
    start, end = source.span(node)
    before = source.text[source.line_start(node.lineno) : start]
    behind = source.text[end : source.line_end(end)].strip()
    return not before and (not behind or behind.startswith("#"))


def _move(source: Source, moved: list[Import], setting_up: ast.stmt) -> None:
    lines = ""
    for node in moved:
        start, end = source.line_start(node.lineno), source.line_end(source.span(node)[1])
        text = source.text[start:end].rstrip("\r\n")
        lines += text + ("\n" if "\n" in text or "#" in text else "  # noqa: E402\n")
        if source.text[end:].startswith(("\n", "\r\n")):  # its own paragraph, with the empty lines above
            start = len(source.text[:start].rstrip("\r\n"))
            start = source.line_end(start) if start else 0
        source.splice(start, end, "")
    call = _set_up_call(setting_up)
    assert call is not None
    plain = isinstance(setting_up, ast.Expr) or (
        isinstance(setting_up, ast.Assign) and setting_up.value is call and isinstance(setting_up.targets[0], ast.Name)
    )
    if plain:
        source.insert_after(setting_up, f"\n{lines}")
        return
    source.insert_before(setting_up, f"{NAME} = {source.segment(call)}\n\n{lines}\n")
    source.splice(*source.span(call), NAME)
