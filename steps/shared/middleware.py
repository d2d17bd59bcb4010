"""Middleware put in its place: into the list as it is written where that can be done, by settings lines otherwise."""

from __future__ import annotations

import ast
from pathlib import Path

from wizard.editing.source import assignments
from wizard.plan.draft import Draft
from wizard.project.project import Project

SECURITY = "django.middleware.security.SecurityMiddleware"
FRAMES = "django.middleware.clickjacking.XFrameOptionsMiddleware"


def enable_protection(project: Project, draft: Draft) -> list[str]:
    """See that Django's own two protections run: without them the security settings have no effect at all.

    A project that silenced the check has its reasons: one of its own does their work.
    """
    chain = [str(each) for each in project.value("MIDDLEWARE") or []]
    missed = {each["id"] for each in project.inspect_settings()["messages"] if not each["silenced"]}
    lines = []
    if "security.W001" in missed:
        lines += insert(project, draft, SECURITY, after="")
    if "security.W002" in missed:
        lines += insert(project, draft, FRAMES, after=chain[-1] if chain else SECURITY)
    return lines


def insert(project: Project, draft: Draft, name: str, *, after: str) -> list[str]:
    """Put *name* right behind the middleware *after*, first when that is empty; returns the settings lines it needs."""
    found = _written_out(project, after)
    if found is None:
        here = f'MIDDLEWARE.index("{after}") + 1' if after in project.value("MIDDLEWARE") else "0"
        return ["MIDDLEWARE = list(MIDDLEWARE)", f'MIDDLEWARE.insert({here}, "{name}")']
    path, anchor = found
    source = draft.source(path, f"{name.rpartition('.')[2]} in its place")
    start, end = source.span(anchor)
    quoted = f"{source.text[start]}{name}{source.text[start]}"
    before = source.text[source.line_start(anchor.lineno) : start]
    glue = f",\n{before}" if not before.strip() else ", "
    if after:
        source.splice(end, end, glue + quoted)
    else:
        source.splice(start, start, quoted + glue)
    return []


def _written_out(project: Project, after: str) -> tuple[Path, ast.Constant] | None:
    """Where the middleware *after* (the first one when that is empty) stands in a list that is written out.

    Later lines that add to the list by its name leave it standing; a new list takes its place.
    """
    for source in reversed(project.settings.sources):
        for node in reversed(assignments(source.tree, "MIDDLEWARE")):
            entries = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else []
            names = [each for each in entries if isinstance(each, ast.Constant)]
            if found := next((each for each in names if after in {each.value, ""}), None):
                return source.path, found
            if not any(isinstance(each, ast.Name) and each.id == "MIDDLEWARE" for each in ast.walk(node.value or node)):
                return None
    return None
