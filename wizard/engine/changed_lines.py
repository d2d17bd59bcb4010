"""The changed lines of files since a point. git is asked once a file."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from wizard.base import files, git_history
from wizard.base.errors import EditError
from wizard.base.git import Git
from wizard.base.git_history import Hunk
from wizard.project.tick_content import LINE_DIGITS, line_digests, text_lines
from wizard.state.tick_points import TickPoint

MOST = 30
"""The number of files whose lines are compared."""
LARGEST = 1 << 20
"""The size limit in bytes of such a file."""


@dataclass
class ChangedLines:
    """The lines that differ between *then* and the working tree."""

    top: Path
    git: Git | None
    then: TickPoint
    _hunks: dict[str, list[Hunk]] = field(default_factory=dict)

    def of(self, path: str) -> list[Hunk]:
        """The changed lines of *path*, relative to the repository. Empty if its earlier content is not known."""
        if path not in self._hunks:
            self._hunks[path] = self._compared(path) if len(self._hunks) < MOST else []
        return self._hunks[path]

    def _compared(self, path: str) -> list[Hunk]:
        digest = self.then.contents.get(f"file {path}")
        digests = self.then.contents.get(f"lines {path}", "")
        committed = f"{self.then.head}:{path}" if self.then.head else ""
        blob = committed if digest is None else digest.partition(" ")[0]
        with suppress(EditError):
            lines = text_lines(files.read(self.top / path, LARGEST) or b"")
            before = self.git.blob(blob, LARGEST) if blob and self.git else None
            if before is not None:
                return git_history.hunks(text_lines(before), lines)
            if digests:
                known = [digests[start : start + LINE_DIGITS] for start in range(0, len(digests), LINE_DIGITS)]
                return [_with_text(hunk, lines) for hunk in git_history.hunks(known, line_digests(lines))]
        return []

    def has(self, path: str, names: Collection[str]) -> bool:
        """Whether a changed line of *path* has one of *names*."""
        return any(name in hunk.text for hunk in self.of(path) for name in names)

    def line(self, path: str, names: Collection[str]) -> int:
        """The first changed line of *path* that has one of *names*, or the first one; 0 if it is not known."""
        found = self.of(path)
        fitting = (hunk.line for hunk in found if any(name in hunk.text for name in names))
        return next(fitting, found[0].line if found else 0)


def _with_text(hunk: Hunk, lines: list[str]) -> Hunk:
    """*hunk* of line digests with the text of its new lines."""
    return replace(hunk, text="\n".join(lines[hunk.line - 1 : hunk.line - 1 + hunk.added]))
