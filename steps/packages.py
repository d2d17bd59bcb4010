"""Packages a step needs: installed where they are missing, and written down in the project's dependency file."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wizard import files
from wizard.plan import Action, InstallPackages, RecordRequirements
from wizard.process import bare_environment
from wizard.project import Project


def installed(project: Project) -> dict[str, str]:
    """Normalised names and versions in the project's environment."""
    answer = project.interpreter.ask("installed", env=bare_environment(), cwd=str(project.root), paths=[])
    return {str(canonicalize_name(name)): str(version) for name, version in answer["versions"].items()}


def actions(project: Project, wanted: tuple[str, ...], why: str) -> list[Action]:
    """Install those of *wanted* (PEP 508) that are missing, and record those that are not written down."""
    present, where = installed(project), project.dependencies
    missing = tuple(each for each in wanted if _name(each) not in present)
    made: list[Action] = [InstallPackages(missing, why)] if missing else []
    names = where.names()
    unwritten = tuple(each for each in wanted if _name(each) not in names)
    if unwritten and where.exists and not where.pins_hashes:
        made.append(RecordRequirements(where.path, where.kind, unwritten, files.read(where.path)))
    return made


def _name(requirement: str) -> str:
    return str(canonicalize_name(Requirement(requirement).name))
