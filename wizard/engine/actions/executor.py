"""The interface of an executor, which applies, journals and undoes one kind of action."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from wizard.plan.actions import Action

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record

A = TypeVar("A", bound=Action)


class Executor(Generic[A]):
    """Applies and undoes one kind of action.

    The journal record that `prepare` returns is enough for a later process to undo the action, even if it was only
    half done. `golive undo` imports executors without the project, so their apply methods import heavy modules
    themselves.
    """

    required: ClassVar[tuple[str, ...]] = ()
    """The fields that every journal record of this kind has."""

    def prepare(self, context: ApplyContext, action: A) -> Record:
        """The fields of the journal record. Changes nothing."""
        raise NotImplementedError

    def apply(self, context: ApplyContext, action: A, record: Record) -> Record:
        """Do the action, and return its result for the journal."""
        raise NotImplementedError

    def check_undo(self, context: UndoContext, record: Record, result: Record | None) -> None:
        """Check that the action can be undone, without changing anything.

        *result* is None for an action that was interrupted.

        Raises:
            UndoError: it can't be undone.
        """

    def undo(self, context: UndoContext, batch: str, record: Record, result: Record | None) -> None:
        """Undo the action, even if it was only half done. Actions that leave nothing to undo inherit this method."""

    def describe_undo(self, record: Record) -> list[str]:
        """The changes that `undo` would make, one per line."""
        return []

    def changed_paths(self, record: Record) -> set[str]:
        """The files and folders whose content the action changed, relative to the repository."""
        return set()
