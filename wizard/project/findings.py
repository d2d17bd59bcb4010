"""Findings about the project as a whole, for the welcome screen and the start of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wizard.base import files
from wizard.plan.actions import Finding
from wizard.project.project import Project
from wizard.project.settings_candidates import explanation

CLASSES = ("EMAIL_BACKEND", "SESSION_ENGINE", "MESSAGE_STORAGE", "CSRF_FAILURE_VIEW", "DEFAULT_FILE_STORAGE")
"""Settings that name a class or a module. Django imports it when it is used, and fails there if the value is None."""

DATABASES = ("*.sqlite3", "*.sqlite")
"""How Django's documentation and its projects call the file of a database."""


def project_findings(project: Project) -> list[Finding]:
    """The findings of detection about *project*. Warnings come last."""
    return [*_facts(project), *_warnings(project)]


def _facts(project: Project) -> Iterator[Finding]:
    versions = project.interpreter.start()
    dependencies, settings = project.dependencies, project.settings
    reader = "pydantic-settings" if settings.fields else settings.environment.kind
    yield Finding(f"Django {versions['django']} on Python {versions['python']} ({project.python.how})")
    yield Finding(f"production settings: {project.production_module}", settings.main)
    missing = "" if dependencies.exists else " (will be created)"
    yield Finding(f"dependencies: {project.display_path(dependencies.path)}{missing}")
    yield Finding(f"environment: {reader}, .env is {'read' if project.reads_env_file else 'not read'}")
    yield Finding(f"git: {project.git.top}" if project.git else "git: no repository", warning=project.git is None)


def _warnings(project: Project) -> Iterator[Finding]:
    if explained := explanation(project.manage, project.top, project.settings_module):
        yield Finding(explained, project.manage, warning=True)
    if project.placeholders:
        names = ", ".join(sorted(project.placeholders))
        yield Finding(f"the settings need these variables, and production must set them: {names}", warning=True)
    yield from (Finding(text, warning=True) for text in _empty_classes(project))
    yield from (Finding(reason, warning=True) for reason in project.extra_files.values())
    for name, path in _paths_outside(project):
        yield Finding(
            f"{name} is {path}, outside of the project: Golive creates nothing there, but the site may write to it",
            warning=True,
        )
    for path, reason in project.copy.left_out.items():
        yield Finding(f"{project.display_path(path)} {reason}", warning=True)
    for folder in project.git.environments() if project.git else []:
        name = project.display_path(folder)
        yield Finding(
            f"{name}/ is a virtual environment in git: run `git rm -r --cached {name}` and add it to .gitignore",
            warning=True,
        )
    for path in sorted(project.git.tracked(*DATABASES)) if project.git else []:
        name = project.display_path(path)
        yield Finding(
            f"{name} is a database in git, with its accounts and sessions: run `git rm --cached {name}` and add "
            "it to .gitignore. Earlier commits keep it",
            warning=True,
        )


def _empty_classes(project: Project) -> Iterator[str]:
    """Settings that must name a class, and are None in production: the variable that they read has no value there."""
    for name in CLASSES:
        if name in project.values and project.values[name] is None:
            where = project.origin(name) or name
            yield f"{where}: {name} is None in production. Set the variable that it reads, or give it a default"


def _paths_outside(project: Project) -> Iterator[tuple[str, Path]]:
    """Settings that name a path outside of the repository, and that path."""
    handlers = (project.value("LOGGING") or {}).get("handlers") or {}
    logs = [("LOGGING", handler.get("filename")) for handler in handlers.values() if isinstance(handler, dict)]
    for name, value in [("MEDIA_ROOT", project.value("MEDIA_ROOT")), *logs]:
        path = Path(str(value)) if value else None
        if path and path.is_absolute() and not (project.own(path) or files.inside(path, project.top)):
            yield name, path
