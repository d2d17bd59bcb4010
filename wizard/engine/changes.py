"""What Golive changed in the project, from the journal and its backups: one diff a file and task, secrets left out."""

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
"""Lines of one diff that are shown."""


@dataclass(frozen=True)
class Change:
    """One file as one task changed it; *diff* is empty for a file of secrets."""

    task: int
    name: str
    diff: str


def changes(root: Path, top: Path) -> Iterator[Change]:
    """Every standing change, in the order they were made; *top* is what the journal's names are relative to."""
    remember_secrets(root, top)
    journal = Journal(state_file.folder_of(root))
    steps = [
        (batch.task, step.action)
        for batch in journal.batches()
        if batch.applied and not batch.undone
        for step in batch.actions
        if "after" in step.action
    ]
    for index, (task, action) in enumerate(steps):
        name = str(action["path"])
        if action.get("secret"):
            yield Change(task, name, "")
            continue
        later = next((other["before"] for _, other in steps[index + 1 :] if other["path"] == name), None)
        try:
            before = journal.read_backup(action["before"]) or b""
            path = Path(os.path.normpath(top / name))
            if not files.inside(path, top):
                continue  # it has become a link that leads out: what it leads to is nobody's change
            after = journal.read_backup(later) if later else files.read(path)
        except (UndoError, EditError):
            continue
        yield Change(task, name, _diff(before, after or b"", name))


def _diff(before: bytes, after: bytes, name: str) -> str:
    old, new = (content.decode("utf-8", "replace").splitlines() for content in (before, after))
    lines = list(difflib.unified_diff(old, new, name, name, lineterm="", n=2))
    shown = lines[:LINES] + ([f"… {len(lines) - LINES} more lines"] if len(lines) > LINES else [])
    return redact("\n".join(shown))
