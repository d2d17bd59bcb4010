"""The files that Golive changed and that are not committed as they are. Files with secrets are never among them."""

from __future__ import annotations

from pathlib import Path

from wizard.base import files
from wizard.engine.records import Records


def uncommitted(records: Records) -> list[Path]:
    """The files that tasks changed and that git would deploy, if they differ from the last commit."""
    actions = [journaled.action for batch in records.undoing.active() for journaled in batch.actions]
    secret = {action["path"] for action in actions if action.get("secret")}
    names = {action["path"] for action in actions if "path" in action} - secret
    paths = sorted(records.top / name for name in names)
    paths = [path for path in paths if not path.is_dir() and not path.is_symlink()]
    git = records.undoing.git
    if git is None:
        return [path for path in paths if path.exists()]
    ignored = git.ignored(paths) if paths else set()
    return [path for path in paths if path not in ignored and git.at_head(path) != files.read(path)]


def without_own_changes(records: Records) -> list[Path]:
    """Those of the `uncommitted` files that differ from the last commit by Golive's changes only."""
    changes: dict[Path, list[tuple[str | None, str]]] = {}
    for batch in records.undoing.active():
        for journaled in batch.actions:
            action = journaled.action
            if {"path", "before", "after"} <= action.keys():
                changes.setdefault(records.top / action["path"], []).append((action["before"], action["after"]))
    git = records.undoing.git
    return [
        path
        for path in uncommitted(records)
        if git and _leads(changes.get(path, []), files.digest(git.at_head(path)), files.digest_of(path))
    ]


def _leads(changes: list[tuple[str | None, str]], committed: str | None, present: str | None) -> bool:
    """Whether the last of *changes* lead from *committed* to *present* without a change of somebody else between them.

    All are digests: of the content before and after each change, of the committed file, and of the file as it is.
    """
    for before, after in reversed(changes):
        if after != present:
            return False
        if before == committed:
            return True
        present = before
    return False
