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
    Status.NOT_APPLICABLE: "Not applicable",
}
