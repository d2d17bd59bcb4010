"""A variable that an item waits for: which one it is, and writing its value to .env.production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base import files
from wizard.base.errors import StepError
from wizard.base.secrets import remember
from wizard.checklist.evidence import NO_VALUE, Evidence, Status
from wizard.checklist.model import Task
from wizard.editing import dotenv
from wizard.engine import single_change
from wizard.plan.actions import WriteFile

if TYPE_CHECKING:
    from wizard.engine.runner import Engine


def missing_variable(evidence: Evidence | None) -> str:
    """The variable without a value that an open item waits for. Empty if it waits for something else."""
    waits = evidence is not None and evidence.status is Status.OPEN and evidence.showed.startswith(NO_VALUE)
    return evidence.ran if evidence and waits else ""


def write_value(engine: Engine, task: Task, name: str, value: str) -> None:
    """Set the variable *name* in .env.production, as a change of *task* that can be undone.

    Raises:
        StepError: there is no such file yet.
        StaleError: it has changed meanwhile.
    """
    remember(value)
    project, path = engine.project, engine.project.production_env
    project.guard(path)
    before = files.read(path)
    if before is None:
        what, why = f"{name} was not written", f"there is no {path.name} yet: task 1 creates it, ignored by git"
        raise StepError(what, why, "Run task 1 first.")
    after = dotenv.with_value(before, name, value)
    single_change.apply(engine, task, WriteFile(path, before, after, f"set {name}", secret=True))
