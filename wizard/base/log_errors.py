"""What a log tells of errors: the lines that say so, and what each traceback ended in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LEVEL = re.compile(r"\b(?:ERROR|CRITICAL)\b")
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|DoesNotExist|Denied|Configured): ")
"""An exception without its traceback; those with one may be called anything."""


def errors_in(lines: Iterable[str]) -> list[str]:
    """Lines that tell of an error; of a traceback the first and the last."""
    return [
        line
        for line, first, last in _with_tracebacks(lines)
        if first or last or LEVEL.search(line) or EXCEPTION.match(line)
    ]


def raised_in(lines: Iterable[str]) -> list[str]:
    """The last line of each traceback: `django.urls.exceptions.NoReverseMatch: …`."""
    return [line for line, _, last in _with_tracebacks(lines) if last]


def _with_tracebacks(lines: Iterable[str]) -> Iterator[tuple[str, bool, bool]]:
    """Each line, and whether it begins or ends a traceback."""
    inside = False
    for line in lines:
        first = line.startswith("Traceback (")
        last = inside and not first and bool(line.strip()) and not line[0].isspace()
        inside = first or (inside and not last)
        yield line, first, last
