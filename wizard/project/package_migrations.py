"""The migrations of packages that come with a new release of them: they run at the next deployment, too.

A package that was pinned in the previous version, and has another version now, is installed as it was into a folder of
its own, without what it requires. Its migrations are compared by their names.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from wizard.project import release_requirements
from wizard.project.pip import PipEnvironment
from wizard.project.previous_version import PreviousVersion
from wizard.project.project import Project
from wizard.project.release_environment import moved

FOLDER = "previous-packages"
LISTS = re.compile(r"(.*\.(txt|in|toml|lock|cfg|ya?ml)|Pipfile)")
"""Files that may list requirements."""
MIGRATION = re.compile(r"(?P<module>[\w/]+/migrations/\d\w*)\.py")


@dataclass(frozen=True)
class PackageMigrations:
    """The new migrations of *package*, by the names of their modules; *old* and *new* are its versions."""

    package: str
    old: str
    new: str
    modules: tuple[str, ...]


def find(
    project: Project, previous: PreviousVersion, packages: Callable[[], Path], on_line: Callable[[str], None]
) -> list[PackageMigrations]:
    """The migrations that other versions of packages bring, compared with *previous*.

    Arguments:
        packages: returns the folder of the packages that will be deployed. It is called only if a pin has changed.

    Raises:
        CommandError: an earlier release can't be installed.
    """
    changed = _changed_pins(project, previous)
    if not changed:
        return []
    folder, found = project.work / FOLDER / "packages", []
    pip = PipEnvironment(project.python.path, Path(project.interpreter.start()["packages"]))
    for distribution in distributions(path=[str(packages())]):
        name = str(canonicalize_name(distribution.name or ""))
        old = changed.get(name, "")
        listed = {module for module in _migrations(distribution) if _is_installed(project, module)}
        if not old or old == distribution.version or not listed:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        options = ("--no-deps", "--target", str(folder))
        pip.run("install", *options, f"{name}=={old}", project=project.root, on_line=on_line)
        before = {module for each in distributions(path=[str(folder)]) for module in _migrations(each)}
        if new := tuple(sorted(listed - before)):
            found.append(PackageMigrations(name, old, distribution.version, new))
    return sorted(found, key=lambda each: each.package)


def _migrations(distribution: Distribution) -> Iterator[str]:
    """The modules of the migrations in a package."""
    for file in distribution.files or []:
        if match := MIGRATION.fullmatch(file.as_posix()):
            yield match["module"].replace("/", ".")


def _is_installed(project: Project, module: str) -> bool:
    """Whether the app with the migration *module* is one of the project's."""
    app = module.partition(".migrations.")[0]
    return any(f"{each}.".startswith(f"{app}.") for each in project.value("INSTALLED_APPS") or [])


def _changed_pins(project: Project, previous: PreviousVersion) -> dict[str, str]:
    """The versions that *previous* pins, by package, where the project does not pin the same one now."""
    git, dependencies, top = project.git, project.dependencies, project.top
    if git is None or not dependencies.exists:
        return {}
    folder = project.work / FOLDER / "files"
    shutil.rmtree(folder, ignore_errors=True)
    listed = [path for path in git.files_at(previous.commit) if LISTS.fullmatch(path.name) and path.is_relative_to(top)]
    for path, content in git.contents(previous.commit, sorted(listed)).items():
        target = folder / path.relative_to(top)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    before = moved(dependencies, top, folder)
    if not before.path.is_file():
        return {}
    now = _pins(release_requirements.of(dependencies, top))
    return {name: old for name, old in _pins(release_requirements.of(before, folder)).items() if now.get(name) != old}


def _pins(requirements: release_requirements.ReleaseRequirements) -> dict[str, str]:
    found = {}
    for text in [*requirements.constraints, *(place.text for place in requirements.lines)]:
        try:
            requirement = Requirement(text.split(" --hash", maxsplit=1)[0])
        except InvalidRequirement:
            continue
        for each in requirement.specifier:
            if each.operator == "==" and "*" not in each.version:
                found[str(canonicalize_name(requirement.name))] = each.version
    return found
