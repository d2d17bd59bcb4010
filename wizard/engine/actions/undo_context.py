"""The context in which executors undo actions: safe paths, the backups, and the changes that have to remain."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base import files
from wizard.base.errors import UndoError
from wizard.base.git import Git
from wizard.state.journal import Batch, Journal
from wizard.state.state_folder import UNDONE, folder_of

MOST_REPORTED = 5
"""The number of reported changes from which on moved files are no longer listed."""


@dataclass
class UndoContext:
    """State shared by the actions of one undo. The checks record the expected contents, index entries and HEAD."""

    root: Path
    top: Path
    git: Git | None
    journal: Journal
    on_line: Callable[[str], None]
    revert: bool = False
    """Whether a commit that is pushed, or no longer HEAD, may be undone with a revert commit."""
    completing: bool = False
    """Whether this completes an interrupted undo. Files that the user changed since then are kept and reported."""
    contents: dict[Path, str | None] = field(default_factory=dict)
    head: str = ""
    committed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    """A sentence for each change that remains."""

    def enter(self, batch: Batch) -> None:
        """Resolve paths as *batch* recorded them. The repository may have been created later, around the project."""
        if batch.top:
            self.top = Path(os.path.normpath(self.root / batch.top))

    def path_of(self, name: str, *, link: bool = False) -> Path:
        """The path of *name*, which is relative to the repository. *link*: it may be a link that leads anywhere.

        Raises:
            UndoError: it is outside of the repository, or leads there through a link.
        """
        path = self.top / name
        if Path(name).is_absolute() or not files.inside(path.parent if link else path, self.top):
            raise UndoError(
                f"{name} leads out of the repository", "Golive changes nothing there", "Nothing was undone."
            )
        return Path(*path.parent.resolve().parts, path.name)

    def digest(self, path: Path) -> str | None:
        """The digest that *path* will have when the actions checked so far are undone."""
        return self.contents[path] if path in self.contents else files.digest_of(path)

    def move_to_state_folder(self, path: Path, batch: str) -> None:
        """Move a file that Golive did not write out of a folder that is about to be removed."""
        target = folder_of(self.root) / UNDONE / batch / path.relative_to(self.top.resolve())
        files.make_folder(target.parent, mode=0o700)
        if not files.inside(target.parent, folder_of(self.root)):
            raise UndoError(f"{target.parent} leads out of {folder_of(self.root)}", "", "Remove it.")
        files.move(path, target)
        files.sync_folder(target.parent)
        files.sync_folder(path.parent)
        if len(self.left) < MOST_REPORTED:
            self.left.append(f"{path.relative_to(self.top.resolve())} was not written by Golive: moved to {target}")
