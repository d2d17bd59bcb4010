"""Addresses from the routes of a URL configuration, with real values in place of the parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from wizard.base.errors import SiteError
from wizard.site.session import Site

CONVERTED = re.compile(r"<(?:(\w+):)?(\w+)>")
"""A parameter of `path()`."""
CLASSES = {"d": "1", "w": "a", "s": "", "S": "a", "Z": "", "A": "", "b": ""}
"""What stands for a class of characters of a regular expression."""
DEPTH = 20


def require_own(site: Site, method: str, path: str) -> None:
    """Check that *path* is an address of *site*: no journey sends anything to another one, such as a newsletter's.

    Raises:
        SiteError: it is not.
    """
    if "://" not in path.partition("?")[0]:
        return
    try:
        host = urlsplit(path).hostname or ""
    except ValueError:
        host = ""
    own = {site.host.partition(":")[0].lower()} | (set() if site.public else {"127.0.0.1"})
    if host not in own:
        raise SiteError(f"{method.upper()} {path[:100]} is on another site", "journeys send nothing to other sites")


def parameters(route: str) -> tuple[str, ...]:
    """The names of the route's parameters, in order."""
    return tuple(first or second for first, second in re.findall(r"\(\?P<(\w+)>|<(?:\w+:)?(\w+)>", route))


def converters(route: str) -> dict[str, str]:
    """The converter of each parameter of `path()`, by its name: `slug` for `<slug:event>`. Empty if none is named."""
    return {name: converter for converter, name in CONVERTED.findall(route)}


def fill(route: str, values: Mapping[str, object]) -> str:
    """The path of *route* with *values* for its parameters. Empty if one is missing, or the route can't be read."""
    if set(parameters(route)) - values.keys() and not _is_regex(route):
        return ""
    try:
        text = _expand(route, values, 0)[0] if _is_regex(route) else route
    except LookupError:
        return ""
    text = CONVERTED.sub(lambda match: _quoted(values.get(match[2], "")), text)
    return "/" + text.lstrip("/")


def _quoted(value: object) -> str:
    return quote(str(value), safe="/@:+,-_.~")


def _is_regex(route: str) -> bool:
    return bool(re.search(r"\(\?|[\^$\\]|\)[?*+]", route))


def _expand(text: str, values: Mapping[str, object], depth: int) -> tuple[str, int]:
    """An example for the regular expression *text* up to its end or a closing parenthesis, and where that is.

    Raises:
        LookupError: it needs a value that is missing, or it is nested too deeply.
    """
    if depth > DEPTH:
        raise LookupError(text)
    parts: list[str] = []
    at = 0
    while at < len(text) and text[at] != ")":
        part, at = _atom(text, at, values, depth)
        at, optional = _repetition(text, at)
        if part is None and not optional:
            raise LookupError(text)
        parts.append("" if part is None or (optional and part != "/") else part)
        if at < len(text) and text[at] == "|":  # the first alternative suffices
            at = _closing(text, at)
    return "".join(parts), at


def _atom(text: str, at: int, values: Mapping[str, object], depth: int) -> tuple[str | None, int]:
    """The next part of a regular expression, None if it is a parameter without a value, and where it ends."""
    character = text[at]
    if character in "^$":
        return "", at + 1
    if character == "\\" and at + 1 < len(text):
        return CLASSES.get(text[at + 1], text[at + 1]), at + 2
    if character == "[":
        end = text.find("]", at + 2)
        return ("1" if "0" in text[at:end] or "d" in text[at:end] else "a"), (end + 1 if end > 0 else len(text))
    if character == ".":
        return "a", at + 1
    if character == "<" and (found := CONVERTED.match(text, at)):
        return (_quoted(values[found[2]]) if found[2] in values else None), found.end()
    if character != "(":
        return character, at + 1
    named = re.match(r"\(\?P<(\w+)>", text[at:])
    end = _closing(text, at + 1)
    if named:
        return (_quoted(values[named[1]]) if named[1] in values else None), end + 1
    if text.startswith(("(?=", "(?!", "(?<"), at):
        return "", end + 1
    start = at + (re.match(r"\(\?\w*:|\(\?\w+\)|\(", text[at:]) or re.match("", "")).end()  # type: ignore[union-attr]
    if start > end:
        return "", end + 1
    try:
        return _expand(text[start:end], values, depth + 1)[0], end + 1
    except LookupError:
        return None, end + 1


def _repetition(text: str, at: int) -> tuple[int, bool]:
    """Where the repetition at *at* ends, and whether it allows none."""
    found = re.match(r"([?*+]|\{\d+(?:,\d*)?\})\??", text[at:])
    return (at + found.end(), found[1] in "?*" or found[1].startswith("{0")) if found else (at, False)


def _closing(text: str, at: int) -> int:
    """Where the parenthesis is that closes the group around *at*; the end of the text without one."""
    open_groups = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "[":
            at = max(text.find("]", at + 2), at)
        elif text[at] == "(":
            open_groups += 1
        elif text[at] == ")":
            if not open_groups:
                return at
            open_groups -= 1
        at += 1
    return len(text)
