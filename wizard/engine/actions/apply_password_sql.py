"""Executor of `ApplyPasswordSql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.actions.executor import Executor
from wizard.plan.actions import ApplyPasswordSql

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.state.journal import Record


class ApplyPasswordSqlExecutor(Executor[ApplyPasswordSql]):
    """Changes a database role's password. The old password is not known, so nothing is undone."""

    def prepare(self, context: ApplyContext, action: ApplyPasswordSql) -> Record:
        return {"role": action.role, "name": action.name}

    def apply(self, context: ApplyContext, action: ApplyPasswordSql, record: Record) -> Record:
        from wizard.project.database import set_password

        set_password(action.role, context.project.env_values(action.env_file)[action.name], on_line=context.output)
        return {}
