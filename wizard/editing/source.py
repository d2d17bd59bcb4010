"""A Python file that is edited by splices: `ast` finds the place, and only the text there is replaced.

Everything outside of a splice stays as it was: line ends, a byte order mark, tabs, comments.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_left, bisect_right
from pathlib import Path

from wizard.base.errors import EditError
from wizard.editing import imports, syntax
from wizard.editing.spliced_text import SplicedText

_IMPORTED = re.compile(r"^(?:import|from [\w.]+ import) ([\w, ]+)$", re.MULTILINE)


class Source(SplicedText):
    """A Python file, decoded as it declares, with the edits to make in it."""

    def __init__(self, path: Path, original: bytes, encoding: str, text: str) -> None:
        self.original, self.encoding = original, encoding
        self.opaque = False
        """The file has newer syntax than this interpreter knows. Lines can only be added at its end."""
        try:
            tree = syntax.parsed(text)
        except (SyntaxError, ValueError):
            self.opaque, tree = True, ast.Module([], [])
        super().__init__(path, text, tree)
        self.bound = syntax.bound_names(tree)
        """Names that the file binds at its top level."""
        if self.opaque:
            self.bound |= {name.strip() for names in _IMPORTED.findall(text) for name in names.split(",")}
        self._imports: list[str] = []
        self._bound_imports: dict[str, set[str]] = {}
        """Imports that were not added, because the file binds their names. It may do so below a new use."""
        self._below_imports: list[str] = []

    @classmethod
    def of(cls, path: Path, content: bytes) -> Source:
        """The file at *path* with this *content*. Syntax that only the project's newer Python knows is accepted.

        Raises:
            EditError: it can't be decoded.
        """
        try:
            encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
            return cls(path, content, encoding, content.decode(encoding))
        except (SyntaxError, UnicodeDecodeError) as error:
            raise EditError(f"{path} can't be read", str(error), "Save it as UTF-8, then run again.") from error

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return () if self.opaque else syntax.walked(self.text)

    def nested_assignments(self, name: str) -> list[ast.Assign]:
        """Assignments to *name* inside if, try and with blocks."""
        return [] if self.opaque else syntax.nested_assignments(self.text).get(name, [])

    def replace(self, node: ast.expr, new: str) -> None:
        """Replace the expression *node* with *new*. An assignment that becomes too long for its line is reformatted."""
        start, end = self.span(node)
        begin = self.line_start(node.lineno)
        lead = re.match(r"[ \t]*", self.text[begin:])
        head, tail = self.text[begin:start], self.text[end : self.line_end(end)].rstrip("\r\n")
        whole = node.lineno == node.end_lineno and re.fullmatch(r"[ \t]*\w+ = ", head) and not tail.strip()
        if whole and lead and len(head) + len(new) > self.style.width:
            lines = self.style.formatted(head.strip() + " " + new, lead[0]).rstrip("\n")
            self.splice(begin + len(lead[0]), end, lines.replace("\n", "\n" + lead[0]))
        else:
            self.splice(start, end, new)

    def insert_below_imports(self, statement: str) -> None:
        """Insert a *statement* below the leading imports. In an opaque file it goes above all that is appended."""
        self._below_imports.append(statement)

    def append(self, lines: str) -> None:
        """Add whole statements at the end, formatted in the file's style."""
        head = lines[: len(lines) - len(lines.lstrip("\n"))]
        self.insert_lines(len(self.text), head + self.style.formatted(lines))

    def add_import(self, statement: str) -> None:
        """Add an import statement where imports go, unless its names are bound already."""
        wanted = ast.parse(statement).body[0]
        assert isinstance(wanted, ast.Import | ast.ImportFrom)
        names = {imports.bound_as(alias) for alias in wanted.names}
        if names <= self.bound:
            self._bound_imports[statement] = names
            return
        self.bound |= names
        self._imports.append(statement)

    @property
    def changed(self) -> bool:
        return bool(self._splices or self._imports or self._below_imports)

    def result(self) -> bytes:
        """The new content, in the file's own encoding.

        Raises:
            EditError: the result would not be Python, or can't be written in the file's encoding.
        """
        self._imports += [each for each, names in self._bound_imports.items() if self._is_used_above(names)]
        self._bound_imports.clear()
        if self._imports or self._below_imports:
            self._splice_head()
        text = self.spliced()
        try:
            if not self.opaque:  # the project's interpreter shows later whether an opaque file still loads
                self._check()
            return text.encode(self.encoding)
        except (SyntaxError, UnicodeEncodeError) as error:
            raise EditError(f"{self.path} can't be edited safely", str(error), "Make the change by hand.") from error

    def _is_used_above(self, names: set[str]) -> bool:
        """Whether an edit uses one of *names* above the import that binds it."""
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom) and names & set(map(imports.bound_as, node.names)):
                start, used = self.span(node)[0], rf"\b({'|'.join(map(re.escape, names))})\b"
                return any(end <= start and re.search(used, new) for _, end, new in self._splices)
        return False

    def _splice_head(self) -> None:
        """Turn the new imports and the statements below them into one splice."""
        if self.opaque:
            end, head = len(self.text), self._native("\n\n" + "\n".join(self._imports) + "\n")
        else:
            end = self._head_end()
            text = self._head(end)
            self._splices = [splice for splice in self._splices if splice[0] >= end]
            head = imports.with_imports(
                # The head alone is too short to detect the file's style.
                SplicedText(self.path, text, ast.parse(text), self.style),
                self._imports,
                follows=self.text[end:],
            )
        if self._below_imports:
            below = self.text[end:]
            blank = "\n" if below.strip() and not below.startswith(("\n", "\r")) else ""
            head = head.rstrip("\r\n") + self._native("\n\n" + "\n".join(self._below_imports) + "\n" + blank)
        self._splices.insert(0, (end if self.opaque else 0, end, head))
        self._imports.clear()
        self._below_imports.clear()

    def _head(self, end: int) -> str:
        """The text before *end* with the edits in it, such as an import that was removed."""
        text = self.text[:end]
        for start, stop, new in sorted((splice for splice in self._splices if splice[0] < end), reverse=True):
            text = text[:start] + new + text[stop:]
        return text

    def _head_end(self) -> int:
        """Where the leading imports end. Without any, where the first one would go.

        An import that became part of another statement, such as `try`, is no leading one.
        """
        first = min((start for start, _, _ in self._splices), default=len(self.text))
        leading = imports.leading(self.tree)
        for nodes in (leading, [node for node in leading if self.span(node)[1] <= first]):
            end = self.line_end(self.span(nodes[-1])[1]) if nodes else 0
            if nodes and syntax.is_valid(self._head(end)):
                return end
        if self.tree.body and ast.get_docstring(self.tree, clean=False) is not None:
            return self.line_end(self.span(self.tree.body[0])[1])
        return self._after_comments()

    def _after_comments(self) -> int:
        """The position after a shebang and a coding line."""
        position = 1 if self.text.startswith("\ufeff") else 0
        for _ in range(2):
            if re.match(r"#!|#.*coding[:=]", self.text[position:]):
                position = self.line_end(position)
        return position

    def _check(self) -> None:
        """Parse the statements that splices touch. The others are unchanged.

        Raises:
            SyntaxError: one is no longer Python.
        """
        body = self.tree.body
        firsts = (min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))]) for node in body)
        starts = sorted({0, *(self.line_start(line) for line in firsts)})
        touched: list[list[int]] = []
        for start, end, _ in self._splices:
            first = bisect_right(starts, start) - 1
            last = max(first, bisect_left(starts, end) - 1)
            if touched and first <= touched[-1][1]:
                touched[-1][1] = max(last, touched[-1][1])
            else:
                touched.append([first, last])
        for first, last in touched:
            ast.parse(self.spliced(starts[first], starts[last + 1] if last + 1 < len(starts) else None))
