"""Read and restore entries of git's index, without running anything that the repository configures."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base.errors import UndoError
from wizard.base.git import Git, literal_pathspecs

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext
    from wizard.engine.actions.undo_context import UndoContext
    from wizard.state.journal import Record


def entries_of(git: Git, names: list[str], commit: str = "") -> dict[str, str]:
    """`mode,blob` of each of *names*, relative to the top: in the index, or in *commit*."""
    if not names:
        return {}
    which = ("ls-tree", "-z", "--full-tree", commit) if commit else ("ls-files", "-s", "-z", "--full-name")
    listed = git.run(*which, "--", *names, environment=literal_pathspecs()).stdout
    found = {}
    for line in filter(None, listed.split("\0")):
        meta, name = line.split("\t", 1)
        parts = meta.split()
        found[name] = f"{parts[0]},{parts[2] if commit else parts[1]}"
    return found


def names_of(context: ApplyContext, paths: Iterable[Path]) -> list[str]:
    """*paths* relative to the top of the repository."""
    return [os.path.relpath(path, context.project.top) for path in paths]


def index_record(context: ApplyContext, paths: Iterable[Path]) -> list[str]:
    """The index entries of *paths* for the journal, as `mode,blob,path`."""
    return [f"{entry},{name}" for name, entry in entries_of(context.git, names_of(context, paths)).items()]


def recorded_entries(record: Record) -> dict[str, str]:
    """The index entries that `index_record` wrote to *record*, by path."""
    split = (entry.split(",", 2) for entry in record["index"])
    return {name: f"{mode},{blob}" for mode, blob, name in split}


def set_entries(git: Git, entries: dict[str, str], names: list[str], environment: dict[str, str] | None = None) -> None:
    """Give *names* their *entries* in the index, or in the one that *environment* names. Remove those without one."""
    null_blob = "0" * (len(git.head()) or 40)
    lines = []
    for name in names:
        mode, _, blob = entries.get(name, f"0,{null_blob}").partition(",")
        lines.append(f"{mode} {blob}\t{name}\0")
    git.checked("update-index", "-z", "--index-info", stdin="".join(lines), environment=environment)


def required_git(context: UndoContext) -> Git:
    """The repository.

    Raises:
        UndoError: git is not installed, or the repository is gone.
    """
    if context.git is None:
        why = "git is not installed, or the repository was removed"
        raise UndoError("git is needed for this undo", why, "Install git, then run again.")
    return context.git


def require_unlocked(git: Git) -> None:
    """Check that git can change the index and the branch.

    Raises:
        UndoError: there is a lock file.
    """
    if path := git.locked_by():
        why = "another git process is working in this repository, or was killed"
        raise UndoError(f"{path} is in the way", why, "End that process. If there is none, remove the file.")
