"""Correct the settings module that manage.py, wsgi.py and their like name, where it does not exist."""

from __future__ import annotations

import ast
from pathlib import Path

from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.project.settings_candidates import is_usable
from wizard.project.settings_lookup import settings_named_in, settings_names

SERVERS = ("wsgi.py", "asgi.py", "celery.py")
"""Modules that start a process of production and name its settings."""


def correct_names(project: Project, draft: Draft) -> None:
    """Replace each name of a settings module that does not exist by that of the module in use."""
    _correct(project, draft, project.manage, project.settings_module)
    for name in SERVERS:
        for path in sorted(
            {*project.root.glob(name), *project.root.glob(f"*/{name}"), *project.root.glob(f"*/*/{name}")}
        ):
            if path in project.copy.known():
                _correct(project, draft, path, project.production_module)


def _correct(project: Project, draft: Draft, path: Path, module: str) -> None:
    named = settings_named_in(path)
    if not named or named == module or is_usable(project.root, named):
        return
    source = draft.source(path, f"name the settings module that exists: {module}")
    for node in settings_names(source.tree):
        if isinstance(node, ast.Constant) and node.value == named:
            quote = source.text[source.span(node)[0]]
            source.splice(*source.span(node), f"{quote}{module}{quote}")
