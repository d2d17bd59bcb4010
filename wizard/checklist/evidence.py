"""Why an item counts as done, and the statuses an item can have."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """An item's status; the words of the design."""

    OPEN = "open"
    DONE = "done"
    REHEARSED = "rehearsed"
    WAIVED = "waived"
    FAILED = "failed"
    DRIFTED = "drifted"


WORST = (Status.FAILED, Status.DRIFTED, Status.OPEN, Status.REHEARSED)
"""What a task, or an item that follows others, is as soon as one of them is; done without any, the waived ones too."""


def worst(statuses: Collection[Status]) -> Status:
    return next((each for each in WORST if each in statuses), Status.DONE)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Evidence:
    """What was run or read for one item, what it showed, and when (UTC, ISO 8601).

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
    """Evidence that *item* is done when *holds*, and failed otherwise."""
    return Evidence(item, Status.DONE if holds else Status.FAILED, kind, ran, showed)


def rehearsed(item: str, holds: bool, kind: str, ran: str, showed: str) -> Evidence:
    """Evidence that holds on the local target only: never shown as done."""
    return Evidence(item, Status.REHEARSED if holds else Status.FAILED, kind, ran, showed)


def waiting(item: str, ran: str, why: str) -> Evidence:
    """An item that only a person can take further."""
    return Evidence(item, Status.OPEN, "note", ran, why)


def not_applicable(item: str, ran: str, why: str) -> Evidence:
    """An item that was looked for and has nothing to act on in this project."""
    return Evidence(item, Status.DONE, "not-applicable", ran, why)
