"""Python source: its exact text, and where its syntax nodes lie in it. `ast` finds, text is spliced.

Everything outside a splice stays as it was by construction: line ends, a byte order mark, tabs, comments.
"""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from wizard.base.errors import EditError
from wizard.editing import imports
from wizard.editing.style import Style
from wizard.editing.text import line_end

_IMPORTED = re.compile(r"^(?:import|from [\w.]+ import) ([\w, ]+)$", re.MULTILINE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


@lru_cache(maxsize=64)
def parsed(text: str) -> ast.Module:
    """The tree of *text*; not to be changed, since the next who asks gets the same.

    Raises:
        SyntaxError, ValueError: it is no Python, or newer than this interpreter.
    """
    try:
        return ast.parse(text)
    except (MemoryError, RecursionError) as error:  # what the parser makes of brackets hundreds deep
        raise SyntaxError("nested too deeply") from error


def parsed_bytes(content: bytes) -> ast.Module:
    """The tree of a file, in the encoding it names.

    Raises:
        SyntaxError, ValueError: as `parsed` does.
    """
    try:
        return ast.parse(content)
    except (MemoryError, RecursionError) as error:
        raise SyntaxError("nested too deeply") from error


@lru_cache(maxsize=64)
def _walked(text: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(text)))


@dataclass
class Source:
    """A Python file decoded by its own encoding, with the splices to make in it."""

    path: Path
    original: bytes
    encoding: str = "utf-8"
    text: str = ""
    tree: ast.Module = field(default_factory=lambda: ast.Module([], []))
    _starts: list[int] = field(default_factory=list)
    opaque: bool = False
    """Newer syntax than this interpreter knows: nothing is found in it, and lines can only be added at its end."""
    bound: set[str] = field(default_factory=set)
    _splices: list[tuple[int, int, str]] = field(default_factory=list)
    _imports: list[str] = field(default_factory=list)
    _opening: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: Path, content: bytes) -> Source:
        """Parse *content*; what this interpreter can't parse is `opaque`: the project's own may well know it.

        Raises:
            EditError: it can't be decoded.
        """
        source = cls(path, content)
        try:
            source.encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
            source.text = content.decode(source.encoding)
        except (SyntaxError, UnicodeDecodeError) as error:
            raise EditError(f"{path} can't be read", str(error), "Save it as UTF-8, then run again.") from error
        try:
            source.tree = parsed(source.text)
        except (SyntaxError, ValueError):
            source.opaque = True
            source.bound |= {name.strip() for names in _IMPORTED.findall(source.text) for name in names.split(",")}
        source._starts = source._line_starts()
        source.bound |= bound_names(source.tree)
        return source

    def _part(self, text: str) -> Source:
        """*text*, which begins this file, as a source of its own."""
        part = Source(self.path, b"", self.encoding, text, ast.parse(text))
        part._starts, part.style = part._line_starts(), self.style  # its own text is too short to tell
        return part

    def reread(self) -> Source:
        """This part with its splices made."""
        return self._part(self._spliced())

    def _line_starts(self) -> list[int]:
        # str.splitlines would also cut at form feeds and U+2028, which ast doesn't count.
        return [match.start() for match in _LINE.finditer(self.text)]

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return () if self.opaque else _walked(self.text)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Start and end of *node* as positions in `text`."""
        return (
            self._index(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._index(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def _index(self, line: int, column: int) -> int:
        # ast counts columns in UTF-8 bytes of the line, and knows no byte order mark.
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return start + len(self.text[start:end].encode()[:column].decode())

    def line_start(self, line: int) -> int:
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def line_end(self, position: int) -> int:
        """The position behind the line end that follows *position*."""
        match = _LINE.match(self.text, position)
        return match.end() if match else len(self.text)

    def segment(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def replace(self, node: ast.expr, new: str) -> None:
        """Put the expression *new* in place of *node*; an assignment that gets too long for its line is laid out."""
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

    def splice(self, start: int, end: int, new: str) -> None:
        """Put *new* in place of the text from *start* to *end*; splices must not overlap."""
        if any(start < other_end and other < end for other, other_end, _ in self._splices):
            raise EditError(
                f"{self.path} can't be edited in one go", "two changes meet in one place", "Run the task again."
            )
        insort(self._splices, (start, end, self._native(new)), key=lambda splice: splice[:2])

    @cached_property
    def style(self) -> Style:
        return Style.of(self.text, self.path)

    def _native(self, text: str) -> str:
        return self.style.quoted(text).replace("\r\n", "\n").replace("\n", line_end(self.text))

    def insert_after(self, node: ast.stmt, lines: str) -> None:
        """Put whole *lines* below the statement *node* and its trailing comment, as far in as it stands."""
        lead = self.text[self.line_start(node.lineno) : self.span(node)[0]]
        lines = textwrap.indent(lines, lead) if not lead.strip() else lines
        self.insert_lines(self.line_end(self.span(node)[1]), lines)

    def insert_before(self, node: ast.stmt, lines: str) -> None:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        self.insert_lines(self.line_start(first), lines)

    def insert_below_imports(self, statement: str) -> None:
        """Put a *statement* of its own below the leading imports; of an opaque file, above all that is appended."""
        self._opening.append(statement)

    def append(self, lines: str) -> None:
        """Put whole statements at the end, laid out in the file's style."""
        head = lines[: len(lines) - len(lines.lstrip("\n"))]
        self.insert_lines(len(self.text), head + self.style.formatted(lines))

    def insert_lines(self, position: int, lines: str) -> None:
        before = self.text[:position]
        glue = "\n" if before and not before.endswith(("\n", "\r")) else ""
        self.splice(position, position, glue + (lines if lines.endswith("\n") else lines + "\n"))

    def add_import(self, statement: str) -> None:
        """Put an import statement where imports go, unless its names are bound already."""
        wanted = ast.parse(statement).body[0]
        assert isinstance(wanted, ast.Import | ast.ImportFrom)
        names = {imports.bound_as(alias) for alias in wanted.names}
        if names <= self.bound:
            return
        self.bound |= names
        self._imports.append(statement)

    def _head_end(self) -> int:
        """Where the leading imports end; without any, where the first would go."""
        if found := imports.leading(self.tree):
            return self.line_end(self.span(found[-1])[1])
        if self.tree.body and ast.get_docstring(self.tree, clean=False) is not None:
            return self.line_end(self.span(self.tree.body[0])[1])
        return self._after_head()

    def _after_head(self) -> int:
        """Behind a shebang and a coding line."""
        position = 1 if self.text.startswith("\ufeff") else 0
        for _ in range(2):
            if re.match(r"#!|#.*coding[:=]", self.text[position:]):
                position = self.line_end(position)
        return position

    @property
    def changed(self) -> bool:
        return bool(self._splices or self._imports or self._opening)

    def result(self) -> bytes:
        """The new content, in the file's own encoding.

        Raises:
            EditError: the result would not be Python, or can't be written in the file's encoding.
        """
        if self._imports or self._opening:
            self._begin()
        text = self._spliced()
        try:
            if not self.opaque:  # whether it still loads is seen when the project's interpreter is asked
                self._check()
            return text.encode(self.encoding)
        except (SyntaxError, UnicodeEncodeError) as error:
            raise EditError(f"{self.path} can't be edited safely", str(error), "Make the change by hand.") from error

    def _begin(self) -> None:
        """Turn the imports and what stands below them into one splice."""
        if self.opaque:
            end, head = len(self.text), self._native("\n\n" + "\n".join(self._imports) + "\n")
        else:
            end = self._head_end()
            head = imports.added(self._part(self.text[:end]), self._imports, follows=self.text[end:])
        if self._opening:
            below = self.text[end:]
            air = "\n" if below.strip() and not below.startswith(("\n", "\r")) else ""
            head = head.rstrip("\r\n") + self._native("\n\n" + "\n".join(self._opening) + "\n" + air)
        self._splices.insert(0, (end if self.opaque else 0, end, head))
        self._imports.clear()
        self._opening.clear()

    def _spliced(self, begin: int = 0, stop: int | None = None) -> str:
        """The text with its splices made, from *begin* to *stop*, which lie in no splice."""
        stop = len(self.text) if stop is None else stop
        parts, position = [], begin
        for start, end, new in self._splices:
            if begin <= start and end <= stop and (start < stop or stop == len(self.text)):
                parts += [self.text[position:start], new]
                position = end
        return "".join([*parts, self.text[position:stop]])

    def _check(self) -> None:
        """Parse the statements that splices touch; the others are as they were.

        Raises:
            SyntaxError: one is no Python any more.
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
            ast.parse(self._spliced(starts[first], starts[last + 1] if last + 1 < len(starts) else None))


def bound_names(tree: ast.Module) -> set[str]:
    """Names that imports and assignments at the top level bind."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def assignments(tree: ast.Module | ast.ClassDef, name: str) -> list[ast.Assign | ast.AnnAssign]:
    """Assignments to *name* at the top level of a module or class, plain ones, in order."""
    return _assigned(tree).get(name, [])


@lru_cache(maxsize=128)
def _assigned(tree: ast.Module | ast.ClassDef) -> dict[str, list[ast.Assign | ast.AnnAssign]]:
    found: dict[str, list[ast.Assign | ast.AnnAssign]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        else:
            continue
        for name in {target.id for target in targets if isinstance(target, ast.Name)}:
            found.setdefault(name, []).append(node)
    return found


def nested_assignments(source: Source, name: str) -> list[ast.Assign]:
    """Assignments to *name* inside if, try and with blocks."""
    return [] if source.opaque else _nested(source.text).get(name, [])


@lru_cache(maxsize=64)
def _nested(text: str) -> dict[str, list[ast.Assign]]:
    """Assignments below the top level, by the names they bind."""
    module, *nodes = _walked(text)
    assert isinstance(module, ast.Module)
    outer = set(module.body)
    found: dict[str, list[ast.Assign]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and node not in outer:
            for name in {target.id for target in node.targets if isinstance(target, ast.Name)}:
                found.setdefault(name, []).append(node)
    return found
