"""The diff of a file as it is shown: without secrets. Of a file with secrets, only public values are readable."""

from __future__ import annotations

import difflib
import re

from wizard.base.public_values import is_public
from wizard.base.secrets import redact

MASK = "…"
CONTEXT = 2
"""Unchanged lines around a change."""
ASSIGNMENT = re.compile(r"(?P<head>\s*(?:#\s*)?(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)\s*=)(?P<value>.*)", re.S)
"""A variable with its value, also in a comment."""
NO_LINE_END = "\\ No newline at end of file"
"""The mark in a diff, as git and diff write it."""


def diff(before: bytes | None, after: bytes, name: str, *, secret: bool) -> str:
    """The unified diff of the file *name*, which is new if *before* is None. *secret*: it holds secrets.

    The lines themselves are compared, so that the diff shows that a value has changed, but not which value it is.
    """
    old, new = _lines(before or b""), _lines(after)
    shown_old, shown_new = (_masked(lines) if secret else lines for lines in (old, new))
    found = [f"--- {'/dev/null' if before is None else name}", f"+++ {name}"]
    show_returns = _has_returns(old) != _has_returns(new) and bool(old and new)
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT):
        found.append(_heading(group))
        for kind, old_start, old_end, new_start, new_end in group:
            if kind != "equal":
                found += _side("-", shown_old[old_start:old_end], show_returns)
            found += _side(" " if kind == "equal" else "+", shown_new[new_start:new_end], show_returns)
    return "\n".join(found) if len(found) > 2 else ""


def _lines(content: bytes) -> list[str]:
    """The lines of *content* with their ends, as editors count them: not at form feeds or Unicode's separators."""
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z", content.decode("utf-8", "replace"))


def _has_returns(lines: list[str]) -> bool:
    return any(line.endswith("\r\n") for line in lines)


def _heading(group: list[tuple[str, int, int, int, int]]) -> str:
    (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = group[0], group[-1]
    return f"@@ -{_range(old_start, old_end)} +{_range(new_start, new_end)} @@"


def _range(start: int, end: int) -> str:
    """A range of lines in the notation of unified diffs."""
    if end - start == 1:
        return str(start + 1)
    return f"{start + 1 if end > start else start},{end - start}"


def _side(sign: str, lines: list[str], show_returns: bool) -> list[str]:
    found = []
    for line in lines:
        text = line.rstrip("\r\n")
        mark = "␍" * (show_returns and line.endswith("\r\n"))
        found.append(f"{sign}{redact(text)}{mark}")
        if text == line:
            found.append(NO_LINE_END)
    return found


def _masked(lines: list[str]) -> list[str]:
    """The *lines* of a .env file, each without a value that may be a secret."""
    from wizard.editing.dotenv import continuation_lines

    inside = continuation_lines("".join(lines))
    shown = ("" if number in inside else _without_value(line) for number, line in enumerate(lines))
    return [text or f"{MASK}{_end(line)}" for text, line in zip(shown, lines, strict=True)]


def _without_value(line: str) -> str:
    """*line* of a .env file with its value masked, unless the value is public. Empty if nothing of it can be shown."""
    text = line.rstrip("\r\n")
    if match := ASSIGNMENT.fullmatch(text):
        value = match["value"].strip()
        if is_public(match["name"], _unquoted(value)):
            return line
        return f"{match['head']}{MASK}{_end(line)}"
    return line if not text.strip() or text.lstrip().startswith("#") else ""


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
