"""`golive forget`: permanently remove the backups that hold secrets, and the logs, from `.golive/`."""

from __future__ import annotations

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
class Forgotten:
    """How many backups and logs were removed, and which tasks can no longer be undone."""

    backups: int
    logs: int
    tasks: tuple[int, ...]


def forget(root: Path, top: Path, journal: Journal) -> Forgotten:
    """Remove the backups that hold a secret, the logs, and the environments of the rehearsal.

    The caller holds the project's lock.

    The removal of backups is journaled first, so that an undo that needs one of them can say why it is refused.

    Raises:
        EditError: a file can't be removed. The next call continues.
    """
    remember_secrets(root, top)
    environment_store.forget(root)
    doomed: dict[str, set[int]] = {}
    for batch in journal.batches():
        for journaled in batch.actions:
            for name in _backups(journaled.action):
                if journaled.action.get("secret") or _holds_secret(journal, name):
                    doomed.setdefault(name, set())
                    if not batch.undone:
                        doomed[name].add(batch.task)
    if new := sorted(doomed.keys() - journal.forgotten()):
        journal.append("forgotten", backups=new)
    backups = sum(files.discard(journal.backup_path(name)) for name in doomed)
    folder = journal.path.parent
    logs = [*(folder / "runs").rglob("*"), *(folder / name for name in ("state.damaged.json", OLD_STATE, OLD_JOURNAL))]
    removed = sum(files.discard(path) for path in logs if not path.is_dir())
    return Forgotten(backups, removed, tuple(sorted(set().union(*doomed.values()))))


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
