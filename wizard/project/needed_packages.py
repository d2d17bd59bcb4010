"""The packages that production needs for the modules it loads, and that the dependency file does not provide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wizard.project.conflicts import marker_environment
from wizard.project.module_owners import ModuleOwners, installed_owners, providers
from wizard.project.project import Project
from wizard.project.requirement_lines import valid_requirements
from wizard.project.settings_lookup import wsgi_files
from wizard.project.used_modules import Use, UsedModules, named_in

NEVER_RECORDED = {"pip", "wheel"}


@dataclass(frozen=True)
class Need:
    """A package that the dependency file lacks, and the first use of one of its modules."""

    package: str
    use: Use


def used(project: Project) -> list[Use]:
    """The modules that production loads, without the project's own and those of the standard library."""
    modules = UsedModules(project.root, frozenset(project.copy.known()))
    settings = [source.path for source in project.settings.sources]
    wsgi = list(wsgi_files(project.root))
    modules.add_files([project.manage, *settings, *wsgi, *(path.with_name("asgi.py") for path in wsgi)])
    for setting, name in named_in(project.value):
        path, line = _place(project, setting)
        modules.add_name(name, path, line, app=setting == "INSTALLED_APPS")
    return list(modules.found.values())


def _place(project: Project, setting: str) -> tuple[Path, int]:
    found = project.settings.definition(setting)
    return (found.path, found.node.lineno) if found else (project.settings.main, 1)


def missing(project: Project) -> list[Need]:
    """The packages that production needs and the dependency file provides neither itself nor through what it requires.

    A module that no installed package brings is left out: the name of its package is not known then.
    """
    owners = installed_owners(Path(project.interpreter.start()["packages"]))
    provided = provided_by(
        project.dependencies.requirements(), project.installed()["requires"], project.interpreter.start()["python"]
    )
    needs: dict[str, Need] = {}
    for use in used(project):
        if package := lacking(use, owners, provided):
            needs.setdefault(package, Need(package, use))
    return sorted(needs.values(), key=lambda need: need.package)


def not_importable(project: Project, packages: Path) -> list[Use]:
    """Modules that production loads and that only this machine's environment has, not the one with *packages*."""
    here, there = installed_owners(Path(project.interpreter.start()["packages"])), installed_owners(packages)
    return [
        use
        for use in used(project)
        if any(here.of(name) - NEVER_RECORDED for name in use.names) and not any(there.of(name) for name in use.names)
    ]


def lacking(use: Use, owners: ModuleOwners, provided: set[str]) -> str:
    """The installed package that *use* needs, if *provided* has none that brings the module. Else an empty string."""
    installed: list[str] = []
    for name in use.names:
        found = owners.of(name) - NEVER_RECORDED
        if (found | set(providers(name))) & provided:
            return ""
        usual = [each for each in providers(name) if each in found]
        installed += usual or sorted(found)
    return installed[0] if installed else ""


def provided_by(requirements: Mapping[str, Requirement], requires: Mapping[str, list[str]], python: str) -> set[str]:
    """Normalised names of *requirements* and of all that they require, by the metadata of the installed packages.

    Arguments:
        requires: the requirements of each installed package.
        python: the version of the project's interpreter.
    """
    needs = {str(canonicalize_name(name)): lines for name, lines in requires.items()}
    environment = marker_environment(python)
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    todo = list(requirements.values())
    while todo:
        requirement = todo.pop()
        if not _holds(requirement, environment):
            continue
        name = str(canonicalize_name(requirement.name))
        found.add(name)
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                todo += _of_extra(needs.get(name, []), extra, environment)
    return found


def _holds(requirement: Requirement, environment: Mapping[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(dict(environment))


def _of_extra(lines: list[str], extra: str, environment: Mapping[str, str]) -> Iterator[Requirement]:
    for requirement in valid_requirements(lines):
        if requirement.marker is None:
            if not extra:
                yield requirement
        elif requirement.marker.evaluate({**environment, "extra": extra}):
            requirement.marker = None  # it holds
            yield requirement
