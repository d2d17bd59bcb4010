"""Blocks of settings appended to the end of the production settings file, where they override earlier values."""

from __future__ import annotations

import ast

from steps.shared import class_settings
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.project import Project


def append(project: Project, draft: Draft, title: str, lines: list[str], why: str, *, only_production: bool) -> None:
    """Append *lines* below a comment *title*. With *only_production* they go into an `if not DEBUG:` block."""
    source = draft.source(project.settings.main, why)
    guarded = only_production and bool(debug := previous_value(project, "DEBUG", "False"))
    body = [("    " + line if line else "") for line in lines] if guarded else lines
    text = "\n".join([f"# {title}", *([f"if not {debug}:"] if guarded else []), *body])
    if project.settings.classes:
        class_settings.append_to_setup(project, source, text)
    elif not _ends_with(source, title, text):
        source.append(f"\n\n{text}\n")


def _ends_with(source: Source, title: str, text: str) -> bool:
    """Whether the file already ends with this block. If it has no effect, a second copy would not have one either."""
    _, found, tail = source.text.replace("\r\n", "\n").rpartition(f"# {title}\n")
    if not found or source.opaque:
        return False
    present, wanted = ast.parse(tail), ast.parse(text)
    return len(present.body) == len(wanted.body) and _assigned(present) == _assigned(wanted)


def _assigned(tree: ast.Module) -> set[str]:
    """Return the names that *tree* assigns to."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def previous_value(project: Project, name: str, empty: str) -> str:
    """Return an expression for the value that the setting *name* has above the block, or "" if it has none.

    A name that is set only in a condition or by an import may be missing, so the expression falls back to *empty*.
    """
    if project.settings.always(name):
        return name
    bound = project.settings.binds(name) or name in project.inspect_settings()["overridden"]
    return f'globals().get("{name}", {empty})' if bound else ""


def append_to_list(project: Project, name: str, *entries: str) -> str:
    """Return a line that adds *entries* (expressions) to the list setting *name*."""
    before = previous_value(project, name, "[]")
    return f"{name} = [{', '.join([*([f'*{before}'] if before else []), *entries])}]"


def root_expression(project: Project, draft: Draft) -> str:
    """Return an expression for the folder of manage.py: BASE_DIR if that is the same folder."""
    if project.base_folder == project.root:
        found = project.settings.definition("BASE_DIR")
        if found and "os." not in found.source.segment(found.value):
            return "BASE_DIR"
        ensure_import(project, draft, "from pathlib import Path")
        return "Path(BASE_DIR)"
    ensure_import(project, draft, "from pathlib import Path")
    depth = len(project.settings.main.relative_to(project.root).parts) - 1
    return f"Path(__file__).resolve().parents[{depth}]"


def ensure_import(project: Project, draft: Draft, statement: str) -> None:
    """Add the import *statement* to the production settings file, if it is missing."""
    draft.source(project.settings.main).add_import(statement)
