"""Commits of single files: only what Golive changed, and why it is left to the person where it must not."""

from __future__ import annotations

from pathlib import Path

from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.plan.actions import Action, Assist, CommitFiles
from wizard.project.project import Project


def is_uncommitted(project: Project, path: Path) -> bool:
    """Whether the last commit holds something else, or nothing, of *path*."""
    return project.git is None or project.git.at_head(path) != files.read(path)


def plan_commit(project: Project, answers: Answers, item: str, paths: tuple[Path, ...], message: str) -> Action:
    """The commit of *paths*, or why Golive doesn't make it; *item* is what then waits."""
    git, snippet = project.git, f"git add {' '.join(path.name for path in paths)} && git commit -m '{message}'"
    if git is None:
        return Assist(item, "in a terminal", f"git init && {snippet}", "the project is in no git repository")
    if answers.get("commit") == "no":
        return Assist(item, "in a terminal", snippet, "you asked for no commit")
    if not git.has_identity():
        identity = 'git config user.email "you@example.com"'
        return Assist(item, "in a terminal", identity, "git knows no name and e-mail to commit with")
    for path in paths:
        head, original = git.at_head(path), project.original(path)
        if original is not None and head not in {original, files.read(path)}:
            why = f"{path.name} also holds changes of your own that are not committed"
            return Assist(item, "in a terminal", snippet, why)
    return CommitFiles(paths, message, git.run_by_a_commit(paths))
