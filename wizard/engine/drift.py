"""What changed since an item was ticked, as data: the changes that its drift probably comes from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Change:
    """A change since an item was ticked.

    *path* is a file or folder relative to the repository, or the name of a package. *variable* is one of a .env file.
    *line* is 0 if it is not known.
    *commit* is the short hash of the commit that made the change, with its *subject*, and the author's *date* (ISO
    8601) and *day*. They are empty for a change that is not committed.
    """

    path: str
    what: str
    variable: str = ""
    line: int = 0
    commit: str = ""
    subject: str = ""
    date: str = ""
    day: str = ""
    uncommitted: bool = False

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path

    def as_record(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        committed = f' in {self.commit} "{self.subject}" ({self.day})' if self.commit else ""
        of = f"{self.variable} in " if self.variable else ""
        return f"{of}{self.place} {self.what}{committed}{' (uncommitted)' if self.uncommitted else ''}"


@dataclass(frozen=True)
class Causes:
    """The changes that a drift probably comes from, and how many *others* there are."""

    changes: tuple[Change, ...] = ()
    others: int = 0

    @property
    def place(self) -> str:
        """The file and line of the only change; empty if there are several, or none, or it is a package."""
        only = self.changes[0] if len(self.changes) == 1 and not self.others else None
        return only.place if only and "→" not in only.what else ""

    def __str__(self) -> str:
        more = {0: [], 1: ["and 1 other change"]}.get(self.others, [f"and {self.others} other changes"])
        return "; ".join([*map(str, self.changes), *more])
