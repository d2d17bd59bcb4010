"""Executor of `Wait`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.actions.executor import Executor
from wizard.plan.actions import Wait

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.state.journal import Record


class WaitExecutor(Executor[Wait]):
    """Waits for some minutes, unless the user skips the wait."""

    def prepare(self, context: ApplyContext, action: Wait) -> Record:
        return {"minutes": action.minutes}

    def apply(self, context: ApplyContext, action: Wait, record: Record) -> Record:
        return {"how": context.pause(action.minutes)}
