"""Undo Golive's changes from the journal and the backups: everything that was requested, or nothing.

Undo needs neither Django nor an interpreter, nor any option of an earlier run. It checks all preconditions of the whole
set before the first change. Then it journals the set, so that the next start completes an undo that was killed.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from wizard.base.errors import EditError, UndoError, UndoRefused
from wizard.base.git import Git
from wizard.base.wording import name_tasks
from wizard.engine.actions.registry import EXECUTORS
from wizard.engine.actions.undo_context import UndoContext
from wizard.engine.undo_order import with_dependents
from wizard.state.journal import Batch, Journal, JournaledAction

PERMANENT = {errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV, errno.ENOTEMPTY}
"""Errors that a retry does not fix. When an undo is completed, such a file is skipped and reported."""


@dataclass(frozen=True)
class Undone:
    """The result of an undo: the number of plans, their tasks, and a sentence for each change that remains."""

    plans: int
    tasks: tuple[int, ...]
    left: tuple[str, ...] = ()


@dataclass
class Undo:
    """Undoes batches of the *journal* of the project at *root*, in the repository *top*. The caller holds the lock."""

    root: Path
    top: Path
    git: Git | None
    journal: Journal
    on_line: Callable[[str], None] = lambda line: None
    options: str = ""
    """The command line's options that choose the project. The commands that errors suggest have them too."""

    def active(self) -> list[Batch]:
        """The batches that were begun and not undone, oldest first."""
        return [batch for batch in self.journal.batches() if not batch.undone and not batch.left]

    def batches_of(self, tasks: Iterable[int]) -> list[Batch]:
        """The active batches of *tasks*, oldest first.

        Raises:
            UndoRefused: later tasks changed the same files. Names the command that undoes all of them together, or says
                why they can't be undone.
        """
        wanted, active = set(tasks), self.active()
        needed = {batch.task for batch in with_dependents(active, wanted)}
        if more := sorted(needed - wanted):
            together, revert = self.requirements(*needed)
            reverts = ". Golive's commits are pushed or no longer the last ones, so they are reverted" if revert else ""
            raise UndoRefused(
                f"{name_tasks(sorted(wanted & needed)).capitalize()} can't be undone alone",
                f"{name_tasks(more)} changed the same files later{reverts}",
                f"Undo them together: `{self.command(together, revert=revert)}`.",
                tasks=together,
            )
        return [batch for batch in active if batch.task in wanted]

    def requirements(self, *tasks: int) -> tuple[tuple[int, ...], bool]:
        """The tasks that have to be undone with *tasks*, themselves included, and whether commits have to be reverted.

        Returns no tasks if *tasks* changed nothing.

        Raises:
            UndoRefused: they can't be undone, with or without reverts.
        """
        batches = with_dependents(self.active(), set(tasks))
        batches.sort(key=self.active().index)
        together = _tasks(batches)
        try:
            self.check(batches)
        except UndoRefused as refused:
            if not refused.revert:
                raise
            return together, True
        return together, False

    def command(self, tasks: Iterable[int], *, revert: bool = False) -> str:
        """The command that undoes *tasks*."""
        options = f" {self.options}" if self.options else ""
        return f"golive undo {','.join(map(str, sorted(tasks)))}{' --revert' if revert else ''}{options}"

    def check(self, batches: list[Batch], *, revert: bool = False) -> UndoContext:
        """Check that all of *batches* can be undone, the latest first, without changing anything.

        Raises:
            UndoRefused: one of them can't be undone. Its `revert` says that all of them can with revert commits.
        """
        context = self._context(revert=revert)
        try:
            for batch in reversed(batches):
                context.enter(batch)
                for journaled in _to_undo(batch):
                    EXECUTORS[journaled.action["kind"]].check_undo(context, journaled.action, journaled.result)
        except UndoRefused as refused:
            if revert or not refused.revert:
                raise
            self.check(batches, revert=True)
            command = self.command(_tasks(batches), revert=True)
            hint = f"Revert it with a new commit: `{command}`."
            raise UndoRefused(refused.what, refused.why, hint, revert=True) from refused
        except (UndoError, EditError) as error:
            raise UndoRefused(error.what, error.why, error.hint) from error
        return context

    def begin(self, batches: list[Batch], *, revert: bool = False) -> UndoContext:
        """Check that all of *batches* can be undone, and journal that they are. From now on, a kill completes the undo.

        Raises:
            UndoRefused: one of them can't be undone. Nothing was changed.
        """
        context = self.check(batches, revert=revert)
        if len(batches) > 1 or not batches[0].interrupted:
            self.journal.append("undoing", batches=[batch.id for batch in batches], revert=revert)
        return context

    def run(self, batches: list[Batch], *, revert: bool = False) -> Undone:
        """Undo all of *batches*, or nothing.

        Raises:
            UndoRefused: one of them can't be undone. Nothing was changed.
            UndoError: the disk failed during the undo. The next start completes it.
        """
        return self.finish(batches, self.begin(batches, revert=revert)) if batches else Undone(0, ())

    def complete_interrupted(self) -> Undone | None:
        """Complete an undo that was interrupted; None if there is none.

        Its tasks are all that were requested, also those that were undone before the interruption.
        """
        interrupted = [batch for batch in self.journal.batches() if batch.undoing and batch.interrupted]
        if not interrupted:
            return None
        requested = self.journal.undone_together(interrupted)
        context = self._context(revert=any(batch.revert for batch in interrupted))
        context.completing = True
        self.finish(interrupted, context)
        return Undone(len(requested), _tasks(requested), tuple(context.left))

    def _context(self, *, revert: bool) -> UndoContext:
        return UndoContext(self.root, self.top, self.git, self.journal, self.on_line, revert)

    def finish(self, batches: list[Batch], context: UndoContext) -> Undone:
        """Undo *batches* after `begin`, the latest first."""
        for batch in reversed(batches):
            context.enter(batch)
            for journaled in _to_undo(batch):
                _undo_action(context, batch, journaled)
            self.journal.append("undone", batch=batch.id, task=batch.task)
        return Undone(len(batches), _tasks(batches), tuple(context.left))


def _tasks(batches: Iterable[Batch]) -> tuple[int, ...]:
    return tuple(sorted({batch.task for batch in batches}))


def _to_undo(batch: Batch) -> list[JournaledAction]:
    """The actions of *batch*, the latest first, without those that did nothing because of a change by the user."""
    return [journaled for journaled in reversed(batch.actions) if not (journaled.result or {}).get("left")]


def _undo_action(context: UndoContext, batch: Batch, journaled: JournaledAction) -> None:
    """Undo one action. When an undo is completed, report an action that can't be undone, and continue."""
    action = journaled.action
    try:
        EXECUTORS[action["kind"]].undo(context, batch.id, action, journaled.result)
    except OSError as error:
        name = error.filename or action.get("path") or action["kind"]
        if context.completing and error.errno in PERMANENT:
            context.left.append(f"{name} can't be restored: {error.strerror}")
            return
        hint = "Check the disk, then run the command again: Golive completes the undo."
        raise UndoError(f"{name} can't be restored", str(error.strerror), hint) from error
    except (UndoError, EditError) as error:
        if not context.completing:
            raise
        context.left.append(str(error))


def describe(batches: list[Batch]) -> list[str]:
    """The changes that undoing *batches* would make, one per line, the latest first."""
    return [
        f"task {batch.task}: {change}"
        for batch in reversed(batches)
        for journaled in reversed(batch.actions)
        for change in EXECUTORS[journaled.action["kind"]].describe_undo(journaled.action)
    ]
