"""Statuses as people read them. Machine formats keep the values of `Status`."""

from __future__ import annotations

from wizard.checklist.evidence import Status

WORDS = {
    Status.DONE: "Done",
    Status.REHEARSED: "Rehearsed",
    Status.OPEN: "Open",
    Status.FAILED: "Failed",
    Status.DRIFTED: "Drifted",
    Status.WAIVED: "Skipped",
}
NOT_APPLICABLE = "Not applicable"


def status_word(status: Status, kind: str = "") -> str:
    """The word for *status*; *kind* is that of the evidence, since what does not apply counts as done."""
    return NOT_APPLICABLE if kind == "not-applicable" and status is Status.DONE else WORDS[status]
