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
    assert (skipped.status.value, skipped.kind) == ("not-applicable", "not-applicable")


def test_a_record_is_redacted_and_can_be_read_back():
    remember("hunter2-and-more")
    evidence = shown("1.1", True, "command", "echo hunter2-and-more", "hunter2-and-more")
    record = evidence.as_record()
    assert "hunter2" not in str(record)
    assert Evidence.from_record(record) == Evidence(
        "1.1", Status.DONE, "command", record["ran"], record["showed"], evidence.at
    )


def test_a_failure_says_what_was_expected_what_was_found_and_where():
    failed = shown("2.3", False, "request", "GET /x", "200", expected="404", where="urls.py:7")
    assert failed.result() == "expected 404, found 200 (urls.py:7)"
    assert failed.result("404") == "200 (urls.py:7)", "the text beside it says what was expected"
    assert Evidence.from_record(failed.as_record()) == failed
    passed = shown("2.3", True, "request", "GET /x", "404", expected="404", where="urls.py:7")
    assert (passed.result(), passed.expected, passed.where) == ("404", "", "")


def test_the_secrets_in_every_text_of_a_record_are_redacted():
    remember("hunter2-and-more")
    failed = shown("1.1", False, "file", "a", "b", expected="hunter2-and-more", where="hunter2-and-more:3")
    assert "hunter2" not in str(failed.as_record())


def test_a_record_of_an_earlier_version_is_understood():
    record = {"item": "7.3", "status": "done", "kind": "not-applicable", "ran": "a", "showed": "b", "at": "c"}
    found = Evidence.from_record(record)
    assert (found.status, found.expected, found.where) == (Status.NOT_APPLICABLE, "", "")


def test_a_task_without_an_applicable_item_does_not_apply():
    assert worst([Status.NOT_APPLICABLE] * 2) is Status.NOT_APPLICABLE
    assert worst([Status.NOT_APPLICABLE, Status.WAIVED]) is Status.DONE
    assert worst([Status.NOT_APPLICABLE, Status.REHEARSED]) is Status.REHEARSED
