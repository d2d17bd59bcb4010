"""Task 10 checks that no warning with a safe fix is left, and that each silenced one has its reason."""

from __future__ import annotations

import pytest

from steps.t10_security_check import FILE, SecurityCheck, _reason
from tests.steps.fakes import FakeProject, FakeSandbox, by_item, completed
from wizard.checklist.evidence import Status


def message(name, *, level=30, silenced=False, about=""):
    return {"id": name, "text": f"about {name}", "level": level, "silenced": silenced, "about": about}


def checked(tmp_path, messages, done=None, reasons=""):
    (tmp_path / FILE).write_text(reasons)
    project = FakeProject(tmp_path)
    project.inspected["messages"] = messages
    return by_item(SecurityCheck(None).verify(project, FakeSandbox(completed=done or completed(0, "no issues")), None))


@pytest.mark.parametrize(
    ("messages", "status", "showed"),
    [
        ([], Status.DONE, "no warning with a safe fix is left"),
        ([message("security.W001"), message("models.W042")], Status.FAILED, "not fixed: security.W001, models.W042"),
        ([message("security.W001", silenced=True)], Status.DONE, "no warning with a safe fix is left"),
        ([message("shop.W001")], Status.DONE, "no warning with a safe fix is left"),
    ],
)
def test_warnings_with_a_safe_fix_are_fixed(tmp_path, messages, status, showed):
    evidence = checked(tmp_path, messages)["10.1"]
    assert (evidence.status, evidence.showed) == (status, showed)


@pytest.mark.parametrize(
    ("messages", "reasons", "kind", "status", "showed"),
    [
        ([message("security.W005")], "", "not-applicable", Status.NOT_APPLICABLE, "no check is silenced"),
        ([message("a.W1", silenced=True)], "- `a.W1`: old\n", "file", Status.DONE, "gives a reason for a.W1"),
        ([message("a.W1", silenced=True)], "- `a.W2`: old\n", "file", Status.FAILED, "no reason for a.W1"),
        (
            [message("a.I1", level=20, silenced=True)],
            "",
            "not-applicable",
            Status.NOT_APPLICABLE,
            "no check is silenced",
        ),
    ],
)
def test_each_silenced_check_has_a_reason(tmp_path, messages, reasons, kind, status, showed):
    evidence = checked(tmp_path, messages, reasons=reasons)["10.2"]
    assert (evidence.kind, evidence.status, evidence.showed) == (kind, status, showed)


@pytest.mark.parametrize(
    ("messages", "done", "status", "showed"),
    [
        ([], completed(0, "Checking.\nno issues\n"), Status.DONE, "no issues"),
        ([message("a.W1")], completed(1, "WARNINGS:\na.W1\n"), Status.FAILED, "WARNINGS:\na.W1"),
        ([message(None)], completed(1, "WARNINGS:\n"), Status.OPEN, "about None"),
        ([message(None), message("a.W1")], completed(1, "WARNINGS:\n"), Status.FAILED, "WARNINGS:"),
        ([message(None, level=40)], completed(1, "ERRORS:\n"), Status.FAILED, "ERRORS:"),
    ],
    ids=["clean", "a warning", "a warning without id", "one of them with id", "an error without id"],
)
def test_check_deploy_is_clean_but_for_warnings_that_cannot_be_silenced(tmp_path, messages, done, status, showed):
    evidence = checked(tmp_path, messages, done)["10.3"]
    assert evidence.status is status
    assert evidence.showed.endswith(showed)


@pytest.mark.parametrize(
    ("warning", "begins"),
    [
        (message("security.W021"), "HSTS preload is for a whole domain"),
        (message("security.W999"), ""),
        (message("shop.E001", level=40), ""),
        (message("shop.W001", about="shop.Tea"), "about shop.W001 (shop.Tea) This is about the code"),
    ],
    ids=["known", "unknown security warning", "error", "another app's warning"],
)
def test_only_known_security_warnings_and_those_about_code_are_silenced(warning, begins):
    reason = _reason(warning)
    assert reason.startswith(begins) and bool(reason) is bool(begins)
