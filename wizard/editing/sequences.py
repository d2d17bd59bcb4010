"""Insert and move the entries of a list, tuple, set, dict, call or import. Each comment stays with its entry.

A comment belongs to the entry that ends in its line. Comment lines belong to the entry directly below them, or else to
the one above. An entry that has its lines to itself is inserted and moved as whole lines.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.base.errors import EditError
from wizard.editing.spliced_text import SplicedText

Node = ast.List | ast.Tuple | ast.Set | ast.Dict | ast.Call | ast.ImportFrom
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER}
_LONE_RETURN = re.compile(r"\r(?!\n)")


def insert(source: SplicedText, node: Node, index: int, new: str) -> None:
    """Insert the entry *new* before the one at *index*, or at the end.

    Raises:
        EditError: *node* has no brackets, or its entries can't be told apart.
    """
    layout = _Layout(source, node)
    entries = layout.entries
    if not entries:
        source.splice(layout.opening, layout.opening, new + ("," if isinstance(node, ast.Tuple) else ""))
    elif layout.begins_with_comma(index):
        comma = entries[index - 1].comma
        source.splice(comma, comma, f", {new}\n{layout.lead(comma)}")
    elif (place := layout.line_for(index)) is not None:
        if index == len(entries):
            layout.add_last_comma()
        source.splice(place, place, f"{layout.indentation(index)}{new},\n")
    elif index:
        end = entries[index - 1].end
        own_line = index == len(entries) and layout.starts_line(index - 1)  # the closing bracket is in that line
        source.splice(end, end, (f",\n{layout.indentation(index)}" if own_line else ", ") + new)
    else:
        source.splice(entries[0].start, entries[0].start, f"{new}, ")


def move(source: SplicedText, node: Node, index: int, before: int) -> None:
    """Move the entry at *index*, with its comments, before the one that is now at *before*, or to the end.

    Raises:
        EditError: as `insert` does, or a comment is in a line with several entries.
    """
    layout = _Layout(source, node)
    entries = layout.entries
    if before in {index, index + 1}:
        return
    entry, lines, place = entries[index], layout.lines_of(index), layout.line_for(before)
    if lines and place is not None:
        if before == len(entries):
            layout.add_last_comma()
        start, end = lines
        glue = "," if entry.comma < 0 else ""
        text = source.text[start : entry.end] + glue + source.text[entry.end : end]
        source.splice(start, end, "")
        source.splice(place, place, text, verbatim=True)
        return
    if layout.has_comment_near(index):
        raise _unclear(source, node, "a comment is in a line with several entries")
    if index + 1 < len(entries) and (not index or layout.starts_line(index)):
        source.splice(entry.start, entries[index + 1].start, "")
    else:
        source.splice(entries[index - 1].end, entry.end, "")
    insert(source, node, before, source.text[entry.start : entry.end])


@dataclass
class _Entry:
    """Where an entry begins and ends, and where its comma is: -1 if it has none."""

    start: int
    end: int
    comma: int = -1

    @property
    def last(self) -> int:
        """The position after the entry and its comma."""
        return max(self.end, self.comma + 1)


class _Layout:
    """The entries of *node* in the text of *source*, and how they are laid out in lines."""

    def __init__(self, source: SplicedText, node: Node) -> None:
        self.source, self.text = source, source.text
        self.start, self.stop = source.span(node)
        if isinstance(node, ast.Call):
            self.start = source.span(node.func)[1]
        elif isinstance(node, ast.ImportFrom):
            self.start = max(self.start, self.text.find("(", self.start, self.stop))
        self.opening = self.start
        """The position after the opening bracket."""
        self.entries: list[_Entry] = []
        if not self._scan() or len(self.entries) != _count(node):
            raise _unclear(source, node, "its entries can't be told apart")

    def _scan(self) -> bool:
        """Find the entries. Returns whether the first bracket is closed where the node ends."""
        depth, current = 0, None
        for token, start, end in self._tokens():
            bracket = _BRACKETS.get(token.string, 0) if token.type == tokenize.OP else 0
            if depth == 0:
                self.opening, depth = end, bracket
                if bracket != 1:
                    return False
                continue
            if bracket < 0 and depth == 1:
                return end == self.stop
            if token.type == tokenize.OP and token.string == "," and depth == 1 and current:
                current.comma, current = start, None
            elif token.type not in _LAYOUT:
                if current is None:
                    current = _Entry(start, end)
                    self.entries.append(current)
                current.end = end
            depth += bracket
        return False

    def _tokens(self) -> Iterator[tuple[tokenize.TokenInfo, int, int]]:
        """The tokens from the opening bracket on, with their positions."""
        text = _LONE_RETURN.sub("\n", self.text[self.start : self.stop])  # tokenize ends no line there
        starts = [self.start]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        try:
            for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
                (row, column), (last_row, last_column) = token.start, token.end
                yield token, starts[row - 1] + column, starts[last_row - 1] + last_column
        except (tokenize.TokenError, SyntaxError):
            return  # a tuple without brackets

    # ---- lines

    def _line_start(self, position: int) -> int:
        return max(self.text.rfind("\n", 0, position), self.text.rfind("\r", 0, position)) + 1

    def lead(self, position: int) -> str:
        """The text before *position* in its line."""
        return self.text[self._line_start(position) : position]

    def _rest(self, position: int) -> str:
        """The text after *position* in its line."""
        return self.text[position : self.source.line_end(position)].strip()

    def starts_line(self, index: int) -> bool:
        return not self.lead(self.entries[index].start).strip()

    def begins_with_comma(self, index: int) -> bool:
        """Whether the line of the entry at *index* begins with the comma before it."""
        comma = self.entries[index - 1].comma if 0 < index < len(self.entries) else -1
        return comma >= 0 and not self.lead(comma).strip()

    def line_for(self, index: int) -> int | None:
        """Where a new line before the entry at *index* begins. None if other entries are in that line."""
        above = self.entries[index - 1].last if index else self.opening
        if index < len(self.entries) and not self.starts_line(index):
            return None
        if self._rest(above) and not self._rest(above).startswith("#"):
            return None
        return self._below_comments(self.source.line_end(above))

    def _below_comments(self, position: int) -> int:
        """The position below the comment lines at *position*, if they belong to the entry above.

        They do if an empty line or the closing bracket follows them.
        """
        end = position
        while self._rest(end).startswith("#"):
            end = self.source.line_end(end)
        at_bracket = end <= self.stop and self._rest(end)[:1] in {")", "]", "}"}
        return end if end > position and (at_bracket or not self._rest(end)) else position

    def indentation(self, index: int) -> str:
        """The indentation for an entry at *index*, from one beside it that begins a line."""
        for each in (index, index - 1, index - 2):
            if 0 <= each < len(self.entries) and self.starts_line(each):
                return self.lead(self.entries[each].start)
        lead = self.lead(self.entries[max(0, index - 1)].start)
        return re.sub(r"[^\t]", " ", lead)

    def add_last_comma(self) -> None:
        """Put a comma behind the last entry, unless it has one or an earlier edit adds one."""
        last = self.entries[-1]
        if last.comma < 0 and not self.source.has_splice_at(last.end):
            self.source.splice(last.end, last.end, ",")

    def lines_of(self, index: int) -> tuple[int, int] | None:
        """The lines of the entry at *index* with its comments. None if it shares a line."""
        entry = self.entries[index]
        rest = self._rest(entry.last)
        if not self.starts_line(index) or (rest and not rest.startswith("#")):
            return None
        if self.text[entry.end : entry.comma].strip() and entry.comma >= 0:
            return None  # a comment is between the entry and its comma
        start = self._line_start(entry.start)
        floor = self.source.line_end(self.entries[index - 1].last if index else self.opening)
        above = re.finditer(r"[^\r\n]*(?:\r\n|\r|\n)", self.text[floor:start])
        for match in reversed(list(above)):
            if not match[0].lstrip().startswith("#"):
                break
            start = floor + match.start()
        return start, self.source.line_end(entry.last)

    def has_comment_near(self, index: int) -> bool:
        """Whether a comment is between the neighbours of the entry at *index*, so that it might belong to it."""
        start = self.entries[index - 1].start if index else self.opening
        stop = self.entries[index + 1].start if index + 1 < len(self.entries) else self.stop
        return any(token.type == tokenize.COMMENT and start <= at < stop for token, at, _ in self._tokens())


def _count(node: Node) -> int:
    if isinstance(node, ast.Call):
        return len(node.args) + len(node.keywords)
    if isinstance(node, ast.Dict):
        return len(node.keys)
    return len(node.names) if isinstance(node, ast.ImportFrom) else len(node.elts)


def _unclear(source: SplicedText, node: Node, why: str) -> EditError:
    hint = "Give each entry its own line, then run again."
    return EditError(f"{source.path}:{node.lineno} can't be edited safely", why, hint)
