"""Commits of single files: Golive commits only its own changes, and otherwise asks the user to commit."""

from __future__ import annotations

import shlex
from pathlib import Path

from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.plan.actions import Action, Assist, CommitFiles
from wizard.project.project import Project


def is_uncommitted(project: Project, path: Path) -> bool:
    """Whether *path* differs from the last commit, or is not in it."""
    return project.git is None or project.git.at_head(path) != files.read(path)


def plan_commit(project: Project, answers: Answers, item: str, paths: tuple[Path, ...], message: str) -> Action:
    """Return the action that commits *paths*, or one that asks the user to do it and leaves *item* open."""
    names = shlex.join(path.name for path in paths)
    git, snippet = project.git, f"git add -- {names} && git commit -m {shlex.quote(message)}"
    if git is None:
        return Assist(item, "in a terminal", f"git init && {snippet}", "the project is not in a git repository")
    if answers.get("commit") == "no":
        return Assist(item, "in a terminal", snippet, "you chose not to commit")
    if not git.has_identity():
        identity = 'git config user.email "you@example.com"'
        return Assist(item, "in a terminal", identity, "git has no name and email address to commit with")
    for path in paths:
        head, original = git.at_head(path), project.original(path)
        if original is not None and head not in {original, files.read(path)}:
            why = f"{path.name} also has uncommitted changes of your own"
            return Assist(item, "in a terminal", snippet, why)
    return CommitFiles(paths, message, git.programs_run_by_commit(paths))
