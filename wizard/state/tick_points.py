"""What a project consisted of when an item was ticked, so that a drift can name what has changed since.

A point has the commit of HEAD, and a digest of everything that this commit does not determine: uncommitted files,
packages, and each variable of a .env file. It has no values. Values in .env files are signed with the user's key, so
nobody else can find them by trying. Points repeat most of each other, so each is stored as its difference to the one
before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")
SHARED = "file "
"""The kind of content that another clone has too. The others depend on this machine."""


@dataclass(frozen=True)
class TickPoint:
    """The commit *head* (empty without git) and *contents*: a digest by kind and name.

    The kinds are `file PATH`, `lines PATH`, `ignored PATH`, `env PATH NAME`, `mode PATH`, `folder PATH` and `package
    NAME`. Paths are relative to the top of the repository. A file whose digest is empty does not exist.
    """

    head: str
    contents: Mapping[str, str]

    def shared(self) -> TickPoint:
        """The point without what only this machine has."""
        return TickPoint(self.head, {name: digest for name, digest in self.contents.items() if name.startswith(SHARED)})


def as_records(points: Mapping[str, TickPoint]) -> list[dict[str, Any]]:
    """The *points* of items in a form for JSON: each distinct one once, with its items."""
    items: dict[int, list[str]] = {}
    distinct: list[TickPoint] = []
    for item, point in points.items():
        if point not in distinct:
            distinct.append(point)
        items.setdefault(distinct.index(point), []).append(item)
    records, before = [], dict[str, str]()
    for number, point in enumerate(distinct):
        now = point.contents
        added = {name: now[name] for name in sorted(now) if before.get(name) != now[name]}
        record = {"head": point.head, "items": items[number], "set": added, "gone": sorted(before.keys() - now.keys())}
        records.append(record)
        before = dict(now)
    return records


def from_records(records: Any) -> dict[str, TickPoint]:
    """The points of items in *records*, which may be of unknown origin.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: they are no points.
    """
    points: dict[str, TickPoint] = {}
    contents: dict[str, str] = {}
    for record in records:
        if not COMMIT.fullmatch(record["head"]):
            raise ValueError(f"not a commit: {record['head'][:80]}")
        gone = set(record["gone"])
        contents = {name: digest for name, digest in contents.items() if name not in gone}
        contents |= {_text(name): _text(digest) for name, digest in record["set"].items()}
        point = TickPoint(record["head"], contents)
        points |= {_text(item): point for item in record["items"]}
    return points


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {str(value)[:80]}")
    return value
