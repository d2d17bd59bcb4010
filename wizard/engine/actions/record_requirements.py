"""Executor of `RecordRequirements`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base.errors import CommandError, StepError
from wizard.engine.actions import pip
from wizard.engine.actions.file_executor import FileExecutor
from wizard.plan.actions import RecordRequirements

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from wizard.engine.actions.apply_context import ApplyContext


class RecordRequirementsExecutor(FileExecutor[RecordRequirements]):
    """Adds requirements to the dependency file, with the versions that are installed now."""

    def new_content(self, context: ApplyContext, action: RecordRequirements) -> bytes:
        from wizard.editing import requirements

        versions = context.installed_versions()
        _require_resolvable(context, action, versions)
        if action.freeze:
            return requirements.frozen(versions)
        return requirements.with_added(action.path, action.kind, action.before or b"", action.packages, versions)


def _require_resolvable(context: ApplyContext, action: RecordRequirements, versions: dict[str, str]) -> None:
    """Refuse to record packages that can't be installed together with the recorded ones.

    Raises:
        StepError: pip finds no set of versions. Names the conflicting packages.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    from wizard.project import conflicts

    dependencies, answer = context.project.dependencies, context.project.installed()
    known = {canonicalize_name(name): version for name, version in versions.items()}
    names = [Requirement(package).name for package in action.packages]
    added = [
        Requirement(f"{name}=={known[canonicalize_name(name)]}") for name in names if canonicalize_name(name) in known
    ]
    recorded = dependencies.requirements() if dependencies.exists and dependencies.path == action.path else {}
    python = str(context.project.interpreter.start()["python"])
    if not list(conflicts.unmet(added, recorded, versions, answer["requires"], python)):
        return
    try:
        pip.run(context, "install", "--dry-run", *_recorded_arguments(context, recorded), *map(str, added))
    except CommandError as error:
        if conflict := conflicts.conflict(error.output):
            raise StepError(
                f"{', '.join(names)} can't be installed together with the requirements in {dependencies.path.name}",
                conflict,
                "Loosen one of these requirements, then run again. The file was not changed.",
            ) from error
        # The index can't be reached, or pip is too old for a dry run. Neither means that there is a conflict.
        context.output(f"could not check for conflicts: {error.why.rpartition(chr(10))[2]}")


def _recorded_arguments(context: ApplyContext, recorded: dict[str, Requirement]) -> list[str]:
    """pip's arguments for the requirements that the project has recorded already."""
    dependencies = context.project.dependencies
    if dependencies.kind == "requirements":
        return ["--requirement", str(dependencies.path)]
    return [str(requirement) for requirement in recorded.values()]
