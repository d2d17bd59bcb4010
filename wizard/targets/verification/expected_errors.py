"""Tell errors in a log that Golive's own checks cause from those of the project."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import unquote

from wizard.base.log_errors import errors_in
from wizard.targets.verification.settings import DELIBERATE, FOREIGN, TEST_RECORD

ON_PURPOSE = (
    DELIBERATE, TEST_RECORD, FOREIGN, "/golive-raises/", "golive-broken-on-purpose", "broken on purpose, by task",
)  # fmt: skip
"""Texts in errors that Golive's own checks raise and log on purpose."""
OWN_TRACEBACK = re.compile(
    rf"^Traceback.*\n(?:[ \t].*\n|\n)*\S.*(?:{'|'.join(map(re.escape, ON_PURPOSE))}).*$", re.MULTILINE
)

NO_REQUEST = re.compile(
    r"^(?:Exception ignored in: .*|.*Task exception was never retrieved\nfuture: .*RequestAborted.*)\n"
    r"Traceback.*\n(?:[ \t].*\n|\n)*\S.*$",
    re.MULTILINE,
)
"""Errors of no request: of a destructor, such as that of an upload's file that was moved, and of a visitor who left."""


TRACEBACK = r"(?:\n+(?:During handling .*|The above exception .*)?\n*Traceback.*\n(?:[ \t].*\n|\n)*\S.*)*"


ANY = "*"


def shape(path: str) -> str:
    """*path* as Django logs it, with ANY for each part that has digits: the error of a view is that of all its rows."""
    return "/".join(ANY if re.search(r"\d", part) else part for part in unquote(path).split("/"))


def unexpected_errors(lines: Iterable[str], known: Collection[str] = ()) -> list[str]:
    """Return the error lines among *lines*: not those that Golive causes, of no request, and of the paths *known*."""
    text = NO_REQUEST.sub("", OWN_TRACEBACK.sub("", "\n".join(lines)))
    for path in sorted({shape(each) for each in known}):
        pattern = re.escape(path).replace(re.escape(ANY), r"(?=[^/\n]*\d)[^/\n]+")
        text = re.sub(rf"^.*Internal Server Error: {pattern}(?=\s|$).*{TRACEBACK}", "", text, flags=re.M)
    return [line for line in errors_in(text.splitlines()) if is_unexpected(line)]


def is_unexpected(line: str) -> bool:
    return bool(line.strip()) and not any(mark in line for mark in ON_PURPOSE)
