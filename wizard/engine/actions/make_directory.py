"""Executor of `MakeDirectory`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base import files
from wizard.base.errors import StepError
from wizard.engine.actions.executor import Executor
from wizard.engine.actions.folders import files_below, remove_empty_below
from wizard.plan.actions import MakeDirectory

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record


class MakeDirectoryExecutor(Executor[MakeDirectory]):
    """Creates a folder. The undo removes it, and moves files that others put there into the state folder."""

    required = ("path", "existed")

    def prepare(self, context: ApplyContext, action: MakeDirectory) -> Record:
        context.require_inside(action.path)
        return {"path": context.relative(action.path), "existed": action.path.is_dir()}

    def apply(self, context: ApplyContext, action: MakeDirectory, record: Record) -> Record:
        try:
            files.make_folder(action.path)
        except OSError as error:
            hint = "Check the permissions of the folder above it."
            raise StepError(f"The folder {action.path} can't be created", str(error.strerror), hint) from error
        return {}

    def check_undo(self, context: UndoContext, record: Record, result: Record | None) -> None:
        context.path_of(record["path"])

    def undo(self, context: UndoContext, batch: str, record: Record, result: Record | None) -> None:
        path = context.path_of(record["path"])
        if record["existed"] or path.is_symlink() or not path.is_dir():
            return
        for present in files_below(path):
            context.move_to_state_folder(present, batch)
        remove_empty_below(path, keep=False)

    def describe_undo(self, record: Record) -> list[str]:
        return [] if record["existed"] else [f"remove {record['path']}/"]

    def changed_paths(self, record: Record) -> set[str]:
        return {record["path"]}
