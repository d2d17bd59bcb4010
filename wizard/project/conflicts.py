"""Whether requirements can be installed together: seen in the environment, or asked of pip before a file changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

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
    """What the installed *versions* don't satisfy of *added*, of all it needs in turn, and of what is *asked* of those.

    Where nothing is unmet, the environment itself shows that the set can be installed. *asked*: the dependency file, by
    normalised name; *python*: version of its interpreter.
    """
    known = {canonicalize_name(name): version for name, version in versions.items()}
    needs = {canonicalize_name(name): lines for name, lines in requires.items()}
    environment = _environment(python)
    todo = [(each, "the project") for each in added]
    seen: set[str] = set()
    while todo:
        requirement, who = todo.pop()
        if requirement.marker and not requirement.marker.evaluate(environment):
            continue
        name = canonicalize_name(requirement.name)
        version = known.get(name)
        if version is None or not _fits(requirement, version):
            yield f"{who} wants {requirement}, and {'nothing' if version is None else f'{name} {version}'} is installed"
        if version is None or name in seen:
            continue
        seen.add(name)
        if name in asked:
            todo.append((asked[name], "the dependency file"))
        todo += [(each, f"{name} {version}") for each in _parsed(needs.get(name, []))]


def differences(asked: Mapping[str, Requirement], versions: Mapping[str, str], python: str) -> Iterator[str]:
    """What the dependency file asks for, *asked*, and the environment doesn't have: each with what is there instead."""
    known = {canonicalize_name(name): version for name, version in versions.items()}
    for name, requirement in asked.items():
        if requirement.marker and not requirement.marker.evaluate(_environment(python)):
            continue
        version = known.get(canonicalize_name(name))
        if version is None or not _fits(requirement, version):
            wanted = f"{requirement.name}{requirement.specifier}"
            yield f"{wanted} ({'nothing' if version is None else version} is installed)"


def _environment(python: str) -> dict[str, Any]:
    """What markers are evaluated in: this machine, and the interpreter of the version *python*."""
    version = ".".join(python.split(".")[:2])
    return {**default_environment(), "extra": "", "python_full_version": python, "python_version": version}


def _fits(requirement: Requirement, version: str) -> bool:
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True


def _parsed(lines: list[str]) -> Iterator[Requirement]:
    for line in lines:
        try:
            yield Requirement(line)
        except InvalidRequirement:
            continue


def conflict(output: str) -> str:
    """The packages that pip or uv says can't be installed together, in one line; empty if it says no such thing."""
    if causes := list(dict.fromkeys(match.strip() for match in CAUSE.findall(output))):
        return "; ".join(causes[:4])
    found = UVS.search(output)
    return " ".join(found[0].split())[:400] if found else ""


def is_final(output: str) -> bool:
    """Whether pip would say the same again: it met a conflict, or knows the package and no version that fits."""
    return bool(conflict(output) or MISSING.search(output))
