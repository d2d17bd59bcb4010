"""One change outside of a task's plan: the user asks for it, and it can be undone like the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base.errors import GoliveError
from wizard.checklist.model import Task
from wizard.plan.actions import Action

if TYPE_CHECKING:
    from wizard.engine.runner import Engine


def apply(engine: Engine, task: Task, action: Action) -> None:
    """Apply *action* as a change of *task*. The project is read again if its files changed.

    Raises:
        GoliveError: it failed. Nothing was changed.
    """
    try:
        engine.applier.apply(task.number, (action,))
    except GoliveError:
        engine.roll_back(task)
        raise
    engine.project.catch_up()
