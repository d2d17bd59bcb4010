"""Middleware inserted into MIDDLEWARE: in the list as written if possible, or with extra settings lines."""

from __future__ import annotations

import ast
from pathlib import Path

from wizard.editing.syntax import assignments
from wizard.plan.draft import Draft
from wizard.project.project import Project

SECURITY = "django.middleware.security.SecurityMiddleware"
FRAMES = "django.middleware.clickjacking.XFrameOptionsMiddleware"


def enable_protection(project: Project, draft: Draft) -> list[str]:
    """Add Django's security middleware if it is missing, because the security settings have no effect without it.

    Returns the settings lines this needs. Respects silenced checks: such a project has middleware of its own for this.
    """
    chain = [str(name) for name in project.value("MIDDLEWARE") or []]
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
    if _find_entry(project, name):
        return []  # it is listed and has no effect, so a second entry would have none either
    found = _find_entry(project, after)
    if found is None:
        index = f'MIDDLEWARE.index("{after}") + 1' if after in project.value("MIDDLEWARE") else "0"
        return ["MIDDLEWARE = list(MIDDLEWARE)", f'MIDDLEWARE.insert({index}, "{name}")']
    path, anchor = found
    source = draft.source(path, f"add {name.rpartition('.')[2]}")
    start, end = source.span(anchor)
    quoted = f"{source.text[start]}{name}{source.text[start]}"
    before = source.text[source.line_start(anchor.lineno) : start]
    glue = f",\n{before}" if not before.strip() else ", "
    if after:
        source.splice(end, end, glue + quoted)
    else:
        source.splice(start, start, quoted + glue)
    return []


def _find_entry(project: Project, after: str) -> tuple[Path, ast.Constant] | None:
    """Find the entry *after* (the first entry if that is empty) in a literal MIDDLEWARE list.

    A later assignment that contains MIDDLEWARE itself extends that list. Any other assignment replaces it.
    """
    for source in reversed(project.settings.sources):
        for node in reversed(assignments(source.tree, "MIDDLEWARE")):
            entries = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else []
            names = [entry for entry in entries if isinstance(entry, ast.Constant)]
            if found := next((name for name in names if after in {name.value, ""}), None):
                return source.path, found
            parts = ast.walk(node.value or node)
            if not any(isinstance(part, ast.Name) and part.id == "MIDDLEWARE" for part in parts):
                return None
    return None
