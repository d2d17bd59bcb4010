"""Task 24: an empty rehearsal database does not fail. Golive counts rows in the admin, or leaves the item open."""

from __future__ import annotations

from itertools import islice
from types import SimpleNamespace

import pytest

from steps import t24_final_checks as t24
from tests.steps.deployed import Site, by_item, make_sandbox, observe
from wizard.checklist.evidence import Status
from wizard.targets.base import Observation
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.sandbox import Sandbox


def rows(counts):
    project = SimpleNamespace(ask=lambda op, environment: {"counts": counts})
    return Rehearsal.data_status(
        SimpleNamespace(project=project, environment=dict, database=SimpleNamespace(description="PostgreSQL 18"))
    )


def test_rows_are_counted_and_an_empty_database_does_not_fail():
    assert rows({"shop.Tea": 3, "shop.Cup": 0}) == Observation(True, "command", "rows on PostgreSQL 18", "shop.Tea 3")
    empty = rows({"shop.Tea": 0})
    assert empty.holds is None and "golive.yaml" in empty.showed


@pytest.mark.parametrize(
    ("observation", "status", "expected"),
    [
        (
            Observation(True, "request", "rows in the change lists of the admin", "auth/user 1"),
            Status.REHEARSED,
            "auth/user 1",
        ),
        (
            Observation(None, "request", "rows in the change lists of the admin", "there is no admin"),
            Status.OPEN,
            "golive.yaml",
        ),
    ],
)
def test_an_empty_database_is_checked_in_the_admin(monkeypatch, observation, status, expected):
    monkeypatch.setattr(t24.journey_evidence, "run_all", lambda target, site: [])
    monkeypatch.setattr(t24, "ensure_superuser", lambda target: {})
    monkeypatch.setattr(t24.admin_counts, "count_rows", lambda project, site, account: observation)

    class Target(SimpleNamespace):
        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    site_target = Target(
        run_log_status=lambda: Observation(True, "record", "the log", "no error"),
        data_status=lambda: rows({}),
        may_write=True,
        real=False,
    )
    site_target.site = lambda: site_target
    target = SimpleNamespace(target=site_target)
    for name in ("evidence_of", "evidence"):
        setattr(target, name, getattr(Sandbox, name).__get__(target))
    evidence = {each.item: each for each in islice(t24.FinalChecks(None).verify(None, target, None), 2)}
    assert evidence["24.2"].status is status and expected in evidence["24.2"].showed


def test_the_paths_that_are_reported_are_requested_once(monkeypatch):
    site, rounds = Site(), []
    monkeypatch.setattr(t24, "failing_addresses", lambda *arguments: rounds.append(arguments) or ["/cart/"])
    event = {"title": "KeyError", "tags": [{"key": "url", "value": "https://shop.up.railway.app/cart/"}]}
    sandbox = make_sandbox(
        site=site,
        run_log_status=lambda known=(): observe(bool(known), "KeyError"),
        data_status=observe,
        backup_restore_status=lambda: None,
        settings_variables=lambda pattern: [],
        sentry=SimpleNamespace(events=lambda: [event], real=False),
    )
    evidence = by_item(islice(t24.FinalChecks(None).verify(None, sandbox, None), 4))
    assert evidence["24.1"] == ("rehearsed", "KeyError, apart from /cart/: see 18.6")
    assert evidence["24.4"] == ("rehearsed", "1 events, all of them caused by tests; 1 of /cart/: see 18.6")
    assert len(rounds) == 1


@pytest.mark.parametrize(
    ("title", "tags", "ours"),
    [
        ("RuntimeError: broken on purpose, by task 23", [], True),
        ("AttributeError: no 'user'", [{"key": "url", "value": "https://shop.up.railway.app/golive-raises/"}], True),
        ("AttributeError: no 'user'", [{"key": "url", "value": "https://shop.up.railway.app/cart/"}], False),
        ("KeyError: 'tea'", None, False),
    ],
)
def test_events_of_deliberate_errors_are_expected(title, tags, ours):
    assert t24._is_expected({"title": title, "tags": tags}) is ours
