"""Diffs, unified or side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from textual.content import Content

STYLES = {"+": "$text-success on $success-muted", "-": "$text-error on $error-muted", " ": "", "@": "$text-accent"}
GUTTER = "$text-muted"
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")


@dataclass(frozen=True)
class Line:
    """A line of a diff: its kind (`+`, `-`, space, or `@` between hunks), its text, and its number in each file."""

    kind: str
    text: str
    old: int = 0
    new: int = 0


def parse_diff(diff: str) -> list[Line]:
    """Parse a unified diff of one file."""
    found: list[Line] = []
    old = new = 0
    for line in diff.splitlines()[2:]:
        if hunk := HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
            if found:
                found.append(Line("@", "…"))
        elif line.startswith("-"):
            found.append(Line("-", line[1:], old=old))
            old += 1
        elif line.startswith("+"):
            found.append(Line("+", line[1:], new=new))
            new += 1
        else:
            found.append(Line(" ", line[1:], old, new))
            old, new = old + 1, new + 1
    return found


def unified(lines: list[Line]) -> Content:
    return Content("\n").join(_row(line, line.new or line.old) for line in lines)


def side_by_side(lines: list[Line]) -> tuple[Content, Content]:
    """The old and the new lines, aligned so that replaced lines are next to each other."""
    left: list[Content] = []
    right: list[Content] = []
    for removed, added in _pairs(lines):
        left.append(_row(removed, removed.old) if removed else Content(""))
        right.append(_row(added, added.new) if added else Content(""))
    return Content("\n").join(left), Content("\n").join(right)


def _row(line: Line, number: int) -> Content:
    sign = line.kind if line.kind in "+-" else " "
    return Content.assemble((f"{number or '':>4} ", GUTTER), (f"{sign} {line.text.expandtabs(4)}", STYLES[line.kind]))


def _pairs(lines: list[Line]) -> Iterator[tuple[Line | None, Line | None]]:
    removed: list[Line] = []
    added: list[Line] = []
    for line in [*lines, Line(" ", "")]:
        if line.kind == "-":
            removed.append(line)
        elif line.kind == "+":
            added.append(line)
        else:
            yield from zip_longest(removed, added)
            removed, added = [], []
            yield line, line
