"""Executor of `CallService`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.actions.executor import Executor
from wizard.plan.actions import CallService

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record

LASTING = {
    "project",
    "service",
    "database",
    "domain",
    "backups",
    "sentry",
    "variables",
    "owner",
    "monitor",
    "redis",
    "background",
    "bucket",
    "volume",
}
"""Parts that remain at a service when their task is undone."""


class CallServiceExecutor(Executor[CallService]):
    """Creates or changes a part at a service. The undo removes nothing there, and reports what remains."""

    required = ("service", "part")

    def prepare(self, context: ApplyContext, action: CallService) -> Record:
        return {"service": action.service, "part": action.part}

    def apply(self, context: ApplyContext, action: CallService, record: Record) -> Record:
        return {"facts": context.perform(action.part)}

    def undo(self, context: UndoContext, batch: str, record: Record, result: Record | None) -> None:
        if record["part"] in LASTING:
            service, part = record["service"], record["part"]
            context.left.append(f"{service} still has what Golive created there ({part}): delete it in {service}")
