"""Executor of `UntrackFiles`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.actions.executor import Executor
from wizard.engine.actions.git_index import (
    entries_of,
    index_record,
    names_of,
    recorded_entries,
    require_unlocked,
    required_git,
    set_entries,
)
from wizard.plan.actions import UntrackFiles

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record


class UntrackFilesExecutor(Executor[UntrackFiles]):
    """Removes files from the index. The undo tracks them again."""

    required = ("index",)

    def prepare(self, context: ApplyContext, action: UntrackFiles) -> Record:
        return {"index": index_record(context, action.paths)}

    def apply(self, context: ApplyContext, action: UntrackFiles, record: Record) -> Record:
        names = "\0".join(names_of(context, action.paths))
        context.git.checked("update-index", "--force-remove", "-z", "--stdin", stdin=names)
        return {}

    def check_undo(self, context: UndoContext, record: Record, result: Record | None) -> None:
        require_unlocked(required_git(context))

    def undo(self, context: UndoContext, batch: str, record: Record, result: Record | None) -> None:
        entries = recorded_entries(record)
        git = required_git(context)
        present = entries_of(git, list(entries))
        # The entry of a file that is tracked again may be newer than the recorded one.
        missing = [name for name in entries if name not in present]
        if missing:
            set_entries(git, entries, missing)

    def describe_undo(self, record: Record) -> list[str]:
        return [f"track {', '.join(recorded_entries(record))} again"]
