"""Blocks of settings appended to the end of the production settings file, where they override earlier values."""

from __future__ import annotations

import ast

from steps.shared import class_settings, inheriting_settings
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.project import Project


def append(project: Project, draft: Draft, title: str, lines: list[str], why: str, *, only_production: bool) -> None:
    """Append *lines* below a comment *title*. With *only_production* they have no effect in development.

    Does nothing if the file has the block already: if it is not in effect, a second copy would not be either.
    """
    source = draft.source(project.settings.main, why)
    condition = _in_production(project, draft) if only_production else ""
    body = [("    " + line if line else "") for line in lines] if condition else lines
    text = "\n".join([f"# {title}", *([f"if {condition}:"] if condition else []), *body])
    if project.settings.classes:
        if not class_settings.has_in_setup(project, title, _assigned(ast.parse(text))):
            class_settings.append_to_setup(project, source, text)
    elif not _has_block(source, title, text):
        source.append(f"\n\n{text}\n")


def in_development(project: Project, draft: Draft) -> str:
    """An expression that is true in development: DEBUG, or the name of a settings module that imports this file.

    Empty if nothing tells development from production.
    """
    return " or ".join(_conditions(project, draft, "", "==", "in"))


def _in_production(project: Project, draft: Draft) -> str:
    """The opposite of `in_development`."""
    return " and ".join(_conditions(project, draft, "not ", "!=", "not in"))


def _conditions(project: Project, draft: Draft, debug_is: str, module_is: str, module_in: str) -> list[str]:
    debug, modules = previous_value(project, "DEBUG", "False"), inheriting_settings.find(project)
    parts = [f"{debug_is}{debug}"] if debug else []
    if modules:
        ensure_import(project, draft, "import os")
        names = ", ".join(f'"{name}"' for name in modules)
        test = f"{module_is} {names}" if len(modules) == 1 else f"{module_in} ({names})"
        parts.append(f'os.getenv("DJANGO_SETTINGS_MODULE") {test}')
    return parts


GAP = 3
"""The distance in lines from a statement to the next block, which begins after two empty lines."""


def _has_block(source: Source, title: str, text: str) -> bool:
    """Whether the file has this block, and nothing below the block replaces a setting of it."""
    _, found, tail = source.text.replace("\r\n", "\n").rpartition(f"# {title}\n")
    if not found or source.opaque:
        return False
    below, wanted = ast.parse(tail).body, _assigned(ast.parse(text))
    count = 1
    while count < len(below) and below[count].lineno - (below[count - 1].end_lineno or 0) < GAP:
        count += 1
    present, later = ast.Module(below[:count], []), below[count:]
    return wanted <= _assigned(present) and not any(_replaces(node, name) for node in later for name in wanted)


def _replaces(node: ast.stmt, name: str) -> bool:
    """Whether a statement gives the setting *name* a value that does not contain its previous one."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    return name in _assigned(ast.Module([node], [])) and name not in {
        each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)
    }


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
