"""`golive check`: its exit codes, and its words for what could not be checked."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.cli_runner import golive
from tests.engine.repository import Repository
from wizard.checklist.evidence import shown, waiting


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A project with ticked items, whose virtual environment has lost its interpreter."""
    repo = Repository(tmp_path_factory.mktemp("check") / "shop")
    (repo.root / "venv").mkdir()
    (repo.root / "venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    for item in ("2.1", "2.2", "4.3"):
        repo.records.state.evidence[item] = shown(item, True, "file", "looked", "as planned")
    repo.records.state.save()
    return repo


MISSING = "The project's interpreter is missing"


def test_without_an_interpreter_nothing_has_drifted(broken):
    before = broken.tree()
    result = golive("check", project=broken.root)
    assert result.returncode == 6, result.stderr
    assert result.stdout.startswith(f"not checked 2, 4: {MISSING}: {broken.root}/venv/bin/python: its environment")
    assert result.stdout.endswith("or use --python.\n")
    assert result.stdout.count("\n") == 1
    assert broken.tree() == before


def test_ticked_items_of_the_optional_day_are_checked_too(tmp_path):
    repo = Repository(tmp_path / "shop")
    (repo.root / "venv").mkdir()
    (repo.root / "venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    repo.records.state.evidence["28.1"] = shown("28.1", True, "file", "looked", "as planned")
    repo.records.state.save()
    result = golive("check", project=repo.root)
    assert result.stdout.startswith(f"not checked 28: {MISSING}")


def test_events_name_the_items_that_were_not_checked(broken):
    result = golive("check", "--json", "--only", "2-3", project=broken.root)
    assert result.returncode == 6
    [event] = [json.loads(line) for line in result.stdout.splitlines()]
    assert (event["event"], [task["number"] for task in event["tasks"]]) == ("NotChecked", [2])
    assert [item["id"] for item in event["items"]] == ["2.1", "2.2"]
    assert event["what"].startswith(MISSING)
    assert event["why"]
    assert event["hint"]


def test_sarif_has_the_error_as_a_notification_of_the_tool(broken):
    result = golive("check", "--format", "sarif", project=broken.root)
    assert result.returncode == 6
    [run] = json.loads(result.stdout)["runs"]
    assert run["results"] == []
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    [notification] = invocation["toolExecutionNotifications"]
    assert MISSING in notification["message"]["text"]
    assert "not checked 2, 4" in result.stderr


def test_junit_has_errors_and_no_failures(broken):
    result = golive("check", "--format", "junit", project=broken.root)
    suites = ElementTree.fromstring(result.stdout)
    assert [sum(int(suite.get(name)) for suite in suites) for name in ("errors", "failures")] == [3, 0]
    errors = suites.findall(".//error")
    assert len(errors) == 3
    assert all(MISSING in error.text for error in errors)


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_reports_list_what_was_not_checked(broken, form):
    result = golive("check", "--format", form, project=broken.root)
    assert result.returncode == 6
    assert MISSING in result.stdout.replace("&#x27;", "'")


def test_tasks_without_ticked_items_are_wrong_usage(broken):
    result = golive("check", "--only", "9", project=broken.root)
    assert (result.returncode, result.stdout) == (2, "")
    assert "no item is ticked" in result.stderr


def test_a_report_gives_its_ticks_to_open_items_that_another_clone_can_have(tmp_path):
    repo = Repository(tmp_path / "shop")
    (repo.root / "venv").mkdir()
    (repo.root / "venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    repo.records.state.evidence["2.2"] = waiting("2.2", "looked", "not yet")
    repo.records.state.save()
    ticked = [shown(item, True, "file", "looked", "as planned") for item in ("1.1", "2.1", "2.2")]
    ticked.append(shown("4.3", False, "file", "looked", "wrong"))
    items = [{"evidence": evidence.as_record()} for evidence in ticked]
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"tasks": [{"items": items}]}))
    result = golive("check", "--json", "--ticked", str(report), project=repo.root)
    assert result.returncode == 6, result.stderr
    [event] = [json.loads(line) for line in result.stdout.splitlines()]
    assert [item["id"] for item in event["items"]] == ["2.1", "2.2"], "1.1 holds only where it was done"
