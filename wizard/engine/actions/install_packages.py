"""Executor of `InstallPackages`. The undo works on the environment that was changed, which the journal records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from wizard.base.errors import CommandError, StepError
from wizard.base.secrets import redact
from wizard.engine.actions import pip
from wizard.engine.actions.executor import Executor
from wizard.plan.actions import InstallPackages
from wizard.project import conflicts, trust
from wizard.project.pip import PipEnvironment

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record

SECONDS_WITH_ALL_PINNED = 120.0
"""How long pip may look for versions that go with all installed ones. It would try hundreds of releases of boto3."""


def environment_record(environment: PipEnvironment, root: Path, top: Path) -> dict[str, str]:
    """*environment* for the journal. Paths inside the repository are relative, so that the project can be moved."""
    paths = {"python": environment.python, "packages": environment.packages}
    inside = {name: path.relative_to(top) if path.is_relative_to(top) else path for name, path in paths.items()}
    return {**{name: str(path) for name, path in inside.items()}, "project": str(root)}


class InstallPackagesExecutor(Executor[InstallPackages]):
    """Installs packages. The undo removes those that were added, and restores the versions that were changed.

    A failed removal never stops the undo of files. It is reported with the command to run.
    """

    required = ("packages", "before")

    def prepare(self, context: ApplyContext, action: InstallPackages) -> Record:
        project = context.project
        environment = environment_record(context.package_environment, project.root, project.top)
        return {
            "packages": [redact(package) for package in action.packages],
            "before": context.installed_versions(),
            "environment": environment,
        }

    def apply(self, context: ApplyContext, action: InstallPackages, record: Record) -> Record:
        before = record["before"]
        pinned = {name for name in map(_pinned, action.packages) if name}
        kept = {name: version for name, version in before.items() if canonicalize_name(name) not in pinned}
        try:
            options = pip.constraints(context, kept)
            pip.run(context, "install", *options, *action.packages, seconds=SECONDS_WITH_ALL_PINNED)
        except CommandError:
            # Let other packages change, but never the version of Django that the project was written for.
            django = {name: version for name, version in kept.items() if name.lower() == "django"}
            try:
                pip.run(context, "install", *pip.constraints(context, django), *action.packages)
            except CommandError as error:
                if conflict := conflicts.conflict(error.output):
                    hint = "Loosen one of these requirements, then run again."
                    raise StepError(f"{', '.join(action.packages)} can't be installed", conflict, hint) from error
                raise
        present = context.installed_versions()
        after = {name: version for name, version in present.items() if before.get(name) != version}
        return {"after": after, "removed": sorted(before.keys() - present.keys())}

    def undo(self, context: UndoContext, batch: str, record: Record, result: Record | None) -> None:
        recorded = record.get("environment")
        packages = ", ".join(record["packages"])
        if not recorded:
            context.left.append(f"{packages}: the journal doesn't name their environment; remove them with pip")
            return
        environment = PipEnvironment(*(context.top / recorded[name] for name in ("python", "packages")))
        if not environment.works:
            context.left.append(f"{packages} can't be removed: the interpreter {environment.python} is gone")
            return
        if reason := _reason_to_keep(context, environment, recorded):
            context.left.append(f"{packages} stay in the environment of {environment.python}: {reason}")
            return
        environment.remove_half_installed()
        changed, added = _difference(context, environment, record, result)
        for command, names in ((("install", "--no-deps"), changed), (("uninstall", "--yes"), added)):
            if names:
                _run_pip(context, environment, (*command, *names))

    def describe_undo(self, record: Record) -> list[str]:
        return [f"remove the packages that were installed with {', '.join(record['packages'])}"]


def _pinned(package: str) -> str:
    """The normalised name of a requirement that names its version, such as `django==5.2.8`. Else an empty text."""
    try:
        requirement = Requirement(package)
    except InvalidRequirement:  # an address
        return ""
    return str(canonicalize_name(requirement.name)) if requirement.specifier else ""


def _reason_to_keep(context: UndoContext, environment: PipEnvironment, recorded: dict[str, str]) -> str:
    """Why pip must not run in *environment*; empty if it may."""
    if not (trust.is_trusted(context.root) or trust.in_ci()):
        return f"its interpreter is run only if you trust {context.root}; remove them with pip"
    outside = not environment.packages.is_relative_to(context.top)
    origin = recorded.get("project", str(context.root))
    if outside and origin != str(context.root) and Path(origin).exists():
        return f"it is outside of this project, and {origin} uses it too"
    return ""


def _run_pip(context: UndoContext, environment: PipEnvironment, arguments: tuple[str, ...]) -> None:
    try:
        environment.run(*arguments, project=context.root, on_line=context.on_line)
    except CommandError as error:
        command = f"{environment.python} -m pip {' '.join(arguments)}"
        context.left.append(f"pip failed ({error.why}). Run it yourself: {command}")


def _difference(
    context: UndoContext, environment: PipEnvironment, record: Record, result: Record | None
) -> tuple[list[str], list[str]]:
    """The requirements to install, and the names to uninstall."""
    before = {str(canonicalize_name(name)): version for name, version in record["before"].items()}
    present = environment.versions()
    if result is None:  # killed while pip was running
        after = {name: version for name, version in present.items() if before.get(name) != version}
        removed = before.keys() - present.keys()
    else:
        after = {str(canonicalize_name(name)): version for name, version in result["after"].items()}
        removed = set(result.get("removed", ())) - present.keys()
    changed = [f"{name}=={before[name]}" for name in sorted(removed)]
    added: set[str] = set()
    for name, version in sorted(after.items()):
        if present.get(name) != version:
            if present.get(name) not in {None, before.get(name)}:
                context.left.append(f"{name} {present[name]} was installed since then, so it was kept")
        elif name in before:
            changed.append(f"{name}=={before[name]}")
        else:
            added.add(name)
    needed = {name: user for name in added if (user := environment.needed_by(name, but=added))}
    context.left += [f"{name} was kept: {user} needs it" for name, user in needed.items()]
    return changed, sorted(added - needed.keys())
