"""The report and the go-live lists, made from the state alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from wizard.base import files
from wizard.checklist import loader
from wizard.checklist.evidence import Status, rehearsed, shown
from wizard.reporting import go_live, report
from wizard.state import state_file
from wizard.state.journal import Journal


@pytest.fixture
def project(tmp_path):
    """A project in which a task changed a setting and a .env file."""
    journal = Journal(state_file.prepare(tmp_path))
    settings = tmp_path / "settings.py"
    before, after = b"PASSWORD = config('DB_PASSWORD', 'old-secret-value')\n", b"PASSWORD = config('DB_PASSWORD')\n"
    settings.write_bytes(after)
    (tmp_path / ".env").write_text("DB_PASSWORD=old-secret-value\n")
    actions = (
        {"kind": "WriteFile", "path": "settings.py", "before": journal.back_up(before), "after": files.digest(after)},
        {"kind": "WriteFile", "path": ".env", "before": None, "after": "x", "secret": True},
    )
    for index, action in enumerate(actions):
        journal.append("begin", batch="b", task=1, index=index, action=action)
        journal.append("end", batch="b", index=index, result={})
    journal.append("applied", batch="b", task=1)
    now = state_file.load(tmp_path)
    now.evidence = {
        "1.1": shown("1.1", True, "settings", "the key", "64 characters"),
        "24.4": rehearsed("24.4", True, "service", "events", "none"),
        "2.1": shown("2.1", False, "settings", "<b>DEBUG</b>", "on"),
    }
    now.spent["1"] = 12.0
    now.save()
    return tmp_path


@pytest.mark.parametrize("form", ("md", "html", "json"))
def test_a_report_has_evidence_times_and_changes_but_no_secret(project, form):
    text = report.render(form, project, loader.load(project), state_file.load(project))
    assert "64 characters" in text
    assert "old-secret-value" not in text
    assert "settings.py" in text
    assert "<b>DEBUG</b>" not in text or form != "html"
    if form == "json":
        record = json.loads(text)
        assert record["tasks"][0]["seconds"] == 12.0
        assert [change["file"] for change in record["changes"]] == ["settings.py", ".env"]
        assert "-PASSWORD = config('DB_PASSWORD', '[hidden]')" in record["changes"][0]["diff"]
    else:
        assert "30 min planned, 12 s taken" in text


def test_a_go_live_item_has_the_worst_status_of_the_items_that_it_follows(project):
    lists = {each.id: go_live.standings(each, state_file.load(project)) for each in loader.load(project).go_live}
    found = {standing.item.id: standing.status for standings in lists.values() for standing in standings}
    assert len(found) == 25
    assert found["launch.5"] is Status.REHEARSED
    assert found["pre-launch.3"] is Status.OPEN
    assert found["launch.1"] is Status.OPEN


def test_due_times_count_from_the_launch(project):
    lists = {each.id: each for each in loader.load(project).go_live}
    now = state_file.load(project)
    assert go_live.due(lists["pre-launch"], now) == "before the launch"
    assert go_live.due(lists["first-day"], now) == "within 24 h of the launch"
    now.launched = "2026-11-24T12:00:00+00:00"
    assert go_live.due(lists["launch"], now, datetime(2026, 11, 24, 12, 15, tzinfo=UTC)) == "due in 45 min"
    assert go_live.due(lists["first-day"], now, datetime(2026, 11, 24, 20, 0, tzinfo=UTC)) == "due in 16 h"
    assert go_live.due(lists["first-week"], now, datetime(2026, 12, 5, 12, 0, tzinfo=UTC)) == "overdue by 4 days"


@pytest.mark.parametrize("form", ("md", "html", "json"))
def test_a_report_lists_the_hosts_that_the_rehearsal_refused(project, form):
    now = state_file.load(project)
    assert "api.stripe.com" not in report.render(form, project, loader.load(project), now)
    now.facts["egress.wanted"] = json.dumps([["api.stripe.com", 443, "shop/views.py:12"]])
    text = report.render(form, project, loader.load(project), now)
    if form == "json":
        assert json.loads(text)["wanted_hosts"] == [
            {"host": "api.stripe.com", "port": 443, "where": "shop/views.py:12"}
        ]
    else:
        assert "Hosts that the site could not reach in the rehearsal" in text
        assert "api.stripe.com:443, from shop/views.py:12" in text.replace("\\", "")
    for damaged in ("{}", "[1]", '[["a", "b", "c"]]', "not JSON"):
        now.facts["egress.wanted"] = damaged
        assert "could not reach" not in report.render(form, project, loader.load(project), now)
