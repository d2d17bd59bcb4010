"""The text of a Python file, where its syntax nodes are in it, and splices that replace parts of it."""

from __future__ import annotations

import ast
import re
import textwrap
from bisect import insort
from functools import cached_property
from pathlib import Path

from wizard.base.errors import EditError
from wizard.editing.style import Style
from wizard.editing.text import line_end

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


class SplicedText:
    """*text* of the file at *path*, with its *tree*. Positions are indexes into `text`, which never changes."""

    def __init__(self, path: Path, text: str, tree: ast.Module, style: Style | None = None) -> None:
        self.path, self.text, self.tree = path, text, tree
        if style:
            self.style = style
        # str.splitlines would also cut at form feeds and U+2028, which ast does not count as line ends.
        self._starts = [match.start() for match in _LINE.finditer(text)]
        self._splices: list[tuple[int, int, str]] = []

    @cached_property
    def style(self) -> Style:
        return Style.of(self.text, self.path)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Start and end of *node*."""
        return (
            self._index(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._index(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def _index(self, line: int, column: int) -> int:
        # ast counts columns in UTF-8 bytes of the line, without a byte order mark.
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return start + len(self.text[start:end].encode()[:column].decode())

    def line_start(self, line: int) -> int:
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def line_end(self, position: int) -> int:
        """The position after the line end that follows *position*."""
        match = _LINE.match(self.text, position)
        return match.end() if match else len(self.text)

    def segment(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def splice(self, start: int, end: int, new: str, *, verbatim: bool = False) -> None:
        """Replace the text from *start* to *end* with *new*, in the file's quotes and line ends unless *verbatim*.

        Raises:
            EditError: it overlaps another splice.
        """
        if any(start < other_end and other < end for other, other_end, _ in self._splices):
            raise EditError(f"{self.path} can't be edited", "two changes affect the same place", "Run the task again.")
        new = new if verbatim else self._native(new)
        insort(self._splices, (start, end, new), key=lambda splice: splice[:2])

    def has_splice_at(self, position: int) -> bool:
        """Whether text was inserted at *position*."""
        return any(start == end == position for start, end, _ in self._splices)

    def adds(self, text: str) -> bool:
        """Whether a splice contains *text*."""
        return any(text in new for _, _, new in self._splices)

    def _native(self, text: str) -> str:
        return self.style.quoted(text).replace("\r\n", "\n").replace("\n", line_end(self.text))

    def insert_after(self, node: ast.stmt, lines: str) -> None:
        """Insert whole *lines* below the statement *node* and its trailing comment, with its indentation."""
        lead = self.text[self.line_start(node.lineno) : self.span(node)[0]]
        lines = textwrap.indent(lines, lead) if not lead.strip() else lines
        self.insert_lines(self.line_end(self.span(node)[1]), lines)

    def insert_before(self, node: ast.stmt, lines: str) -> None:
        """Insert whole *lines* above the statement *node* and its decorators."""
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        self.insert_lines(self.line_start(first), lines)

    def insert_lines(self, position: int, lines: str) -> None:
        before = self.text[:position]
        glue = "\n" if before and not before.endswith(("\n", "\r")) else ""
        self.splice(position, position, glue + (lines if lines.endswith("\n") else lines + "\n"))

    def spliced(self, begin: int = 0, stop: int | None = None) -> str:
        """The text from *begin* to *stop* with its splices made. Neither position may be inside a splice."""
        stop = len(self.text) if stop is None else stop
        parts, position = [], begin
        for start, end, new in self._splices:
            if begin <= start and end <= stop and (start < stop or stop == len(self.text)):
                parts += [self.text[position:start], new]
                position = end
        return "".join([*parts, self.text[position:stop]])
