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
    NOT_APPLICABLE = "not-applicable"
    FAILED = "failed"
    DRIFTED = "drifted"


UNDECIDED = "undecided"
"""The kind of evidence that says nothing about its item. A check that can't decide is no drift."""
BAD = frozenset({Status.FAILED, Status.DRIFTED})
WORST = (Status.FAILED, Status.DRIFTED, Status.OPEN, Status.REHEARSED, Status.DONE)
"""Statuses of a task from worst to best. A task whose items are all skipped is done."""


def worst(statuses: Collection[Status]) -> Status:
    """The status of a task, or of an item that follows others, given the statuses of its items."""
    if statuses and all(status is Status.NOT_APPLICABLE for status in statuses):
        return Status.NOT_APPLICABLE
    return next((status for status in WORST if status in statuses), Status.DONE)


def now() -> str:
    """The current time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Evidence:
    """The command or request that was made for one item, what it showed, and when (UTC, ISO 8601).

    Arguments:
        kind: one of request, command, settings, file, git, record, note, skipped, not-applicable, choice, undecided.
        showed: the result; of a failure, what was found.
        expected: what a failed check expected.
        where: the file and line that a failure is about, such as `settings.py:45`; empty if unknown.
        changed: of drift, what changed since the item was ticked; empty if unknown.
    """

    item: str
    status: Status
    kind: str
    ran: str
    showed: str
    at: str = field(default_factory=now)
    expected: str = ""
    where: str = ""
    changed: str = ""

    def result(self, said: str = "") -> str:
        """The result in words; of a failure, what was expected, what was found, where, and what changed.

        *said* is the text beside the result, such as the item's. It is not repeated.
        """
        if self.status not in BAD:
            return self.showed
        expected = "" if self.expected in {"", said} else f"expected {self.expected}, found "
        where = f" ({self.where})" if self.where and self.where not in self.showed else ""
        changed = f"; {self.changed}" if self.changed else ""
        return f"{expected}{self.showed}{where}{changed}"

    def as_record(self) -> dict[str, Any]:
        from wizard.base.secrets import redact

        record = asdict(self)
        texts = ("ran", "showed", "expected", "where", "changed")
        return {**record, **{name: redact(record[name]) for name in texts}}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Evidence:
        known = {name: record[name] for name in ("item", "kind", "ran", "showed", "at")}
        known |= {name: record.get(name, "") for name in ("expected", "where", "changed")}  # earlier versions lack them
        status = Status(record["status"])
        if status is Status.DONE and known["kind"] == "not-applicable":  # as earlier versions recorded it
            status = Status.NOT_APPLICABLE
        return cls(status=status, **known)


def shown(item: str, holds: bool, kind: str, ran: str, showed: str, *, expected: str = "", where: str = "") -> Evidence:
    """Evidence that *item* is done if *holds* is true, and failed otherwise."""
    return _found(item, Status.DONE if holds else Status.FAILED, kind, ran, showed, expected, where)


def rehearsed(
    item: str, holds: bool, kind: str, ran: str, showed: str, *, expected: str = "", where: str = ""
) -> Evidence:
    """Evidence from the local target: *item* is rehearsed (never done) if *holds* is true, and failed otherwise."""
    return _found(item, Status.REHEARSED if holds else Status.FAILED, kind, ran, showed, expected, where)


def _found(item: str, status: Status, kind: str, ran: str, showed: str, expected: str, where: str) -> Evidence:
    if status is not Status.FAILED:
        expected = where = ""
    return Evidence(item, status, kind, ran, showed, expected=expected, where=where)


NO_VALUE = "it has no value in .env.production"
"""Why an item waits for the variable that its check names. Front ends offer to write the value."""


def waiting(item: str, ran: str, why: str) -> Evidence:
    """Evidence that *item* is open and needs your input."""
    return Evidence(item, Status.OPEN, "note", ran, why)


def undecided(item: str, ran: str, why: str) -> Evidence:
    """Evidence that could not decide about *item*, because this machine or a service lacks something."""
    return Evidence(item, Status.OPEN, UNDECIDED, ran, why)


def not_applicable(item: str, ran: str, why: str) -> Evidence:
    """Evidence that *item* does not apply to this project. It counts neither as done nor as open."""
    return Evidence(item, Status.NOT_APPLICABLE, "not-applicable", ran, why)
