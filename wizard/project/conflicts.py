"""Conflicts between requirements: found in the installed versions, or in the output of pip or uv."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from wizard.base.secrets import excerpt
from wizard.project.requirement_lines import valid_requirements

CAUSE = re.compile(r"^\s{2,}(.+? depends on .+|The user requested .+)$", re.MULTILINE)
MISSING = re.compile(r"Could not find a version that satisfies the requirement .+ \(from versions: (?!none\))")
UVS = re.compile(r"[Bb]ecause .+?(?:\n\n|$)", re.DOTALL)


def unmet(
    added: Iterable[Requirement],
    asked: Mapping[str, Requirement],
    versions: Mapping[str, str],
    requires: Mapping[str, list[str]],
    python: str,
) -> Iterator[str]:
    """Requirements that the environment does not satisfy, among *added* ones and all that they depend on.

    If there are none, the environment itself proves that they can be installed together.

    Arguments:
        asked: the requirements in the dependency file, by normalised name.
        versions, requires: the installed packages, and the requirements of each.
        python: the version of the project's interpreter.
    """
    known = {canonicalize_name(name): version for name, version in versions.items()}
    needs = {canonicalize_name(name): lines for name, lines in requires.items()}
    environment = marker_environment(python)
    todo = [(requirement, "the project") for requirement in added]
    seen: set[str] = set()
    while todo:
        requirement, origin = todo.pop()
        if requirement.marker and not requirement.marker.evaluate(environment):
            continue
        name = canonicalize_name(requirement.name)
        version = known.get(name)
        if version is None or not _fits(requirement, version):
            installed = "nothing" if version is None else f"{name} {version}"
            yield f"{origin} requires {requirement}, but {installed} is installed"
        if version is None or name in seen:
            continue
        seen.add(name)
        if name in asked:
            todo.append((asked[name], "the dependency file"))
        todo += [(needed, f"{name} {version}") for needed in valid_requirements(needs.get(name, []))]


def differences(asked: Mapping[str, Requirement], versions: Mapping[str, str], python: str) -> Iterator[str]:
    """Requirements of the dependency file (*asked*) that the environment lacks, with the installed version."""
    known = {canonicalize_name(name): version for name, version in versions.items()}
    for name, requirement in asked.items():
        if requirement.marker and not requirement.marker.evaluate(marker_environment(python)):
            continue
        version = known.get(canonicalize_name(name))
        if version is None or not _fits(requirement, version):
            wanted = f"{requirement.name}{requirement.specifier}"
            yield f"{wanted} ({'nothing' if version is None else version} is installed)"


def marker_environment(python: str) -> dict[str, Any]:
    """The environment of markers: this machine with the Python version *python*."""
    version = ".".join(python.split(".")[:2])
    return {**default_environment(), "extra": "", "python_full_version": python, "python_version": version}


def _fits(requirement: Requirement, version: str) -> bool:
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True


def conflict(output: str) -> str:
    """The conflict that pip or uv reports, in one line. Empty if it reports none."""
    if causes := list(dict.fromkeys(match.strip() for match in CAUSE.findall(output))):
        return "; ".join(causes[:4])
    found = UVS.search(output)
    return excerpt(found[0], 400) if found else ""


def is_final(output: str) -> bool:
    """Whether another attempt would fail too: there is a conflict, or no version of a known package fits."""
    return bool(conflict(output) or MISSING.search(output))
