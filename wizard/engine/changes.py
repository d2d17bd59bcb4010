"""The changes that Golive made in the project: one diff per file and task, without secrets."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError, UndoError
from wizard.base.secrets import redact
from wizard.project.secret_literals import remember_secrets
from wizard.state import state_file
from wizard.state.journal import Journal

LINES = 400
"""The maximum number of lines that are shown of a diff."""


@dataclass(frozen=True)
class Change:
    """How one task changed one file. *diff* is empty for a file with secrets."""

    task: int
    name: str
    diff: str


def changes(root: Path, top: Path) -> Iterator[Change]:
    """All changes that were not undone, oldest first. Paths in the journal are relative to *top*."""
    remember_secrets(root, top)
    journal = Journal(state_file.folder_of(root))
    edits = [
        (batch.task, journaled.action)
        for batch in journal.batches()
        if batch.applied and not batch.undone
        for journaled in batch.actions
        if "after" in journaled.action
    ]
    for index, (task, action) in enumerate(edits):
        name = str(action["path"])
        if action.get("secret"):
            yield Change(task, name, "")
            continue
        later = next((other["before"] for _, other in edits[index + 1 :] if other["path"] == name), None)
        try:
            before = journal.read_backup(action["before"]) or b""
            path = Path(os.path.normpath(top / name))
            if not files.inside(path, top):
                continue  # it has become a link out of the repository, whose target Golive did not change
            after = journal.read_backup(later) if later else files.read(path)
        except (UndoError, EditError):
            continue
        yield Change(task, name, _diff(before, after or b"", name))


def _diff(before: bytes, after: bytes, name: str) -> str:
    old, new = (content.decode("utf-8", "replace").splitlines() for content in (before, after))
    lines = list(difflib.unified_diff(old, new, name, name, lineterm="", n=2))
    shown = lines[:LINES] + ([f"… {len(lines) - LINES} more lines"] if len(lines) > LINES else [])
    return redact("\n".join(shown))
