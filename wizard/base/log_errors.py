"""Find errors in a log: lines with an error level, exceptions and tracebacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LEVEL = re.compile(r"\b(?:ERROR|CRITICAL)\b")
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|DoesNotExist|Denied|Configured): ")
"""The name of an exception that is logged without a traceback. With a traceback, any name is recognised."""


def errors_in(lines: Iterable[str]) -> list[str]:
    """The lines with errors. Of a traceback, the first and the last line."""
    return [
        line
        for line, first, last in _with_tracebacks(lines)
        if first or last or LEVEL.search(line) or EXCEPTION.match(line)
    ]


def raised_in(lines: Iterable[str]) -> list[str]:
    """The last line of each traceback, for example `django.urls.exceptions.NoReverseMatch: …`."""
    return [line for line, _, last in _with_tracebacks(lines) if last]


def _with_tracebacks(lines: Iterable[str]) -> Iterator[tuple[str, bool, bool]]:
    """Each line, and whether it begins or ends a traceback."""
    inside = False
    for line in lines:
        first = line.startswith("Traceback (")
        last = inside and not first and bool(line.strip()) and not line[0].isspace()
        inside = first or (inside and not last)
        yield line, first, last
