"""Grade content security policies by the rules of MDN's HTTP Observatory (algorithm version 6)."""

from __future__ import annotations

import itertools
import re
import urllib.parse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

BROAD = frozenset({"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"})
"""Sources that allow more or less every host."""
INLINE = frozenset({"'unsafe-inline'", "data:"})
PASSIVE = ("img-src", "media-src")
REPEATABLE = frozenset({"report-uri", "report-to"})
"""The directives that one policy may have twice."""
NOT_IN_PAGES = frozenset({"frame-ancestors", "report-uri", "sandbox"})
"""Directives that have no effect in a `<meta>` element. Source: HTML standard, pragma directives."""
SHORTEST = 6
"""Characters that a policy has at least."""
ORDER = {
    character: rank
    for rank, character in enumerate(" _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz")
}
"""The rank of each character when sources are sorted as English text. Source: Unicode's root collation."""

EVAL = "'unsafe-eval' in scripts or styles"

Policy = dict[str, list[str]]


class InvalidPolicy(ValueError):
    """A policy is too short, has a directive twice, or has an invalid escape in a path."""


class CspGrade(NamedTuple):
    """The outcome in words with its points. *directives* are those of all policies together."""

    outcome: str
    points: int
    directives: frozenset[str] = frozenset()


@dataclass
class _Source:
    text: str
    policy: int
    """The index of the policy that it is from."""
    kept: bool


def split(values: Iterable[str]) -> list[str]:
    """The policies in *values* of the header, each of which can have several policies, separated by commas."""
    return [part.strip() for value in values for part in value.split(",")]


def parse(text: str) -> Policy | None:
    """The directives of one policy with their sources; None if it is too short or has a duplicate directive."""
    try:
        directives = _directives(text)
    except InvalidPolicy:
        return None
    return dict(directives)


def _directives(text: str) -> list[tuple[str, list[str]]]:
    """The directives of one policy in their order. Names and sources are in lower case.

    Raises:
        InvalidPolicy: see there.
    """
    cleaned = text.replace("\r", "").replace("\n", "").strip()
    if len(cleaned) < SHORTEST:
        raise InvalidPolicy(cleaned)
    found: list[tuple[str, list[str]]] = []
    for part in cleaned.split(";"):
        words = part.lower().split()
        if not words:
            continue
        name = words[0]
        if name not in REPEATABLE and any(name == other for other, _ in found):
            raise InvalidPolicy(name)
        found.append((name, words[1:] or (["'none'"] if name.endswith("-src") else [])))
    return found


def merge(texts: Sequence[str]) -> dict[str, set[str]]:
    """The sources that are left of each directive if all policies in *texts* apply.

    This is MDN's own approximation. Sources are compared with their neighbours in sorted order only, and a directive
    that the first policy lacks allows nothing.

    Raises:
        InvalidPolicy: see there.
    """
    policies = [_directives(text) for text in texts]
    merged: dict[str, list[_Source]] = {}
    for index, policy in enumerate(policies):
        for name, texts_of_name in policy:
            earlier = merged.get(name, []) if index else []
            own = [_Source(each, index, index == 0) for each in texts_of_name]
            left = _reduce([*earlier, *own])
            if index == 0 and len(policies) > 1:
                for source in left:
                    source.kept = False
            merged[name] = left
    return {name: {source.text for source in found} or {"'none'"} for name, found in merged.items()}


def _reduce(sources: list[_Source]) -> list[_Source]:
    """The sources to keep: within a policy the shortest of those that begin alike, between policies the common ones."""
    ordered = sorted(sources, key=lambda source: [ORDER.get(each, len(ORDER) + ord(each)) for each in source.text])
    for previous, source in itertools.pairwise(ordered):
        if source.policy == previous.policy:
            if source.text.startswith(previous.text):
                source.kept = False
        elif _covers(previous.text, source.text):
            source.kept = True
    return [source for source in ordered if source.kept]


def _covers(wide: str, narrow: str) -> bool:
    """Whether *narrow* is equal to *wide*, or below it if *wide* ends with a slash."""
    if not wide or (wide == "/" and not narrow):
        return True
    pieces, others = wide.split("/"), narrow.split("/")
    if len(pieces) > len(others) or (pieces[-1] and len(pieces) != len(others)):
        return False
    if not pieces[-1]:
        pieces.pop()
    return all(_unescape(piece) == _unescape(other) for piece, other in zip(pieces, others, strict=False))


def _unescape(piece: str) -> str:
    if re.search(r"%(?![0-9a-f]{2})", piece):
        raise InvalidPolicy(piece)
    try:
        return urllib.parse.unquote(piece, errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidPolicy(piece) from error


def sources(policies: list[Policy], name: str) -> list[str] | None:
    """The sources that all *policies* allow for *name*, or else for default-src; None if no policy restricts it."""
    allowed: list[str] | None = None
    for policy in policies:
        own = policy.get(name, policy.get("default-src") if name != "frame-ancestors" else None)
        if own is None:
            continue
        allowed = own if allowed is None else [each for each in allowed if each in own] or ["'none'"]
    return allowed


def grade(texts: Sequence[str], in_page: Sequence[str] = (), *, https: bool = True) -> CspGrade:
    """Grade the policies of one response: *texts* are those of its headers, *in_page* those of its `<meta>` elements.

    On a page that is loaded over *https*, sources over plain HTTP cost points.
    """
    headers, metas = split(texts), split(in_page)
    try:
        policy = merge([*headers, *metas])
    except InvalidPolicy:
        return CspGrade("invalid", -25)
    if not _names(headers) and not _names(metas) - NOT_IN_PAGES:
        return CspGrade("none", -25)
    outcome, points = _judge(policy, https=https)
    if points >= -10 and outcome != EVAL and any(map(_repeats, [*headers, *metas])):
        outcome, points = "a duplicate report-uri or report-to", 0
    return CspGrade(outcome, points, frozenset(policy))


def _names(texts: Sequence[str]) -> set[str]:
    return {name for text in texts for name, _ in _directives(text)}


def _repeats(text: str) -> bool:
    names = [name for name, _ in _directives(text)]
    return len(names) > len(set(names))


def _judge(policy: dict[str, set[str]], *, https: bool) -> tuple[str, int]:
    """The outcome for the merged *policy*, and its points. Removes the sources that browsers ignore from its sets."""
    # Without their own directive, scripts, styles and objects share the set of default-src, also when it changes.
    default = policy.get("default-src", {"*"})
    script, style, objects = (policy.get(name, default) for name in ("script-src", "style-src", "object-src"))
    for allowed in (script, style):
        if _is_trusting(allowed):
            allowed.discard("'unsafe-inline'")
    if "'strict-dynamic'" in script:
        if not _is_trusting(script):
            return "'strict-dynamic' without a nonce or hash", -25
        ignored = {each for each in script if each.startswith(tuple(BROAD)) or each in {"'self'", "'unsafe-inline'"}}
        script -= ignored
    active = set(script).union(*(found for name, found in policy.items() if name not in {*PASSIVE, "script-src"}))
    passive = set[str]().union(*(policy.get(name, policy.get("default-src", set())) for name in PASSIVE))
    if found := sorted((BROAD | INLINE) & script or BROAD & objects):
        return f"{found[0]} in scripts or objects", -20
    if https and (found := sorted(filter(_is_insecure, active))):
        return f"{found[0]} allows plain HTTP", -20
    if "'unsafe-eval'" in script | style:
        return EVAL, -10
    if https and (found := sorted(filter(_is_insecure, passive))):
        return f"{found[0]} allows plain HTTP for images or media", -10
    if found := sorted((BROAD | INLINE) & style):
        return f"{found[0]} in styles", 0
    if policy.get("default-src") == {"'none'"}:
        return "no unsafe and default-src 'none'", 10
    return "no unsafe", 5


def _is_trusting(allowed: set[str]) -> bool:
    """Whether scripts need a nonce or a hash, so that browsers ignore 'unsafe-inline'."""
    return any(each.startswith(("'sha256-", "'sha384-", "'sha512-", "'nonce-")) for each in allowed)


def _is_insecure(source: str) -> bool:
    return source.startswith(("http:", "ftp:"))
