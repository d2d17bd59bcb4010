"""The hints of a failure: those that apply to it, the likely ones first, and none that contradicts it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.base.errors import CommandError, StepError, ToolError
from wizard.checklist import loader
from wizard.diagnosis.cause import Cause
from wizard.diagnosis.diagnose import Failure, diagnose
from wizard.diagnosis.probe import confirmed, not_checked, ruled_out
from wizard.diagnosis.probes import PROBES
from wizard.reporting.event_text import hints, listed

CHECKLIST = loader.load()
DEPLOY = CHECKLIST.tasks[17]


@pytest.fixture
def results(monkeypatch):
    """The result of each probe. The others find that their hint does not apply."""
    chosen = {}
    for name in list(PROBES):
        monkeypatch.setitem(PROBES, name, lambda context, name=name: chosen.get(name))
    return chosen


def run(cause, error="it failed", exception=None, target="local"):
    project = SimpleNamespace(root=None)
    failure = Failure(DEPLOY, error, cause, exception)
    return diagnose(CHECKLIST, failure, project, SimpleNamespace(name=target))


def shown(diagnoses):
    return [(diagnosis.hint.probe, diagnosis.confirmed) for diagnosis in diagnoses]


def test_a_confirmed_hint_about_something_else_does_not_come_first(results):
    results |= {"whitenoise": confirmed("is not in MIDDLEWARE"), "migrations": confirmed("no such table: order")}
    cause = Cause("the health check failed", error="OperationalError: no such table: order")
    _, diagnoses = run(cause)
    assert shown(diagnoses) == [("migrations", True), ("whitenoise", True)]


def test_hints_that_were_not_checked_come_before_those_that_were_ruled_out(results):
    results |= {"database": ruled_out("it answers"), "static_root": not_checked("unknown")}
    _, diagnoses = run(Cause("the start command failed"))
    assert [confirmed for _, confirmed in shown(diagnoses)] == [None, False, False]


@pytest.mark.parametrize(
    ("probe", "error"),
    [
        ("migrations", "RuntimeError in products/migrations/0002.py"),
        ("migrations", 'ProgrammingError: relation "auth_group" does not exist'),
        ("database", 'connection to server at "10.0.0.1", port 5432 failed: Connection refused'),
        ("database", "ImproperlyConfigured: Error loading psycopg2 or psycopg module"),
        ("procfile", "/bin/sh: 1: exec: gunicron: not found"),
        ("allowed_hosts", "DisallowedHost: Invalid HTTP_HOST header: 'shop.example.com'"),
        ("variables", "decouple.UndefinedValueError: STRIPE_KEY not found"),
        ("collectstatic", "ValueError: Missing staticfiles manifest entry for 'a.css'"),
        ("logs", "KeyError: 'tea'"),
    ],
)
def test_what_the_program_reported_is_not_ruled_out(results, probe, error):
    results[probe] = ruled_out("everything is fine")
    assert run(Cause("it failed", error=error))[1] == ()
    assert shown(run(Cause("it failed"))[1]), "nothing contradicts it"


def test_hints_about_a_platform_do_not_apply_to_another_target(results):
    results["logs"] = confirmed("KeyError: 'tea'")
    cause = Cause("it failed")
    assert [each.hint.text for each in run(cause)[1]] == ["Check the logs for errors"]
    assert "Check the Railway logs" in [each.hint.text for each in run(cause, target="railway")[1]]


def test_the_hint_of_a_second_guide_is_kept_and_shown_once(results):
    results["database"] = confirmed("OperationalError: connection refused")
    _, diagnoses = run(Cause("it failed", error="OperationalError: connection refused"))
    assert [each.guide.id for each in diagnoses] == ["deployment", "health"]
    assert len(listed(diagnoses)[0]) == 1


def test_ruled_out_hints_share_one_line(results):
    results |= {"database": ruled_out("it answers"), "static_root": ruled_out("it is set")}
    _, diagnoses = run(Cause("it failed"))
    [line] = hints(diagnoses)
    assert line.strip() == "– Ruled out: Check the database connection; Check the STATIC_ROOT setting"


def test_no_hint_applies_to_a_failure_of_this_machine(results):
    results["database"] = confirmed("it does not answer")
    error = ToolError("git commit gave no answer", "within 60 s")
    assert run(Cause("git commit gave no answer"), exception=error)[1] == ()
    assert run(Cause("git commit gave no answer"), exception=StepError("x"))[1]


def test_a_cause_without_an_error_gets_the_finding_that_explains_it(results):
    results |= {"database": confirmed("OperationalError: refused"), "whitenoise": confirmed("not in MIDDLEWARE")}
    cause, _ = run(Cause("the health check failed with status 503"), error="status 503")
    assert cause.error == "OperationalError: refused"
    cause, _ = run(Cause("the cookie has no SameSite"), error="3.4: no SameSite")
    assert cause.error == ""


def test_a_probe_that_the_failure_itself_stops_is_no_hint(results, monkeypatch):
    def stopped(context):
        raise CommandError("The project doesn't start", "NameError: name 'x' is not defined")

    monkeypatch.setitem(PROBES, "collectstatic", stopped)
    cause = Cause("The project doesn't start", error="NameError: name 'x' is not defined")
    assert run(cause)[1] == ()
    _, [other] = run(Cause("another reason"))
    assert other.confirmed is None


@pytest.mark.parametrize("result", [ruled_out("it answers"), not_checked("unknown")])
def test_a_hint_about_something_else_is_left_out_beside_an_error(results, result):
    results |= {"database": result, "static_root": confirmed("it is not set")}
    _, diagnoses = run(Cause("it failed", error="KeyError: 'tea'"))
    assert shown(diagnoses) == [("static_root", True)]


@pytest.mark.parametrize(
    ("finding", "fix"),
    [
        ("the deployment's log: ModuleNotFoundError: No module named 'packaging'", "has the module packaging to the"),
        ('psycopg.errors.UndefinedTable: relation "shop_order" does not exist', "there is no table shop_order."),
        ("django.db.utils.OperationalError: no such table: shop_order", "there is no table shop_order."),
        ("redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379.", "--only 27"),
        ('could not translate host name "db" to address', "Read the name of this host from a variable"),
        ("redis.exceptions.ResponseError: unknown command", "Read the first error in the log"),
        ("KeyError: 'tea'", "Read the first error in the log"),
    ],
)
def test_a_known_error_of_the_log_has_a_fix_of_its_own(results, finding, fix):
    results |= {"logs": confirmed(finding)}
    _, [diagnosis] = run(Cause("the start command failed"))
    assert fix in diagnosis.hint.fix
