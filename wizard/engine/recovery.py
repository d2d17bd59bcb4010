"""Recover the records of a project after a run was killed. Needs neither Django nor an interpreter."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.base import orphans
from wizard.base.errors import UndoRefused
from wizard.base.git import Git
from wizard.base.wording import name_tasks, plural
from wizard.checklist import loader
from wizard.engine.events import Emit, Recovered
from wizard.engine.records import Records
from wizard.project import release_copy
from wizard.state.journal import Batch
from wizard.state.location import find
from wizard.state.lock import locked


@contextmanager
def opened(folder: Path, emit: Emit) -> Iterator[Records]:
    """The records of the project at *folder*, locked and recovered, for the duration of the block."""
    root = find(folder)
    with locked(root) as died:
        records = Records(root, Git.of(root), loader.load(root), emit)
        recover(records, died=died)
        yield records


def recover(records: Records, *, died: bool) -> None:
    """Complete an interrupted undo, and roll back what an interrupted run left unfinished.

    *died*: the last run was killed, so it may have left processes and half-written copies.
    """
    if died:
        _stop_orphans(records)
    _report_damage(records)
    if (completed := records.undoing.complete_interrupted()) is not None:
        records.state.undone(completed.tasks)
        records.state.save()
        records.emit(Recovered(f"The undo of {name_tasks(completed.tasks)} was interrupted. It is complete now."))
        for line in completed.left:
            records.emit(Recovered(line))
    for batch in reversed(records.journal.batches()):
        if batch.interrupted and not batch.uncertain:
            outcome = roll_back(records, batch) or "its unfinished changes were rolled back"
            records.emit(Recovered(f"Task {batch.task} was interrupted; {outcome}"))


def roll_back(records: Records, batch: Batch) -> str:
    """Undo an interrupted *batch*. Return a note on kept changes, or why all were kept; empty if none were."""
    try:
        left = records.undoing.run([batch]).left
    except UndoRefused as refused:
        records.journal.append("left", batch=batch.id, task=batch.task)
        # `golive undo` skips such a batch from now on, so its command is no help.
        hint = "Undo it yourself, with git for example." if refused.revert else refused.hint
        return f"nothing was rolled back: {UndoRefused(refused.what, refused.why, hint)}"
    return "; ".join(left)


def report_interrupted(records: Records) -> None:
    """Report interrupted tasks, for a command that doesn't roll them back."""
    for batch in records.journal.batches():
        if batch.interrupted:
            hint = "the next run or session rolls it back"
            records.emit(Recovered(f"Task {batch.task} was interrupted and is half done: {hint}"))


def _stop_orphans(records: Records) -> None:
    from wizard.targets.local.postgres import remove_stale_servers

    if stopped := orphans.stop_orphans(records.root):
        records.emit(Recovered(f"Stopped {plural(stopped, 'process')} that an interrupted run had left"))
    remove_stale_servers()
    # The copy may hold half-written files, which the next run would take for complete ones.
    shutil.rmtree(release_copy.work_folder(records.root), ignore_errors=True)


def _report_damage(records: Records) -> None:
    """Report damage in `.golive`, and which tasks it affects."""
    if records.state.rebuilt:
        records.emit(Recovered("The state was missing or damaged; it was rebuilt from the journal"))
    damaged = records.journal.damaged()
    if not damaged:
        return
    lines = ", ".join(map(str, damaged[:10]))
    path = records.journal.path
    records.emit(Recovered(f"{path}, line {lines}: damaged. These records are lost; all others are valid"))
    for batch in records.journal.batches():
        if batch.interrupted and batch.uncertain:
            records.emit(Recovered(f"Task {batch.task} may be half done: {_undo_hint(records, batch)}"))


def _undo_hint(records: Records, batch: Batch) -> str:
    """How to undo the recorded changes of *batch*, which may be incomplete."""
    try:
        tasks, revert = records.undoing.requirements(batch.task)
    except UndoRefused as refused:
        return f"its recorded changes can't be undone, because {refused}"
    return f"`{records.undoing.command(tasks, revert=revert)}` undoes its recorded changes"
