"""The version that runs before the next deployment, and the migrations that are new since then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.base.errors import StepError
from wizard.base.git import Git
from wizard.project.project import Project

MIGRATION = re.compile(r"\d\w*\.py")
"""The name of a migration's file. Django accepts others, but writes no others."""


@dataclass(frozen=True)
class PreviousVersion:
    """A commit that Golive takes for the running version.

    Arguments:
        title: how it was found, for evidence.
        deployed: whether this commit is known to be deployed. Otherwise it may have no start command yet.
    """

    commit: str
    title: str
    deployed: bool


def find(git: Git | None, named: str, deployed: str) -> PreviousVersion | None:
    """Return the running version: the commit that the user *named*, the *deployed* one, what is pushed, or HEAD.

    None without a commit.

    Raises:
        StepError: there is no commit of the name that the user gave.
    """
    if git is None:
        if named:
            raise StepError(f"There is no commit {named}", "the project is not in a git repository")
        return None
    if named:
        if commit := git.commit(named):
            return PreviousVersion(commit, f"{named}, {commit[:8]}", deployed=True)
        raise StepError(f"There is no commit {named}", "", "Answer previous_version with a commit, a tag or a branch.")
    if deployed and (commit := git.commit(deployed)):
        return PreviousVersion(commit, f"the deployed commit {commit[:8]}", deployed=True)
    if commit := git.commit("@{upstream}"):
        return PreviousVersion(commit, f"the pushed commit {commit[:8]}", deployed=False)
    if commit := git.commit("HEAD"):
        return PreviousVersion(commit, f"the last commit {commit[:8]}", deployed=False)
    return None


def new_migrations(project: Project, previous: PreviousVersion) -> list[Path]:
    """The project's migrations that *previous* does not have."""
    assert project.git is not None
    known = project.git.files_at(previous.commit)
    return sorted(path for path in project.copy.files() if is_migration(path) and path not in known)


def changed_migrations(project: Project, previous: PreviousVersion) -> list[Path]:
    """The migrations of *previous* that are others now, or gone. Where they have run, they do not run again."""
    assert project.git is not None
    known = sorted(path for path in project.git.files_at(previous.commit) if is_migration(path))
    stored, present = project.git.contents(previous.commit, known), {*project.copy.files()}
    changed = [path for path, content in stored.items() if path not in present or files.read(path) != content]
    return sorted(changed, key=lambda path: path not in present)


def deployed_commit(project: Project) -> str:
    """Return the last commit, if exactly its files are deployed now; else an empty text."""
    if project.git is None or not (head := project.git.head()):
        return ""
    listed = project.copy.files()
    stored = project.git.contents(head, listed)
    same = all(stored.get(path) == files.read(path) for path in listed)
    return head if same and project.git.files_at(head) <= {*listed} else ""


def is_migration(path: Path) -> bool:
    return path.parent.name == "migrations" and bool(MIGRATION.fullmatch(path.name))
