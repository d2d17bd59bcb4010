"""The state and journal of a project, and the operations that need nothing else.

These are confirming and skipping items, the launch, and undo. They need neither Django nor an interpreter, nor settings
that load.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from wizard.base.git import Git
from wizard.checklist.evidence import Evidence, Status, now
from wizard.checklist.model import Checklist, Item, Task
from wizard.engine.events import Emit, Output
from wizard.engine.undo import Undo, Undone
from wizard.state import generated_items, state_file
from wizard.state.journal import Journal
from wizard.state.state_folder import folder_of


class Records:
    """The state and the journal of the project at *root*, in the repository *git*. *reading* never writes them.

    Raises:
        StateError: this user did not write them, or they can't be read.
    """

    def __init__(self, root: Path, git: Git | None, checklist: Checklist, emit: Emit, *, reading: bool = False) -> None:
        folder = folder_of(root) if reading else state_file.prepare(root)
        self.root, self.checklist, self.emit = root, checklist, emit
        self.top = git.top if git else root
        self.state = state_file.load(root, read_only=reading)
        generated_items.add_to(checklist, self.state.facts)
        self.journal = Journal(folder, read_only=reading)
        self.undoing = Undo(root, self.top, git, self.journal, lambda line: emit(Output(line)))

    def record(self, task: Task, evidence: Evidence) -> None:
        """Keep *evidence* in the state, and in the journal unless only its time is new."""
        before = self.state.evidence.get(evidence.item)
        self.state.evidence[evidence.item] = evidence
        if before and dataclasses.replace(before, at=evidence.at) == evidence:
            return
        self.journal.append("evidence", task=task.number, evidence=evidence.as_record())

    def note(self, task: Task, item: Item, status: Status, text: str) -> Evidence:
        """Confirm or skip *item*, or say that it does not apply. The user's *text* is the evidence."""
        said = {Status.DONE: "confirmed", Status.NOT_APPLICABLE: "said not to apply"}
        ran = f"{said.get(status, 'skipped')} by the user"
        evidence = Evidence(item.id, status, "note", ran, text)
        self.record(task, evidence)
        self.state.save()
        return evidence

    def launch(self) -> str:
        """Record that the site goes live now, unless it is live already. Return when it went live."""
        if not self.state.launched:
            self.state.launched = now()
            self.journal.append("launched")
            self.state.save()
        return self.state.launched

    def revoke_launch(self) -> str:
        """Take a recorded launch back. Return when it was; empty if there was none."""
        moment, self.state.launched = self.state.launched, ""
        if moment:
            self.journal.append("launch revoked")
            self.state.save()
        return moment

    def undo(self, numbers: Iterable[int], *, revert: bool = False) -> Undone:
        """Undo Golive's changes for these tasks, all of them or none. Their items are open again, unless none of the
        tasks changed anything.

        *revert*: add a revert commit for each commit that is pushed or no longer HEAD.

        Raises:
            UndoRefused: it would lose another change. Nothing was changed.
            UndoError: the disk failed during the undo. The next start completes it.
        """
        wanted = set(numbers)
        batches = self.undoing.batches_of(wanted)
        if not batches:
            return Undone(0, ())
        context = self.undoing.begin(batches, revert=revert)
        for task in sorted(wanted - {batch.task for batch in batches}):
            self.journal.append("undone", batch="", task=task)
        # Before the first change, so that no tick remains if the disk fails in between.
        self.state.undone(wanted)
        self.state.save()
        return self.undoing.finish(batches, context)
