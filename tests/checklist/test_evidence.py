"""Evidence: its statuses, and its record without secrets."""

from __future__ import annotations

import pytest

from wizard.base.secrets import remember
from wizard.checklist.evidence import Evidence, Status, not_applicable, rehearsed, shown, waiting, worst


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["done", "waived"], "done"),
        ([], "done"),
        (["done", "rehearsed"], "rehearsed"),
        (["rehearsed", "open"], "open"),
        (["open", "drifted"], "drifted"),
        (["drifted", "failed", "done"], "failed"),
    ],
)
def test_a_task_has_the_status_of_its_worst_item(statuses, status):
    assert worst([Status(each) for each in statuses]) is Status(status)


def test_each_kind_of_evidence_has_its_status():
    assert [shown("1.1", holds, "file", "a", "b").status.value for holds in (True, False)] == ["done", "failed"]
    assert [rehearsed("1.1", holds, "file", "a", "b").status.value for holds in (True, False)] == [
        "rehearsed",
        "failed",
    ]
    assert (waiting("1.1", "a", "b").status.value, waiting("1.1", "a", "b").kind) == ("open", "note")
    skipped = not_applicable("1.1", "a", "b")
    assert (skipped.status.value, skipped.kind) == ("done", "not-applicable")


def test_a_record_is_redacted_and_can_be_read_back():
    remember("hunter2-and-more")
    evidence = shown("1.1", True, "command", "echo hunter2-and-more", "hunter2-and-more")
    record = evidence.as_record()
    assert "hunter2" not in str(record)
    assert Evidence.from_record(record) == Evidence(
        "1.1", Status.DONE, "command", record["ran"], record["showed"], evidence.at
    )
