"""`golive forget`: permanently remove the backups that hold secrets, and the logs, from `.golive/`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.base.errors import UndoError
from wizard.base.secrets import redact
from wizard.engine.adopt import OLD_JOURNAL, OLD_STATE
from wizard.project import environment_store
from wizard.project.secret_literals import remember_secrets
from wizard.state.journal import Journal


@dataclass(frozen=True)
class Forgettable:
    """The names of backups that hold a secret, the logs, and the tasks that can't be undone without these backups."""

    backups: tuple[str, ...]
    logs: tuple[Path, ...]
    tasks: tuple[int, ...]


def find(root: Path, top: Path, journal: Journal) -> Forgettable:
    """Find what `forget` removes. Changes nothing."""
    remember_secrets(root, top)
    doomed: dict[str, set[int]] = {}
    for batch in journal.batches():
        for journaled in batch.actions:
            for name in _backups(journaled.action):
                if journaled.action.get("secret") or _holds_secret(journal, name):
                    doomed.setdefault(name, set())
                    if not batch.undone:
                        doomed[name].add(batch.task)
    backups = sorted(name for name in doomed if journal.backup_path(name).exists())
    folder = journal.path.parent
    logs = [*(folder / "runs").rglob("*"), *(folder / name for name in ("state.damaged.json", OLD_STATE, OLD_JOURNAL))]
    found = sorted(path for path in logs if os.path.lexists(path) and not path.is_dir())
    return Forgettable(tuple(backups), tuple(found), tuple(sorted(set().union(*doomed.values()))))


def forget(root: Path, journal: Journal, found: Forgettable) -> None:
    """Remove what was *found*, and the environments of the rehearsal. The caller holds the project's lock.

    The removal of backups is journaled first, so that an undo that needs one of them can say why it is refused.

    Raises:
        EditError: a file can't be removed. The next call continues.
    """
    environment_store.forget(root)
    if new := sorted(set(found.backups) - journal.forgotten()):
        journal.append("forgotten", backups=new)
    for path in (*map(journal.backup_path, found.backups), *found.logs):
        files.discard(path)


def _backups(action: dict[str, object]) -> set[str]:
    """The names of the backups that *action* made."""
    kept = {str(action["before"])} if isinstance(action.get("before"), str) else set()
    outputs = action.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        kept |= set(output["files"].values())
    return kept


def _holds_secret(journal: Journal, name: str) -> bool:
    try:
        text = (journal.read_backup(name) or b"").decode("utf-8", "replace")
    except UndoError:  # already removed
        return name in journal.forgotten()
    return redact(text) != text
