"""Syntax colours of the rows of a diff, by Pygments. A colour is a name, which each theme gives its value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Colour = tuple[int, int, str]
"""The range of characters, and the name: `comment`, `keyword`, `string`, `number` or `name`."""
LONGEST_LEXED = 500
"""Longer lines, such as those of minified scripts, have no colours."""
MOST_LEXED = 100_000
"""Characters of a diff that are coloured."""
LANGUAGES = {".html": "html+django", ".txt": "text"}
"""Lexers that differ from Pygments' choice for the end of a file name."""
ENVIRONMENT = "bash"
"""The lexer of .env files, for which Pygments has none of their own."""


class Line(Protocol):
    """A line to be coloured. Its kind is as in a diff."""

    kind: str
    text: str
    colours: Sequence[Colour]


def colour_rows(rows: Sequence[Line], name: str) -> None:
    """Set the colours of *rows* of the file *name*. Each hunk is read twice: as it was, and as it will be."""
    lexer = _lexer(name)
    if lexer is None:
        return
    hunk: list[Line] = []
    left = MOST_LEXED
    for row in rows:
        if row.kind == "@":
            _colour_hunk(lexer, hunk)
            hunk = []
        left -= len(row.text) + 1
        if left < 0:
            break
        hunk.append(row)
    _colour_hunk(lexer, hunk)


def _lexer(name: str) -> Lexer | None:
    if not name:
        return None
    from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
    from pygments.util import ClassNotFound

    base = name.rpartition("/")[2]
    language = ENVIRONMENT if base.startswith(".env") else LANGUAGES.get(f".{base.rpartition('.')[2]}")
    if language == "text":
        return None
    options = {"stripnl": False, "ensurenl": True}
    try:
        return get_lexer_by_name(language, **options) if language else get_lexer_for_filename(base, **options)
    except ClassNotFound:
        return None


def _colour_hunk(lexer: Lexer, hunk: list[Line]) -> None:
    _colour_side(lexer, [row for row in hunk if row.kind in " -"])
    _colour_side(lexer, [row for row in hunk if row.kind in " +"])


def _colour_side(lexer: Lexer, rows: list[Line]) -> None:
    text = "\n".join(row.text if len(row.text) <= LONGEST_LEXED else "" for row in rows)
    found: list[list[Colour]] = [[] for _ in rows]
    line = column = 0
    for kind, part in _named(lexer, text):
        for number, piece in enumerate(part.split("\n")):
            if number:
                line, column = line + 1, 0
            if piece and kind and line < len(found):
                found[line].append((column, column + len(piece), kind))
            column += len(piece)
    for row, colours in zip(rows, found, strict=True):
        row.colours = colours


def _named(lexer: Lexer, text: str) -> Iterable[tuple[str, str]]:
    """The name of the colour of each token, or an empty one, and its text."""
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    names = {
        Comment: "comment",
        Keyword.Constant: "number",
        Keyword: "keyword",
        Operator.Word: "keyword",
        String: "string",
        Number: "number",
        Name.Function: "name",
        Name.Class: "name",
        Name.Decorator: "name",
        Name.Tag: "name",
        Name.Attribute: "name",
    }
    known: dict[object, str] = {}
    for kind, part in lexer.get_tokens(text):
        if kind not in known:
            known[kind] = next((name for parent, name in names.items() if kind in parent), "")
        yield known[kind], part
