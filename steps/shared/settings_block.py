"""Blocks of settings appended where they win: at the end of the production settings file."""

from __future__ import annotations

import ast

from steps.shared import class_settings
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.project import Project


def append(project: Project, draft: Draft, title: str, lines: list[str], why: str, *, only_production: bool) -> None:
    """Append *lines* under a comment *title*; *only_production* puts them below `if not DEBUG:`."""
    source = draft.source(project.settings.main, why)
    guarded = only_production and bool(debug := previous_value(project, "DEBUG", "False"))
    body = [("    " + line if line else "") for line in lines] if guarded else lines
    text = "\n".join([f"# {title}", *([f"if not {debug}:"] if guarded else []), *body])
    if project.settings.classes:
        class_settings.append_to_setup(project, source, text)
    elif not _ends_with(source, title, text):
        source.append(f"\n\n{text}\n")


def _ends_with(source: Source, title: str, text: str) -> bool:
    """Whether the file ends with this block already: where that has no effect, a second one would have none either."""
    _, found, tail = source.text.replace("\r\n", "\n").rpartition(f"# {title}\n")
    if not found or source.opaque:
        return False
    there, wanted = ast.parse(tail), ast.parse(text)
    return len(there.body) == len(wanted.body) and _assigned(there) == _assigned(wanted)


def _assigned(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def previous_value(project: Project, name: str, empty: str) -> str:
    """The value a setting has above the block, as an expression; "" where nothing of the project gives it one.

    A name that only some condition or import binds may be missing, on this machine or in production.
    """
    if project.settings.always(name):
        return name
    bound = project.settings.binds(name) or name in project.inspect_settings()["overridden"]
    return f'globals().get("{name}", {empty})' if bound else ""


def append_to_list(project: Project, name: str, *entries: str) -> str:
    """A line that adds *entries*, expressions, to a list setting."""
    before = previous_value(project, name, "[]")
    return f"{name} = [{', '.join([*([f'*{before}'] if before else []), *entries])}]"


def root_expression(project: Project, draft: Draft) -> str:
    """The folder of manage.py, as an expression in the production settings: BASE_DIR where that is the same."""
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
    """See that the production settings file itself imports what its blocks use."""
    draft.source(project.settings.main).add_import(statement)
