"""Executor of `PushCommits`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.actions.executor import Executor
from wizard.plan.actions import PushCommits

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.state.journal import Record


class PushCommitsExecutor(Executor[PushCommits]):
    """Pushes the branch. A push can't be undone."""

    def prepare(self, context: ApplyContext, action: PushCommits) -> Record:
        return {"head": context.git.head()}

    def apply(self, context: ApplyContext, action: PushCommits, record: Record) -> Record:
        context.git.run_with_hooks("push")
        return {}
