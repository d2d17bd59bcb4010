"""A row that a journey created through the site, and a file that one uploaded."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.journeys.evidence import Row
from wizard.journeys.resources import Resource
from wizard.journeys.sample_files import Upload


@dataclass(frozen=True)
class Made:
    """A *row* that the visitor of *role* created through *resource*."""

    resource: Resource
    role: str
    row: Row

    def __str__(self) -> str:
        key = "" if self.row.key is None else str(self.row.key)
        return f"{self.resource.title} {self.row.path or key or self.row.mark}".strip()


@dataclass(frozen=True)
class Uploaded:
    """The files *sent* by the visitor of *role* with one form, which the site keeps for *row*.

    Arguments:
        path: the address that gave the first one back. Empty where the site shows none.
        what: what was requested and answered, for people.
    """

    role: str
    row: Row
    sent: tuple[Upload, ...]
    path: str
    what: str
