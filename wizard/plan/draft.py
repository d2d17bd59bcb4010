"""Collect edits of several files into one `WriteFile` for each file, so that a plan shows each file once."""

from __future__ import annotations

from pathlib import Path

from wizard.base import files
from wizard.editing.source import Source
from wizard.plan.actions import WriteFile


class Draft:
    """Edits that start from the files on disk. Nothing is written."""

    def __init__(self) -> None:
        self._sources: dict[Path, Source] = {}
        self._before: dict[Path, bytes | None] = {}
        self._after: dict[Path, bytes] = {}
        self._why: dict[Path, list[str]] = {}
        self._secret: set[Path] = set()

    def source(self, path: Path, why: str = "") -> Source:
        """The Python file at *path*, to be edited."""
        if path not in self._sources:
            self._sources[path] = Source.of(path, files.read(path) or b"")
        self._note(path, why)
        return self._sources[path]

    def content(self, path: Path) -> bytes:
        """The content of *path* with the edits made so far. Not for Python files."""
        if path not in self._before:
            self._before[path] = files.read(path)
        return self._after.get(path, self._before[path] or b"")

    def put(self, path: Path, content: bytes, why: str = "", *, secret: bool = False) -> None:
        """Replace the content of *path*. A *secret* file gets mode 0600 and comes first in the plan."""
        self.content(path)
        self._after[path] = content
        self._note(path, why)
        if secret:
            self._secret.add(path)

    def _note(self, path: Path, why: str) -> None:
        if why and why not in self._why.setdefault(path, []):
            self._why[path].append(why)

    def actions(self) -> list[WriteFile]:
        """One action for each changed file. Secret files come first, so that no value is only in memory."""
        written = [
            WriteFile(path, before, after, self._reason(path), path in self._secret)
            for path, after in self._after.items()
            if after != (before := self._before[path])
        ]
        for path, source in self._sources.items():
            if source.changed and (after := source.result()) != source.original:
                before = source.original if path.exists() else None
                written.append(WriteFile(path, before, after, self._reason(path)))
        return sorted(written, key=lambda action: not action.secret)

    def _reason(self, path: Path) -> str:
        return "; ".join(self._why.get(path, ()))
