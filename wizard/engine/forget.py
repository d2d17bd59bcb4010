"""`golive forget`: the old contents that held secrets, and the logs, are removed from `.golive/` for good."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.base.errors import UndoError
from wizard.base.secrets import redact
from wizard.engine.adopt import OLD_JOURNAL, OLD_STATE
from wizard.project.secret_literals import remember_secrets
from wizard.state.journal import Journal


@dataclass(frozen=True)
class Forgotten:
    """How many backups and logs are gone, and which tasks can't be undone from now on."""

    backups: int
    logs: int
    tasks: tuple[int, ...]


def forget(root: Path, top: Path, journal: Journal) -> Forgotten:
    """Remove the backups that hold a secret, and the logs, of a project whose lock is held.

    The journal says so first: an undo that needs one of them tells why it can't be.

    Raises:
        EditError: something can't be removed; what was removed stays so, and the next call goes on.
    """
    remember_secrets(root, top)
    doomed: dict[str, set[int]] = {}
    for batch in journal.batches():
        for step in batch.actions:
            for name in _backups(step.action):
                if step.action.get("secret") or _holds_secret(journal, name):
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
    """The names of the backups that *action* kept."""
    kept = {str(action["before"])} if isinstance(action.get("before"), str) else set()
    outputs = action.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        kept |= set(output["files"].values())
    return kept


def _holds_secret(journal: Journal, name: str) -> bool:
    try:
        text = (journal.read_backup(name) or b"").decode("utf-8", "replace")
    except UndoError:  # gone already
        return name in journal.forgotten()
    return redact(text) != text
