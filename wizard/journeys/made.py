"""A row that a journey created through the site."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.journeys.evidence import Row
from wizard.journeys.resources import Resource


@dataclass(frozen=True)
class Made:
    """A *row* that the visitor of *role* created through *resource*."""

    resource: Resource
    role: str
    row: Row

    def __str__(self) -> str:
        key = "" if self.row.key is None else str(self.row.key)
        return f"{self.resource.title} {self.row.path or key or self.row.mark}".strip()
