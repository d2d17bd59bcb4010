"""Migrations that production would lack: never made, or ignored by git. Without them its tables are never created."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.editing.text import line_end
from wizard.plan.draft import Draft
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.scratch_database import UnmigratedApp

NUMBERED = re.compile(r"\d{4}_\w+\.py")
FAKED = "If your own database has these tables already, run `python manage.py migrate --fake-initial` on it."


@dataclass(frozen=True)
class IgnoreRule:
    """The line of an ignore file that makes git ignore a path. *file* may be the user's own, outside of the project."""

    file: Path
    line: int
    pattern: str


def find_unmigrated(sandbox: Sandbox) -> tuple[UnmigratedApp, ...]:
    """Return the project's apps that have models and, in the files to deploy, no migrations."""
    sandbox.scratch.settings()
    return sandbox.scratch.unmigrated


def add_migrations(project: Project, sandbox: Sandbox, draft: Draft) -> list[str]:
    """Add the missing migrations to *draft*, and let git keep them. Return remarks for the plan."""
    remarks, labels = [], []
    for app in find_unmigrated(sandbox):
        folder = Path(os.path.normpath(project.root / app.folder))
        if rule := find_ignore_rule(project, folder / "0001_initial.py"):
            remarks.append(_keep(project, draft, app, folder, rule))
        if not _has_files(folder):
            labels.append(app.label)
        elif not rule and not (folder / "__init__.py").exists():
            draft.put(folder / "__init__.py", b"", f"without it Django does not see the migrations of {app.label}")
    if labels:
        remarks += _make(project, sandbox, draft, labels)
    return remarks


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(NUMBERED.fullmatch(path.name) for path in folder.iterdir())


def _make(project: Project, sandbox: Sandbox, draft: Draft, labels: list[str]) -> list[str]:
    """Add the files that `makemigrations` writes for the apps in *labels*."""
    answer = project.ask("make_migrations", overrides=sandbox.scratch.settings(), labels=labels)
    if error := AgentError.of(answer):
        return [f"Run `python manage.py makemigrations {' '.join(labels)}`. Golive could not: {error.brief(200)}"]
    for name, text in answer["files"].items():
        path = Path(os.path.normpath(project.root / name))
        if files.read(path) is None:
            draft.put(path, text.encode(), f"`makemigrations {' '.join(labels)}`: the models have no migrations")
    return [FAKED]


def find_ignore_rule(project: Project, path: Path) -> IgnoreRule | None:
    """Return the rule by which git ignores *path*, or None."""
    if not project.git:
        return None
    asked = os.path.relpath(path, project.git.top)
    answer = project.git.run("check-ignore", "--no-index", "-v", "-z", "--stdin", stdin=asked)
    fields = answer.stdout.split("\0")
    if answer.returncode or len(fields) < 4 or not fields[1].isdecimal() or fields[2].startswith("!"):
        return None
    return IgnoreRule(project.git.top / fields[0], int(fields[1]), fields[2])


def _keep(project: Project, draft: Draft, app: UnmigratedApp, folder: Path, rule: IgnoreRule) -> str:
    """Remove *rule* if it is about migrations, or add an exception to it. Return a remark that names it."""
    inside = files.inside(rule.file, project.top) and ".git" not in rule.file.parts
    place = f"{project.display_path(rule.file) if inside else rule.file}:{rule.line}"
    why = f"deploy the migrations of {app.label}, which `{rule.pattern}` leaves out"
    if inside and re.search(r"migration|^\W*00", rule.pattern):
        lines = draft.content(rule.file).splitlines(keepends=True)
        lines = [line for line in lines if line.strip().decode("utf-8", "replace") != rule.pattern]
        draft.put(rule.file, b"".join(lines), why)
        return f"{place}: git ignores the migrations of {app.label} by `{rule.pattern}`, so production would have none."
    ignore = project.top / ".gitignore"
    content = draft.content(ignore)
    text = content.decode("utf-8", "replace")
    newline = line_end(text)
    relative = folder.relative_to(project.top).as_posix()
    glue = newline if text and not text.endswith("\n") else ""
    added = "".join(f"{line}{newline}" for line in (f"!/{relative}/", f"!/{relative}/*.py"))
    draft.put(ignore, content + f"{glue}{added}".encode(), why)
    return f"{place}: git ignores the migrations of {app.label} by `{rule.pattern}`, so .gitignore gets an exception."
