"""Where a line of a file is after changes to it. Tasks in a row change files without loading the project in between."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache


def line_now(before: bytes, now: bytes, line: int) -> int:
    """The number in *now* of line number *line* of *before*. Of a line that was replaced, that of its replacement."""
    return line if before == now else _moved(before, now).get(line, line)


@lru_cache(maxsize=8)
def _moved(before: bytes, now: bytes) -> dict[int, int]:
    old, new = before.splitlines(), now.splitlines()
    found: dict[int, int] = {}
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in ("equal", "replace") and new_end > new_start:
            found |= {at + 1: min(new_start + at - start, new_end - 1) + 1 for at in range(start, end)}
    return found
