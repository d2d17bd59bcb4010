"""Apply plans. Each action is journaled before and after it is done."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable

from wizard.base.errors import StaleError
from wizard.engine.actions.apply_context import ApplyContext
from wizard.engine.actions.registry import EXECUTORS
from wizard.engine.events import ActionDone, ActionStarted, Emit
from wizard.plan.actions import Action
from wizard.project.project import Project
from wizard.state.journal import Journal, Record


class Applier:
    """Applies plans to *project*.

    *pause* waits a number of minutes. *perform* creates or changes a part of the target.
    """

    def __init__(
        self,
        project: Project,
        journal: Journal,
        emit: Emit,
        *,
        pause: Callable[[int], str] = lambda minutes: "skipped",
        perform: Callable[[str], Record] = lambda part: {},
    ) -> None:
        self.context = ApplyContext(project, journal, emit, pause, perform)

    def apply(self, task: int, actions: tuple[Action, ...], *, temporary: bool = False) -> None:
        """Do *actions* in order. An exception leaves the batch interrupted, for `Undo` to roll it back.

        *temporary*: the batch is undone after its effect was checked, or by the next run.
        """
        project, journal, emit = self.context.project, self.context.journal, self.context.emit
        batch, top = uuid.uuid4().hex[:12], os.path.relpath(project.top, project.root)
        for index, action in enumerate(actions):
            emit(ActionStarted(action))
            kind = type(action).__name__
            executor = EXECUTORS[kind]
            record = {"kind": kind, **executor.prepare(self.context, action)}
            fields = {"batch": batch, "task": task, "index": index}
            journal.append("begin", **fields, temporary=temporary, top=top, action=record)
            try:
                result = executor.apply(self.context, action, record)
            except StaleError:
                journal.append("end", batch=batch, index=index, result={"left": True})
                raise
            journal.append("end", batch=batch, index=index, result=result)
            emit(ActionDone(action))
        journal.append("applied", batch=batch, task=task)
