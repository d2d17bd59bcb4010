"""Task 10 checks that no warning with a safe fix is left, and that each silenced one has its reason."""

from __future__ import annotations

import pytest

from steps.shared.silenced_checks import FILE, SILENCED_BEFORE
from steps.t10_security_check import SecurityCheck, _reason
from tests.steps.fakes import FakeProject, FakeSandbox, by_item, completed
from wizard.checklist.evidence import Status


def message(name, *, level=30, silenced=False, about=""):
    return {"id": name, "text": f"about {name}", "level": level, "silenced": silenced, "about": about}


def checked(tmp_path, messages, done=None, reasons="", silenced=()):
    (tmp_path / FILE).write_text(reasons)
    project = FakeProject(tmp_path, values={"SILENCED_SYSTEM_CHECKS": list(silenced)})
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


REASON = "- `security.W005`: the platform's domain is not ours\n"


@pytest.mark.parametrize(
    ("silenced", "reasons", "status", "showed"),
    [
        ([], "", Status.NOT_APPLICABLE, "no check is silenced"),
        (["security.W005"], REASON, Status.DONE, "gives a reason for security.W005"),
        (["security.W005"], "## security.W005\n\nThe domain is not ours.\n", Status.DONE, "gives a reason for"),
        (["security.W005"], "| `security.W005` | the domain is not ours |\n", Status.DONE, "gives a reason for"),
        (["security.W005", "security.W008"], REASON, Status.FAILED, "no reason for security.W008"),
        (["security.W005"], "- `security.W005`:\n", Status.FAILED, "no reason for security.W005"),
        (
            ["security.W005", "security.W021"], "- `security.W005`, `security.W021`: nobody needs these\n",
            Status.FAILED, "no reason for security.W005, security.W021",
        ),
        (
            ["shop.W001"], f"- `shop.W001`: {SILENCED_BEFORE}\n",
            Status.OPEN, "write the reason for shop.W001 in DEPLOY_CHECKS.md:1",
        ),
    ],
)  # fmt: skip
def test_each_silenced_check_has_a_reason_of_its_own_whether_it_warns_or_not(
    tmp_path, silenced, reasons, status, showed
):
    evidence = checked(tmp_path, [], reasons=reasons, silenced=silenced)["10.2"]
    assert evidence.status is status
    assert evidence.showed.startswith(showed)


def test_a_warning_that_is_silenced_without_a_reason_counts(tmp_path):
    hidden = [message("security.W001", silenced=True), message("security.W008", silenced=True)]
    evidence = checked(tmp_path, hidden, silenced=["security.W001", "security.W008"])
    assert evidence["10.1"].showed == "not fixed: security.W001"
    assert evidence["10.3"].status is Status.FAILED
    assert evidence["10.3"].showed.startswith("silenced without a reason: security.W001: about security.W001; ")


@pytest.mark.parametrize(
    ("messages", "done", "status", "showed"),
    [
        ([], completed(0, "Checking.\nno issues\n"), Status.DONE, "no issues"),
        ([message("a.W1")], completed(1, "WARNINGS:\na.W1\n"), Status.FAILED, "a.W1: about a.W1"),
        ([message(None)], completed(1, "WARNINGS:\n"), Status.OPEN, "about None"),
        ([message(None), message("a.W1")], completed(1, "WARNINGS:\n"), Status.FAILED, "a.W1: about a.W1"),
        ([message(None, level=40)], completed(1, "ERRORS:\n"), Status.FAILED, "about None"),
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
