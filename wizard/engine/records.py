"""The state and journal of a project, and the operations that need nothing else.

These are confirming and skipping items, the launch, undo, and recovery after a kill. They need neither Django nor an
interpreter, nor settings that load.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.base import process
from wizard.base.errors import UndoRefused
from wizard.base.git import Git
from wizard.checklist import loader
from wizard.checklist.evidence import Evidence, Status, now
from wizard.checklist.model import Checklist, Item, Task
from wizard.engine.events import Emit, Output, Recovered
from wizard.engine.undo import Undo, Undone
from wizard.project import release_copy
from wizard.state import state_file
from wizard.state.journal import Batch, Journal
from wizard.state.location import find
from wizard.state.lock import locked
from wizard.state.state_folder import folder_of


class Records:
    """The state and the journal of the project at *root*, in the repository *git*. *reading* never writes them.

    Raises:
        StateError: this user did not write them, or they can't be read.
    """

    def __init__(self, root: Path, git: Git | None, whole: Checklist, emit: Emit, *, reading: bool = False) -> None:
        folder = folder_of(root) if reading else state_file.prepare(root)
        self.root, self.checklist, self.emit = root, whole, emit
        self.top = git.top if git else root
        self.state = state_file.load(root, read_only=reading)
        self.journal = Journal(folder, read=reading)
        self.undoing = Undo(root, self.top, git, self.journal, lambda line: emit(Output(line)))

    def record(self, task: Task, evidence: Evidence) -> None:
        before = self.state.evidence.get(evidence.item)
        self.state.evidence[evidence.item] = evidence
        if before and dataclasses.replace(before, at=evidence.at) == evidence:
            return  # seen again as it was: the state has the time, and the journal does not grow by looking
        self.journal.append("evidence", task=task.number, evidence=evidence.as_record())

    def note(self, task: Task, item: Item, status: Status, text: str) -> Evidence:
        """Confirm or waive *item*. The user's *text* is the evidence."""
        ran = "a person looked" if status is Status.DONE else "waived by a person"
        evidence = Evidence(item.id, status, "note", ran, text)
        self.record(task, evidence)
        self.state.save()
        return evidence

    def launch(self) -> str:
        """Remember that the site goes live now, unless it did before; returns when that was."""
        if not self.state.launched:
            self.state.launched = now()
            self.journal.append("launched")
            self.state.save()
        return self.state.launched

    def undo(self, numbers: Iterable[int], *, revert: bool = False) -> Undone:
        """Undo Golive's changes for these tasks, all of them or none. Their items are open again.

        *revert*: add a revert commit for each commit that is pushed or no longer HEAD.

        Raises:
            UndoRefused: it would lose another change. Nothing was changed.
            UndoError: the disk failed meanwhile. The next start completes the undo.
        """
        wanted = set(numbers)
        undone = self.undoing.run(self.undoing.chosen(wanted), revert=revert)
        self.state.undone(wanted)
        self.state.save()
        return undone

    def recover(self, *, died: bool) -> None:
        """Complete an interrupted undo, and roll back what a killed run left half done."""
        if died:
            self._end_leftovers()
        self._tell_damage()
        if (completed := self.undoing.complete()) is not None:
            self.state.undone(completed.tasks)
            self.state.save()
            tasks = ", ".join(map(str, completed.tasks))
            self.emit(Recovered(f"The undo of task {tasks} was interrupted; it is complete now"))
            for line in completed.left:
                self.emit(Recovered(line))
        for batch in reversed(self.journal.batches()):
            if batch.interrupted and not batch.uncertain:
                told = self.roll_back(batch) or "its unfinished changes were rolled back"
                self.emit(Recovered(f"Task {batch.task} was interrupted; {told}"))

    def _end_leftovers(self) -> None:
        if stopped := process.stop_leftovers(self.root):
            self.emit(Recovered(f"Stopped {stopped} processes an interrupted run had left"))
        from wizard.targets.local.postgres import remove_stale_servers

        remove_stale_servers()
        # A file that was half written there when the run was killed would be taken for whole.
        shutil.rmtree(release_copy.work_folder(self.root), ignore_errors=True)

    def _tell_damage(self) -> None:
        """Report damage in `.golive`, and which changes it leaves unknown."""
        if self.state.rebuilt:
            self.emit(Recovered("The state was missing or damaged; it was rebuilt from the journal"))
        damaged = self.journal.damaged()
        if not damaged:
            return
        lines = ", ".join(map(str, damaged[:10]))
        self.emit(Recovered(f"{self.journal.path}, line {lines}: damaged. These records are lost; all others "
                            "are valid"))  # fmt: skip
        for batch in self.journal.batches():
            if batch.interrupted and batch.uncertain:
                self.emit(Recovered(f"Task {batch.task} may be half done: `golive undo {batch.task}` undoes what "
                                    "is recorded of it"))  # fmt: skip

    def tell_half_done(self) -> None:
        """Report interrupted tasks, for a command that doesn't roll them back."""
        for batch in self.journal.batches():
            if batch.interrupted:
                hint = "the next run or session rolls it back"
                self.emit(Recovered(f"Task {batch.task} was interrupted and is half done: {hint}"))

    def roll_back(self, batch: Batch) -> str:
        """Undo an interrupted *batch*. Return why it was kept, if the user changed its files since then."""
        try:
            left = self.undoing.run([batch]).left
        except UndoRefused as refused:
            self.journal.append("left", batch=batch.id, task=batch.task)
            return f"nothing was rolled back: {refused}"
        return "; ".join(left)


@contextmanager
def opened(folder: Path, emit: Emit) -> Iterator[Records]:
    """The records of the project at *folder*, locked and recovered, for the duration of the block."""
    root = find(folder)
    with locked(root) as died:
        records = Records(root, Git.of(root), loader.load(root), emit)
        records.recover(died=died)
        yield records
