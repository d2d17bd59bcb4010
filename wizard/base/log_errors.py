"""Find errors in a log: lines with an error level, exceptions and tracebacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from urllib.parse import unquote

LEVEL = re.compile(r"\b(?:ERROR|CRITICAL)\b")
REFUSED = r"\b(?:Bad Request|Forbidden|Not Found|Method Not Allowed|Gone|Unauthorized)\b[^/]*: "
"""How Django logs, as a warning, that the site refuses a visitor: `Forbidden (Permission denied): /a/`."""
WARNING = re.compile(rf"\bWARNING\b|{REFUSED}/")
"""A warning, by its level or, where the project logs no levels, by Django's words."""
CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|DoesNotExist|Denied|Configured): ")
"""The name of an exception that is logged without a traceback. With a traceback, any name is recognised."""


ACCESS = re.compile(r"\S+ \S+ \S+ \[[^\]]+\] \"")
"""A line of the access log. Another thread can write it in the middle of a traceback."""
MIGRATIONS, APPLYING = "Operations to perform:", "  Applying "
"""What `migrate` prints before it changes the database, and for each migration."""
NO_TABLE = re.compile(
    r"\S*(?:ProgrammingError|OperationalError|UndefinedTable)\b.{0,300}(?:does not exist|no such table|doesn't exist)"
)
"""The last line of a traceback about a table that is missing."""
REQUEST = re.compile(rf"(?:Internal Server Error: |Error handling request (?:[A-Z]+ )?|{REFUSED})(/.*?)\s*$")
"""How Django and gunicorn log which request the traceback that follows is about."""
TIMEOUT = "[CRITICAL] WORKER TIMEOUT"
"""What gunicorn logs before the line with the request that took too long."""
PATH = re.compile(r"(?<![\w.:/])/[^\s;,()]*")


def about_requests(lines: Sequence[str], text: str) -> list[str]:
    """*lines* without the errors of other requests than those whose paths *text* names; all if it names none."""
    paths = {unquote(each) for each in PATH.findall(text)}
    if not paths:
        return list(lines)
    kept, wanted = [], True
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        if found := REQUEST.search(following if TIMEOUT in line else line):
            wanted = unquote(found[1]) in paths
        if wanted:
            kept.append(line)
    return kept


def without_early_reads(lines: Sequence[str]) -> list[str]:
    """*lines* without the errors about missing tables that were printed while `migrate` created these tables.

    Some apps read the database in a thread as soon as they are loaded, which `migrate` does, too.
    """
    kept: list[str] = []
    at = 0
    while at < len(lines):
        end = _end_of_migrations(lines, at) if lines[at].startswith(MIGRATIONS) else at
        kept += _without_missing_tables(lines[at:end]) if end > at else [lines[at]]
        at = max(end, at + 1)
    return kept


def _end_of_migrations(lines: Sequence[str], start: int) -> int:
    """Where the last migration of the run that begins at *start* is printed; *start* if it applies none."""
    end = start
    for number in range(start + 1, len(lines)):
        if lines[number].startswith(MIGRATIONS):
            break
        if lines[number].startswith(APPLYING):
            end = number
    return end


def _without_missing_tables(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    block: list[str] = []
    for line, first, last in _with_tracebacks(lines):
        if first:
            kept += block
            block = [line]
        elif block:
            block.append(line)
        else:
            kept.append(line)
        if last and block:
            kept += [] if NO_TABLE.match(line) else block
            block = []
    return [*kept, *block]


def errors_in(lines: Iterable[str]) -> list[str]:
    """The lines with errors. Of a traceback, the first and the last line."""
    return [
        line
        for line, first, last in _with_tracebacks(_without_warnings(lines))
        if first or last or LEVEL.search(line) or EXCEPTION.match(line)
    ]


def raised_in(lines: Iterable[str]) -> list[str]:
    """The last line of each traceback, for example `django.urls.exceptions.NoReverseMatch: …`."""
    return [line for line, _, last in _with_tracebacks(_without_warnings(lines)) if last]


def _without_warnings(lines: Iterable[str]) -> Iterator[str]:
    """*lines* without the tracebacks of warnings, as Django logs them for a visitor who lacks a permission."""
    before, warned, after, chained = "", False, False, False
    for line, first, last in _with_tracebacks(lines):
        of_warning = bool(WARNING.search(before)) and not LEVEL.search(before)
        warned = warned or (first and (chained or of_warning))
        joins = after and (not line.strip() or line.startswith(CHAINED))  # between a traceback and the next one
        chained = joins and (chained or bool(line.strip()))
        if not (warned or joins):
            yield line
        warned, after, before = warned and not last, (warned and last) or joins, line


def _with_tracebacks(lines: Iterable[str]) -> Iterator[tuple[str, bool, bool]]:
    """Each line, and whether it begins or ends a traceback."""
    inside = False
    for line in lines:
        first = line.startswith("Traceback (")
        last = inside and not first and bool(line.strip()) and not line[0].isspace() and not ACCESS.match(line)
        inside = first or (inside and not last)
        yield line, first, last
