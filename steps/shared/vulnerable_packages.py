"""Packages with known vulnerabilities: found in what is deployed, and upgraded to the lowest release that fixes them.

An upgrade stays within the major version, for Django within the minor one, and within the project's requirements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from steps.shared import packages
from steps.shared.commits import is_uncommitted, plan_commit
from wizard.base.errors import EditError, NotYetError, ServiceError, StepError, Stopped
from wizard.base.wording import plural
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, undecided
from wizard.plan.actions import Action, InstallPackages, RunCommand
from wizard.plan.draft import Draft
from wizard.project import release_requirements
from wizard.project.project import Project
from wizard.services import vulnerabilities
from wizard.services.vulnerabilities import Vulnerable
from wizard.targets.credentials import address
from wizard.targets.sandbox import Sandbox

QUESTION = "packages.upgrade"
RAN = "pip-audit with the OSV database"
MOST_NAMED = 4
NOT_DEPLOYED = {"pip", "setuptools", "wheel"}
EDITED = {"==", ">=", "~="}
BY_HAND = "can't be edited: upgrade it yourself"
WHY = "releases without known vulnerabilities"
UPGRADING = (("uv", "lock"), ("uv", "pip", "compile"), ("pip-compile",))
"""Commands that make a lock file, and take `--upgrade-package`."""


@dataclass(frozen=True)
class Upgrade:
    """The release *to* of a package, and the files that change for it, each with its new content."""

    name: str
    to: str
    edits: tuple[tuple[Path, bytes, bytes], ...]

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.to}"


class Found(NamedTuple):
    """The vulnerable ones among a *total* of packages."""

    vulnerable: list[Vulnerable]
    total: int


def question(project: Project) -> list[Question]:
    """Whether to upgrade packages. Golive edits no file whose lines have hashes."""
    if not project.dependencies.exists or project.dependencies.pins_hashes:
        return []
    why = (
        "Golive takes the lowest release that fixes the vulnerability, if it has the same major version and your "
        "requirements allow it; for Django the same minor version. If the project then does not start, or "
        "`manage.py check` fails, everything is rolled back."
    )
    labels = ("Name them only", "Upgrade them")
    return [Question(QUESTION, "Upgrade packages with known vulnerabilities?", "no", why, ("no", "yes"), labels=labels)]


def find(project: Project, sandbox: Sandbox) -> Found:
    """The vulnerable ones among the packages that are deployed.

    Raises:
        NotYetError, ServiceError: pip-audit or its database can't be reached.
        StepError: the packages can't be installed.
    """
    return _look_up(project, _deployed(sandbox))


def begin(project: Project, sandbox: Sandbox, beside: Executor) -> Future[Found]:
    """Begin `find` in a thread of *beside*. The result raises its errors."""
    try:
        deployed = _deployed(sandbox)
    except Stopped:
        raise
    except StepError as error:
        failed = Future[Found]()
        failed.set_exception(error)
        return failed
    return beside.submit(_look_up, project, deployed)


def _deployed(sandbox: Sandbox) -> dict[str, str]:
    """The versions of the packages that are deployed, by name."""
    packages = sandbox.release_environment().packages
    return {
        str(found.name): found.version
        for found in distributions(path=[str(packages)])
        if found.name and found.name not in NOT_DEPLOYED
    }


def _look_up(project: Project, deployed: Mapping[str, str]) -> Found:
    return Found(vulnerabilities.find(deployed, address("osv"), project.work), len(deployed))


def upgrade(project: Project, sandbox: Sandbox, answers: Answers) -> tuple[list[Action], list[str]]:
    """The actions that upgrade vulnerable packages, if the answer is yes, and remarks on those that stay."""
    if answers.get(QUESTION) != "yes" or not question(project):
        return [], []
    try:
        vulnerable = find(project, sandbox).vulnerable
    except Stopped:
        raise
    except StepError as error:
        return [], [f"No package is upgraded: {error}"]
    draft, upgrades, remarks = Draft(), list[Upgrade](), list[str]()
    for each in vulnerable:
        found = _upgrade(project, draft, each)
        if isinstance(found, Upgrade):
            upgrades.append(found)
        else:
            remarks.append(f"{each.name} {each.version} stays: {found}")
    if not upgrades:
        return [], remarks
    way_out = _way_out(upgrades[0])
    remarks.append(f"If the project does not start with them, everything is rolled back. Then {way_out}")
    changed = packages.changed_files(project)
    before = [path for path in changed if is_uncommitted(project, path)]
    actions: list[Action] = [InstallPackages(tuple(each.requirement for each in upgrades), WHY), *draft.actions()]
    actions += _locked(project, upgrades)
    manage = (str(project.python.path), str(project.manage), "check")
    why = "the project has to pass Django's checks with them"
    hint = f"If it passes them without {_named(upgrades)}, {way_out}"
    actions.append(RunCommand(manage, project.root, why, hint=hint))
    if not before:
        message = f"Upgrade {', '.join(each.name for each in upgrades)}: {WHY}"
        written = tuple(dict.fromkeys((*changed, *(path for each in upgrades for path, *_ in each.edits))))
        actions.append(plan_commit(project, answers, "30.5", written, message))
    return actions, remarks


def _upgrade(project: Project, draft: Draft, found: Vulnerable) -> Upgrade | str:
    """How *found* is upgraded, with its edits in *draft*; or why it is not."""
    if not found.fix:
        return "there is no fixed release yet"
    name, old, new = _normal(found.name), Version(found.version), Version(found.fix)
    kept = 2 if name == "django" else 1
    if old.release[:kept] != new.release[:kept]:
        return f"{found.fix} may need changes of your code, so upgrade to it yourself"
    if other := _refusing(project, name, found.fix):
        return f"{other}, so {found.fix} can't be installed"
    dependencies = project.dependencies
    if dependencies.copy:
        return f"upgrade to {found.fix} in {dependencies.path.name} and in {dependencies.copy.name}"
    if (lock := dependencies.lock) and not _takes_upgrades(project):
        return f"upgrade to {found.fix} with {lock.argv[0]}, which makes {lock.path.name}"
    edits = []
    places = release_requirements.of(replace(dependencies, lock=None), project.top).places(name)
    for place in places:
        before = draft.content(place.path)
        edited = _edited(before, place.line, place.text, found.fix, is_locked=lock is not None)
        if isinstance(edited, str):
            return f"{project.display_path(place.path)}:{place.line} {edited}"
        edits.append((place.path, before, edited))
    if not places and not lock:
        if dependencies.kind != "requirements":
            return f"another package brings it, so require {name}>={found.fix} yourself"
        before = draft.content(dependencies.path)
        glue = b"" if before.endswith((b"\n", b"\r")) or not before else b"\n"
        edits.append((dependencies.path, before, before + glue + f"{name}=={found.fix}\n".encode()))
    for path, _, after in edits:
        draft.put(path, after, WHY)
    return Upgrade(name, found.fix, tuple(edits))


def _refusing(project: Project, name: str, version: str) -> str:
    """What requires another release of the package; empty if nothing does."""
    for owner, lines in project.installed()["requires"].items():
        for line in lines:
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                continue
            if canonicalize_name(requirement.name) != name or "extra" in str(requirement.marker or ""):
                continue
            if not requirement.specifier.contains(version, prereleases=True):
                return f"{owner} requires {requirement.name}{requirement.specifier}"
    return ""


def _edited(content: bytes, line: int, text: str, version: str, *, is_locked: bool) -> bytes | str:
    """*content* with *version* in the requirement *text* on that line, or why that is not possible.

    With a lock file, a requirement that allows the version stays.
    """
    try:
        requirement = Requirement(text.partition(" --")[0])
        decoded = content.decode("utf-8")
    except (InvalidRequirement, UnicodeDecodeError):
        return BY_HAND
    allowed = requirement.specifier.contains(version, prereleases=True)
    if is_locked and allowed:
        return content
    lowest = next((each for each in requirement.specifier if each.operator in EDITED and "*" not in each.version), None)
    if lowest is None:
        return f"allows {version}, and older ones: add >={version}" if allowed else f"requires {requirement.specifier}"
    rest = SpecifierSet(",".join(str(each) for each in requirement.specifier if each != lowest))
    if not (rest.contains(version, prereleases=True) and _is_kept(lowest, version)):
        return f"requires {requirement.specifier}"
    lines = decoded.splitlines(keepends=True)
    name = re.sub(r"[-_.]+", "[-_.]+", requirement.name)
    lead = rf"(?<![\w.-]){name}(?![\w.-])[^#\n]*?{re.escape(lowest.operator)}\s*"
    written = re.compile(rf"({lead}){re.escape(lowest.version)}(?![\w.])", re.IGNORECASE)
    lines[line - 1], count = written.subn(rf"\g<1>{version}", lines[line - 1], count=1)
    return "".join(lines).encode() if count else BY_HAND


def _is_kept(lowest: Specifier, version: str) -> bool:
    """Whether the requirement means the same releases with *version* in it: `~=4.2.1` stays within 4.2."""
    return lowest.operator != "~=" or lowest.contains(version, prereleases=True)


def _takes_upgrades(project: Project) -> bool:
    lock = project.dependencies.lock
    if lock is None or lock.command(project.python.prefix) is None:
        return False
    return any(lock.argv[: len(start)] == start for start in UPGRADING)


def _locked(project: Project, upgrades: list[Upgrade]) -> Iterator[Action]:
    """The command that writes the lock file with the upgraded packages."""
    lock = project.dependencies.lock
    if lock and (argv := lock.command(project.python.prefix)):
        options = [option for each in upgrades for option in ("--upgrade-package", each.requirement)]
        hint = (
            f"{lock.argv[0]} could not lock {_named(upgrades)}. If its message names a requirement or a constraint, "
            f"loosen it, and run again. Or answer {QUESTION}: no, and upgrade yourself."
        )
        what = "update the lock file"
        yield RunCommand((*argv, *options), lock.path.parent, what, outputs=(lock.path,), hint=hint)


def _named(upgrades: list[Upgrade]) -> str:
    return ", ".join(f"{each.name} {each.to}" for each in upgrades)


def _way_out(upgrade: Upgrade) -> str:
    """What to do if the project does not work with the upgraded package."""
    return (
        f"answer {QUESTION}: no, or keep the release that works by a requirement such as {upgrade.name}<{upgrade.to}."
    )


def evidence(project: Project, sandbox: Sandbox, begun: Future[Found]) -> Iterator[Evidence]:
    """Evidence for 30.5, from what `begin` has *begun*."""
    try:
        vulnerable, count = begun.result()
    except (NotYetError, ServiceError) as error:
        yield undecided("30.5", RAN, str(error))
        return
    named = "; ".join(map(str, vulnerable[:MOST_NAMED]))
    named += f"; and {len(vulnerable) - MOST_NAMED} more packages" if len(vulnerable) > MOST_NAMED else ""
    advice, where = _advice(project, vulnerable) if vulnerable else ("", "")
    showed = f"{named}{advice}" or f"{plural(count, 'package')} without a known vulnerability"
    yield sandbox.evidence("30.5", not vulnerable, "command", RAN, showed, expected=WHY, where=where, real=True)


def _advice(project: Project, vulnerable: list[Vulnerable]) -> tuple[str, str]:
    """Whether the plan can upgrade one of the packages *vulnerable*, or why not; and the place of the first one."""
    file = project.display_path(project.dependencies.path)
    try:
        places = release_requirements.of(project.dependencies, project.top).places(_normal(vulnerable[0].name))
        where = f"{project.display_path(places[0].path)}:{places[0].line}" if places else file
        plans = [_upgrade(project, Draft(), each) for each in vulnerable] if question(project) else []
    except EditError:  # a dependency file that can't be read: what is vulnerable is known nevertheless
        return "", file
    if any(isinstance(each, Upgrade) for each in plans):
        return f". Golive upgrades what it can with the answer {QUESTION}: yes", where
    # Where there is no fixed release, the vulnerability itself says so.
    kept = [f"{each.name}: {why}" for each, why in zip(vulnerable, plans, strict=False) if each.fix]
    return f". Golive does not upgrade {kept[0]}" if kept else "", where


def _normal(name: str) -> str:
    return str(canonicalize_name(name))
