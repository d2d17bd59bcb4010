"""Planted failures: the first line of the report names the cause. All of them run nightly, a few in every run."""

from __future__ import annotations

import json
from dataclasses import replace
from subprocess import CompletedProcess

import pytest

from tests.faults.failure import Failure, Report, collect, planted, read
from tests.faults.failures import row, summary
from tests.faults.sample import finished

ALL = collect()


FAST = {
    "settings: an undefined name", "settings: ALLOWED_HOSTS is a text", "files: .env is a pipe", "git: a hook refuses",
    "start: a typo in the program",
}  # fmt: skip
"""Failures that take a few seconds."""


@pytest.mark.parametrize("failure", [pytest.param(each, id=each.name) for each in ALL if each.name in FAST])
def test_a_cause_is_right(failure, rehearsed_sample):
    report = planted(failure, rehearsed_sample)
    assert report.right, row(report)


@pytest.mark.nightly
@pytest.mark.timeout(3 * 3600)
def test_nearly_all_causes_are_right(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failures")
    for each in (folder, *folder.parents[:2]):
        each.chmod(0o755)  # PostgreSQL's own user must get in
    sample = finished(folder)
    reports = [planted(failure, sample) for failure in ALL]
    line, enough = summary(reports)
    assert enough, "\n".join([line, *(row(report) for report in reports if not report.right)])


ROW = Failure("a typo", 17, cause=["Procfile:1", "not found"], never=["None Check"])
CAUSE = {"found": "it ended", "expected": "", "where": "Procfile:1", "error": "gunicron: not found"}


def result(**event):
    failed = {"event": "TaskFailed", "error": "the whole message", "diagnoses": [], "cause": CAUSE, **event}
    return CompletedProcess([], 1, "\n".join(map(json.dumps, [{"event": "TaskStarted"}, failed])), "")


def test_the_first_line_of_a_report_is_its_cause():
    report = read(ROW, result())
    assert (report.first, report.right) == ("Procfile:1: it ended: gunicron: not found", True)


def test_a_report_without_the_cause_or_with_a_contradiction_is_wrong():
    other = read(ROW, result(cause={**CAUSE, "where": ""}))
    assert (other.missing, other.right) == (["Procfile:1"], False)
    advised = read(replace(ROW, advice=["whole message", "run again"]), result())
    assert (advised.missing, advised.right) == (["run again"], False)
    hint = {"confirmed": None, "hint": "Check the Procfile", "seen": ""}
    assert read(ROW, result(diagnoses=[hint])).wrong == ["None Check"]
    assert "WRONG" in row(other) and "does not contain: 'Procfile:1'" in row(other)


def test_an_error_that_ends_the_run_is_a_report_too():
    ended = CompletedProcess([], 5, "", "the project\ngolive: Procfile:1: gunicron: not found\n")
    assert read(ROW, ended).right
    assert not read(ROW, CompletedProcess([], 0, "", "")).right, "nothing failed"


def test_less_than_95_percent_is_too_little():
    right, wrong = Report(ROW, "Procfile:1: not found", ""), Report(ROW, "", "")
    assert summary([right] * 57 + [wrong] * 3) == ("57 of 60 failures have the right cause in the first line", True)
    assert summary([right] * 56 + [wrong] * 4)[1] is False
