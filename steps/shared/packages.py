"""Packages a step needs: install the missing ones, and record them in the project's dependency file."""

from __future__ import annotations

from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from steps.shared.commits import is_uncommitted, plan_commit
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.plan.actions import Action, InstallPackages, RecordRequirements, RunCommand
from wizard.project import needed_packages
from wizard.project.module_owners import installed_owners, modules_of, other_owner, providers
from wizard.project.project import Project


def installed_versions(project: Project) -> dict[str, str]:
    """Return the version of each installed package, by its normalised name."""
    return {str(canonicalize_name(name)): str(version) for name, version in project.installed()["versions"].items()}


def is_older(project: Project, name: str, than: str) -> bool:
    """Whether the installed version of *name* is before *than*. False without a known version."""
    try:
        return Version(installed_versions(project).get(name, than)) < Version(than)
    except InvalidVersion:
        return False


def top_level_packages(project: Project) -> list[str]:
    """Return the installed packages that no other package requires."""
    return list(project.installed()["top"])


def provided(project: Project) -> set[str]:
    """Return the normalised names of the recorded packages, and of the installed ones that they require."""
    recorded, python = project.dependencies.requirements(), str(project.interpreter.start()["python"])
    return needed_packages.provided_by(recorded, project.installed()["requires"], python)


def add_packages(project: Project, wanted: tuple[str, ...], why: str, answers: Answers | None = None) -> list[Action]:
    """Return the actions that install and record those of *wanted* (PEP 508 requirements) that are missing.

    A package is left out if another one of the project brings a module of the same name: installing it would overwrite
    that module. With *answers* (from task 8 on) they also update the lock file, and commit if the file had no
    uncommitted changes.
    """
    present, dependencies = installed_versions(project), project.dependencies
    wanted = tuple(requirement for requirement in wanted if not same_module_from(project, requirement))
    missing = tuple(_as_required(project, each) for each in wanted if _name(each) not in present)
    actions: list[Action] = [InstallPackages(missing, why)] if missing else []
    recorded = dependencies.names()
    new = tuple(requirement for requirement in wanted if _name(requirement) not in recorded)
    if new and dependencies.exists and not dependencies.pins_hashes:
        actions += record(project, new)
        if answers is not None:
            actions += update_lock(project)
            if not is_uncommitted(project, dependencies.path):
                message = f"Record {', '.join(map(_name, new))}"
                actions.append(plan_commit(project, answers, "8.2", changed_files(project), message))
    return actions


def _as_required(project: Project, wanted: str) -> str:
    """*wanted* with the version that the dependency file requires: the one that production installs."""
    required = project.dependencies.requirements().get(_name(wanted))
    if required is None or not required.specifier or str(Requirement(wanted)) != Requirement(wanted).name:
        return wanted
    return f"{required.name}{required.specifier}"


def record(project: Project, wanted: tuple[str, ...], *, freeze: bool = False) -> list[Action]:
    """Return the actions that record those of *wanted* that are missing, in each file that lists the requirements."""
    found: list[Action] = []
    for path, kind in project.dependencies.files():
        present = project.dependencies.names_in(path)
        if missing := tuple(requirement for requirement in wanted if _name(requirement) not in present):
            found.append(RecordRequirements(path, kind, missing, files.read(path), freeze))
    return found


def same_module_from(project: Project, requirement: str) -> str:
    """Return another package of the project that brings a module of the same name. Empty if there is none.

    For example, django-dotenv and python-dotenv both bring `dotenv`.
    """
    name = _name(requirement)
    if owner := other_owner(name, installed_owners(Path(project.interpreter.start()["packages"]))):
        return owner
    rivals = {each for module in modules_of(name) for each in providers(module)} - {name}
    return min(rivals & project.dependencies.names(), default="")


def update_lock(project: Project) -> list[Action]:
    """Return the command that updates the lock file, if its tool is installed."""
    lock = project.dependencies.lock
    argv = lock.command(project.python.prefix) if lock else None
    if lock is None or argv is None:
        return []
    return [RunCommand(argv, lock.path.parent, "update the lock file", outputs=(lock.path,))]


def changed_files(project: Project) -> tuple[Path, ...]:
    """Return the files that recording a package changes: the dependency file, and a lock file that is updated."""
    lock = project.dependencies.lock
    updated = lock is not None and lock.command(project.python.prefix) is not None
    recorded = [path for path, _ in project.dependencies.files()]
    return (*recorded, *([lock.path] if lock and updated else []))


def _name(requirement: str) -> str:
    return str(canonicalize_name(Requirement(requirement).name))
