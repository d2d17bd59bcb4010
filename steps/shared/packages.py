"""Packages a step needs: installed where they are missing, and written down in the project's dependency file."""

from __future__ import annotations

from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from steps.shared.commits import is_uncommitted, plan_commit
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.plan.actions import Action, InstallPackages, RecordRequirements, RunCommand
from wizard.project.project import Project


def installed_versions(project: Project) -> dict[str, str]:
    """Normalised names and versions in the project's environment."""
    return {str(canonicalize_name(name)): str(version) for name, version in project.installed()["versions"].items()}


def is_older(project: Project, name: str, than: str) -> bool:
    """Whether the installed *name* is of a version before *than*; what is not there, or tells no version, is none."""
    try:
        return Version(installed_versions(project).get(name, than)) < Version(than)
    except InvalidVersion:
        return False


def top_level_packages(project: Project) -> list[str]:
    """Packages that no other one needs: what somebody asked for."""
    return list(project.installed()["top"])


def add_packages(project: Project, wanted: tuple[str, ...], why: str, answers: Answers | None = None) -> list[Action]:
    """Install those of *wanted* (PEP 508) that are missing, and record those that are not written down.

    With *answers* the lock file follows and the new lines are committed, if the file was committed as it is; before
    task 8 it is not yet time.
    """
    present, where = installed_versions(project), project.dependencies
    missing = tuple(each for each in wanted if _name(each) not in present)
    made: list[Action] = [InstallPackages(missing, why)] if missing else []
    names = where.names()
    unwritten = tuple(each for each in wanted if _name(each) not in names)
    if unwritten and where.exists and not where.pins_hashes:
        made.append(RecordRequirements(where.path, where.kind, unwritten, files.read(where.path)))
        if answers is not None:
            made += update_lock(project)
            if not is_uncommitted(project, where.path):
                made.append(
                    plan_commit(
                        project, answers, "8.2", changed_files(project), f"Record {', '.join(map(_name, unwritten))}"
                    )
                )
    return made


def update_lock(project: Project) -> list[Action]:
    """The command that lets the lock file follow, where its tool is there."""
    lock = project.dependencies.lock
    argv = lock.command(project.found.prefix) if lock else None
    if lock is None or argv is None:
        return []
    return [RunCommand(argv, lock.path.parent, "the lock file follows", outputs=(lock.path,))]


def changed_files(project: Project) -> tuple[Path, ...]:
    """The files that a recorded package changes: the dependency file, and its lock file if that follows."""
    lock = project.dependencies.lock
    follows = lock is not None and lock.command(project.found.prefix) is not None
    return (project.dependencies.path, *([lock.path] if lock and follows else []))


def _name(requirement: str) -> str:
    return str(canonicalize_name(Requirement(requirement).name))
