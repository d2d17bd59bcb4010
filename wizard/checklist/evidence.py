"""Evidence: the status of an item, with the check that determined it and its result."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The status of an item."""

    OPEN = "open"
    DONE = "done"
    REHEARSED = "rehearsed"
    WAIVED = "waived"
    FAILED = "failed"
    DRIFTED = "drifted"


WORST = (Status.FAILED, Status.DRIFTED, Status.OPEN, Status.REHEARSED)
"""Statuses of a task from worst to best. Without an item in any of them, it is done, even if all items are waived."""


def worst(statuses: Collection[Status]) -> Status:
    """The status of a task, or of an item that follows others, given the statuses of its items."""
    return next((status for status in WORST if status in statuses), Status.DONE)


def now() -> str:
    """The current time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Evidence:
    """The command or request that was made for one item, what it showed, and when (UTC, ISO 8601).

    *kind* is one of: request, command, settings, file, git, record, note, skipped, not-applicable, choice.
    """

    item: str
    status: Status
    kind: str
    ran: str
    showed: str
    at: str = field(default_factory=now)

    def as_record(self) -> dict[str, Any]:
        from wizard.base.secrets import redact

        record = asdict(self)
        return {**record, "ran": redact(self.ran), "showed": redact(self.showed)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Evidence:
        known = {name: record[name] for name in ("item", "kind", "ran", "showed", "at")}
        return cls(status=Status(record["status"]), **known)


def shown(item: str, holds: bool, kind: str, ran: str, showed: str) -> Evidence:
    """Evidence that *item* is done if *holds* is true, and failed otherwise."""
    return Evidence(item, Status.DONE if holds else Status.FAILED, kind, ran, showed)


def rehearsed(item: str, holds: bool, kind: str, ran: str, showed: str) -> Evidence:
    """Evidence from the local target: *item* is rehearsed (never done) if *holds* is true, and failed otherwise."""
    return Evidence(item, Status.REHEARSED if holds else Status.FAILED, kind, ran, showed)


def waiting(item: str, ran: str, why: str) -> Evidence:
    """Evidence that *item* is open and needs your input."""
    return Evidence(item, Status.OPEN, "note", ran, why)


def not_applicable(item: str, ran: str, why: str) -> Evidence:
    """Evidence that *item* does not apply to this project. It counts as done."""
    return Evidence(item, Status.DONE, "not-applicable", ran, why)
