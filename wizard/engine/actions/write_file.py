"""Executor of `WriteFile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.actions.file_executor import FileExecutor
from wizard.plan.actions import WriteFile

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext


class WriteFileExecutor(FileExecutor[WriteFile]):
    """Writes the planned content."""

    def new_content(self, context: ApplyContext, action: WriteFile) -> bytes:
        return action.after

    def is_secret(self, action: WriteFile) -> bool:
        return action.secret
