"""Task 5 checks /health/ with the database up and down, over plain HTTP with the platform's host name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.t05_health_check import HealthCheck
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, by_item, response, url
from wizard.checklist.evidence import Status
from wizard.plan.draft import Draft
from wizard.project.settings import SettingsFiles

UP = response(200, '{"status": "healthy"}')
DOWN = response(503, '{"status": "unhealthy"}')
NEW = "health.health_check"
OWN = "shop.views.healthz"


def checked(tmp_path, view, up, down, urls=()):
    requests = []

    def answer(method, path, **sent):
        requests.append((path, sent))
        return down if sent.get("headers") else up

    urls = [*urls, *([url("health/", view=view)] if view else [])]
    project = FakeProject(tmp_path, urls_file=None, urls=urls, host="shop.example")
    project.settings = SimpleNamespace()
    evidence = by_item(HealthCheck(None).verify(project, FakeSandbox(FakeSite(answer)), None))
    host = project.platform.health_host
    assert requests[0] == ("/health/", {"https": False, "host": host}), "as the platform's request"
    return evidence


MORE = '{"status": "healthy", "database": "connected", "memory_mb": 180}'


@pytest.mark.parametrize(
    ("view", "up", "down", "statuses"),
    [
        (NEW, UP, DOWN, "done done done done"),
        (NEW, UP, response(500, "Server Error"), "done done done failed"),
        (NEW, UP, response(503, '{"error": "sqlite3"}'), "done done done failed"),
        (NEW, UP, UP, "failed done done failed"),
        (NEW, response(200, "fine"), DOWN, "done done done done"),
        (NEW, response(200, MORE), DOWN, "done done done done"),
        (OWN, response(200, '{"status": "degraded"}'), DOWN, "done done done failed"),
        (NEW, response(301), response(301), "failed done failed failed"),
        (OWN, response(200, "fine"), response(500, "broken"), "done done done done"),
        (OWN, response(200, "fine"), response(500, "Traceback (most recent call last)"), "done done done failed"),
        ("", response(404), response(404), "failed failed failed failed"),
    ],
    ids=[
        "new view", "no 503", "an error detail", "no check of the database", "other words", "more keys",
        "says it is not", "redirected",
        "own view", "own view with a traceback", "no route",
    ],
)  # fmt: skip
def test_the_health_check_follows_the_database(tmp_path, view, up, down, statuses):
    evidence = checked(tmp_path, view, up, down)
    assert " ".join(evidence[item].status for item in ("5.1", "5.2", "5.3", "5.4")) == statuses
    assert evidence["5.2"].showed == f"/health/ → {view or 'no view'}"


def test_details_of_an_error_are_named(tmp_path):
    evidence = checked(tmp_path, NEW, UP, response(503, '{"error": "sqlite3"}'))["5.4"]
    assert evidence.status is Status.FAILED
    assert evidence.showed.endswith('503 {"error": "sqlite3"}, with details: sqlite')


def test_the_middleware_that_answers_first_is_added_once(tmp_path):
    """It has no effect here, as where the project changes MIDDLEWARE while it starts."""
    project = FakeProject(tmp_path, 'MIDDLEWARE = ["shop.Gate"]\n', {"ROOT_URLCONF": "urls"}, urls_file=None)
    for changes in (2, 0):
        draft = Draft()
        HealthCheck(None)._answer_first(project, draft)
        actions = draft.actions()
        assert len(actions) == changes
        for action in actions:
            action.path.write_bytes(action.after)
        project.settings = SettingsFiles("settings", tmp_path / "settings.py", (tmp_path,))
    assert (tmp_path / "health.py").read_text().count("class HealthCheckFirst") == 1
