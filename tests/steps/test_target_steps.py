"""Tasks 11, 12, 17 and 19: their plan is the target's, and their evidence follows the target's observations."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from steps import t17_deploy as t17
from steps.shared.target_step import TargetStep
from steps.t11_accounts import Accounts
from steps.t12_platform import Platform
from steps.t17_deploy import Deploy
from steps.t19_monitor import SetUpMonitor
from tests.steps.deployed import Robot, Site, by_item, make_sandbox, observe
from tests.steps.fakes import FakeProject, url
from wizard.base.errors import CommandError, StepError
from wizard.plan.actions import CallService
from wizard.targets.base import Stage
from wizard.targets.contradictions import Contradiction

MIGRATED = SimpleNamespace(ask=lambda op, environment: {"unapplied": []}, urls=[])


@pytest.mark.parametrize(
    ("step", "stage"),
    [
        (Accounts, Stage.ACCOUNTS),
        (Platform, Stage.PLATFORM),
        (Deploy, Stage.DEPLOY),
        (SetUpMonitor, Stage.MONITOR),
    ],
)
def test_a_task_plans_the_actions_of_the_target_at_its_stage(step, stage):
    action = CallService("Railway", stage.value, f"do {stage}")
    sandbox = make_sandbox(actions=lambda stage: [action], remarks=lambda stage: (f"about {stage}",))
    assert issubclass(step, TargetStep) and step.stage is stage
    plan = step(None).plan(None, sandbox, None)
    assert (list(plan.actions), plan.remarks) == ([action], (f"about {stage}",))


def test_a_task_asks_the_questions_of_its_target():
    sandbox = make_sandbox(questions=lambda stage: [f"a question of {stage}"])
    assert Deploy(None).questions(None, sandbox) == ["a question of deploy"]


@pytest.mark.parametrize(("present", "names"), [(True, ["target"]), (False, [])])
def test_only_an_interactive_session_asks_for_the_target(present, names):
    sandbox = SimpleNamespace(answers=SimpleNamespace(present=present), name="local")
    questions = Accounts(None).questions(None, sandbox)
    assert [question.name for question in questions] == names
    assert all(question.default == "local" and "railway" in question.choices for question in questions)


def test_each_account_proves_its_item():
    statuses = [observe(showed="owner"), observe(None, "no token yet"), observe(False, "refused")]
    sandbox = make_sandbox(real=True, account_statuses=lambda: statuses)
    assert by_item(Accounts(None).verify(None, sandbox, None)) == {
        "11.1": ("done", "owner"),
        "11.2": ("open", "no token yet"),
        "11.3": ("failed", "refused"),
    }


@pytest.mark.parametrize(("backups", "items"), [(None, 3), (observe(showed="daily"), 4)])
def test_the_platform_proves_the_project_its_database_and_its_backups(backups, items):
    sandbox = make_sandbox(
        real=True,
        project_status=lambda: observe(showed="shop"),
        database_status=lambda: observe(False, "crashed"),
        database_url_status=lambda: observe(real=False),
        backup_schedule_status=lambda: backups,
    )
    evidence = by_item(Platform(None).verify(None, sandbox, None))
    assert len(evidence) == items
    assert [evidence[item][0] for item in ("12.1", "12.2", "12.3")] == ["done", "failed", "rehearsed"]
    assert backups is None or evidence["pre-launch.5"] == ("done", "daily")


@pytest.mark.parametrize(("health", "status"), [(200, "rehearsed"), (503, "failed")])
@pytest.mark.parametrize(("connection", "items"), [(None, 3), (observe(showed="PostgreSQL"), 4)])
def test_a_deployment_is_proven_by_its_public_health_url(monkeypatch, health, status, connection, items):
    monkeypatch.setattr(t17.websockets, "opened", lambda project, sandbox, site: None)
    site = Site({"/health/": httpx.Response(health, text="ok")})
    sandbox = make_sandbox(
        site=site,
        deployment_status=observe,
        environment=dict,
        log_status=lambda: observe(False, "Traceback"),
        connection_status=lambda: connection,
    )
    evidence = by_item(Deploy(None).verify(MIGRATED, sandbox, None))
    assert len(evidence) == items
    assert (evidence["17.2"][0], evidence["17.3"][0]) == ("failed", status)
    assert evidence["17.3"][1].startswith(str(health))
    assert site.requests[-1] == "closed"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (
            {"unapplied": ["shop.0001_initial", "shop.0002_tea"]},
            "2 migrations not applied, the first: shop.0001_initial",
        ),
        (
            {"error": {"type": "OperationalError", "message": "connection refused"}},
            "the database can't be read: OperationalError: connection refused",
        ),
    ],
)
def test_a_deployment_without_tables_does_not_count(tmp_path, answer, found):
    (tmp_path / "Procfile").write_text("web: gunicorn shop.wsgi\n")
    project = FakeProject(tmp_path, ask=lambda op, environment: answer)
    rejected = []
    [evidence] = Deploy(None)._tables(project, make_sandbox(environment=dict, reject=rejected.append))
    assert rejected == [found], "the tasks after it don't use the deployment"
    assert (evidence.status.value, evidence.showed, evidence.where) == ("failed", found, "Procfile")


@pytest.mark.parametrize(
    ("page", "log", "found"),
    [
        (200, [], []),
        (500, ["KeyError: 'tea'"], []),
        (500, ['ProgrammingError: relation "shop_tea" does not exist'], ["/teas/ answers an error: ProgrammingError"]),
    ],
)
def test_in_production_a_page_that_reads_a_missing_table_tells_it(tmp_path, page, log, found):
    project = FakeProject(tmp_path, urls=[url("teas/")])
    sandbox = make_sandbox(
        real=True, site=Site({"/teas/": page}), log_error_lines=lambda: log, environment=dict, reject=print
    )
    assert [each.showed.split(": relation")[0] for each in Deploy(None)._tables(project, sandbox)] == found


@pytest.mark.parametrize(
    ("holds", "status"), [(True, "rehearsed"), (False, "failed"), (None, "open")], ids=["101", "404", "no Redis"]
)
def test_a_site_with_websockets_must_accept_a_handshake(monkeypatch, holds, status):
    monkeypatch.setattr(t17.websockets, "opened", lambda *arguments: observe(holds, "WebSocket /ws/: answered"))
    sandbox = make_sandbox(
        site=Site({"/health/": httpx.Response(200, text="ok")}),
        deployment_status=observe,
        environment=dict,
        log_status=observe,
        connection_status=lambda: None,
    )
    evidence = by_item(Deploy(None).verify(MIGRATED, sandbox, None))
    assert evidence["17.3"] == (status, "200; WebSocket /ws/: answered")


DEBUG_ON = Contradiction(("2.2", "15.2"), "asked the process", "DEBUG is on", "DEBUG is off", "shop/wsgi.py:3")


def test_a_running_service_that_contradicts_other_items_takes_their_ticks_back(monkeypatch):
    monkeypatch.setattr(t17, "failing_addresses", lambda *arguments: [])
    monkeypatch.setattr(t17.websockets, "opened", lambda *arguments: None)
    sandbox = make_sandbox(site=Site({"/health/": 200}), deployment_status=observe, log_status=observe,
                           connection_status=lambda: None, environment=dict,
                           contradictions=lambda: [DEBUG_ON])  # fmt: skip
    evidence = by_item(Deploy(None).verify(MIGRATED, sandbox, None))
    assert {item for item, found in evidence.items() if found == ("failed", "DEBUG is on")} == {"2.2", "15.2", "17.1"}


def test_a_failed_deployment_still_says_what_its_process_used():
    def fail():
        raise CommandError("The deployment did not become healthy")

    sandbox = make_sandbox(deployment_status=fail, contradictions=lambda: [DEBUG_ON])
    verified, evidence = Deploy(None).verify(None, sandbox, None), []
    with pytest.raises(StepError, match=r"shop/wsgi.py:3: DEBUG is on: The deployment did not become healthy"):
        evidence.extend(verified)
    assert [(each.item, each.where, each.expected) for each in evidence] == [
        (item, "shop/wsgi.py:3", "DEBUG is off") for item in ("17.1", "2.2", "15.2")
    ]


def test_evidence_of_a_real_service_says_that_it_is_seen_from_outside(monkeypatch):
    monkeypatch.setattr(t17, "failing_addresses", lambda *arguments: [])
    monkeypatch.setattr(t17.websockets, "opened", lambda *arguments: None)
    sandbox = make_sandbox(real=True, site=Site({"/health/": 200}), deployment_status=lambda: observe(showed="SUCCESS"),
                           log_status=observe, connection_status=lambda: None)  # fmt: skip
    status, showed = by_item(Deploy(None).verify(MIGRATED, sandbox, None))["17.1"]
    assert status == "done"
    assert showed == "SUCCESS; seen from outside only: a missing page shows no debug details"


@pytest.mark.parametrize(
    ("robot", "statuses", "contact"),
    [
        (Robot(), ["rehearsed"] * 3, "owner@example.com"),
        (Robot(status="DOWN"), ["failed", "rehearsed", "rehearsed"], "owner@example.com"),
        (Robot(interval=60), ["rehearsed", "failed", "rehearsed"], "owner@example.com"),
        (Robot(assigned=()), ["rehearsed", "rehearsed", "failed"], "no e-mail contact"),
    ],
)
def test_a_monitor_must_be_up_check_every_5_minutes_and_have_a_contact(robot, statuses, contact):
    sandbox = make_sandbox(
        site=Site(), uptimerobot=robot, health_monitor=lambda: robot.state, alert_status=lambda monitor: observe()
    )
    evidence = by_item(SetUpMonitor(None).verify(None, sandbox, None))
    assert [evidence[item][0] for item in ("19.1", "19.2", "19.3")] == statuses
    assert evidence["19.3"][1] == contact
    assert evidence["19.4"] == ("rehearsed", "fine")
