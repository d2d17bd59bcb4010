"""Task 23: the 500 page, its event in Sentry, and the temporary view."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from steps import t23_errors as t23
from tests.steps.deployed import HOST, Sentry, Site, by_item, make_sandbox
from tests.steps.fakes import FakeProject
from wizard.plan.actions import Assist, WriteFile

STEP = t23.ErrorTesting(None)
REQUEST = httpx.Request("GET", f"https://{HOST}/")
OWN = httpx.Response(500, text="<h1>Sorry</h1>")


@pytest.fixture
def project(tmp_path):
    """A project with a 500 page."""
    (tmp_path / "500.html").write_text("<h1>Sorry</h1>")
    return FakeProject(tmp_path)


@pytest.mark.parametrize(
    ("response", "statuses"),
    [
        (OWN, ["rehearsed", "rehearsed"]),
        (httpx.Response(500, text="Traceback (most recent call last)"), ["rehearsed", "failed"]),
        (httpx.Response(500, text=f"RuntimeError: {t23.RAISED}"), ["rehearsed", "failed"]),
        (httpx.Response(500), ["rehearsed", "failed"]),
        (httpx.Response(500, text="<h1>Server Error (500)</h1><p></p>"), ["rehearsed", "failed"]),
        (httpx.Response(500, text="<h1>Internal Server Error</h1>"), ["rehearsed", "rehearsed"]),
        (httpx.Response(500, text="Internal Server Error"), ["rehearsed", "failed"]),
        (httpx.Response(404, text="<h1>Sorry</h1>"), ["failed", "failed"]),
    ],
)
def test_a_500_page_is_the_projects_own_and_shows_no_details(project, response, statuses):
    evidence = by_item(STEP._error(project, make_sandbox(sentry=Sentry([t23.RAISED])), response, set()))
    assert [evidence[item][0] for item in ("23.4", "23.5")] == statuses


def test_the_error_is_reported_by_a_new_event(project):
    sentry = Sentry([f"RuntimeError: {t23.RAISED}"])
    assert by_item(STEP._error(project, make_sandbox(sentry=sentry), OWN, set()))["23.6"][0] == "rehearsed"
    assert by_item(STEP._error(project, make_sandbox(sentry=sentry), OWN, {"00000000"}))["23.6"][0] == "failed"


def test_in_production_a_stub_of_sentry_proves_nothing(project):
    evidence = by_item(STEP._error(project, make_sandbox(real=True, sentry=Sentry([t23.RAISED])), OWN, set()))
    assert evidence["23.6"][0] == "open" and "task 11" in evidence["23.6"][1]


@pytest.mark.parametrize(
    ("answer", "titles", "real", "status"),
    [
        ("no", [], False, "not-applicable"),
        ("yes", ["Missing page: /nonexistent"], False, "rehearsed"),
        ("yes", ["Missing page: /other"], False, "failed"),
        ("yes", ["Missing page: /nonexistent"], True, "open"),
    ],
)
def test_a_404_is_reported_only_on_request(answer, titles, real, status):
    sandbox = make_sandbox(real=real, sentry=Sentry(titles))
    assert STEP._missing_page_event(sandbox, {"report.404": answer}, set()).status.value == status


def test_without_the_view_the_items_of_the_500_are_open(monkeypatch):
    monkeypatch.setattr(t23, "find_fault", lambda project, code, response: None)
    sandbox = make_sandbox(site=Site(), sentry=Sentry())
    evidence = by_item(STEP.verify(SimpleNamespace(urls_file=None), sandbox, {}))
    assert [evidence[item][0] for item in ("23.1", "23.2")] == ["rehearsed", "rehearsed"]
    assert [evidence[f"23.{number}"][0] for number in (4, 5, 6, 7)] == ["open"] * 4


class Walled(Site):
    """A site that asks for a login before it looks for a page."""

    def get(self, path, *, headers=None, **limits):
        if path == "/login/":
            form = '<form method="post"><input name="username"><input type="password" name="password"></form>'
            return httpx.Response(200, text=form, request=REQUEST)
        if "session=golive" not in (headers or {}).get("Cookie", ""):
            return httpx.Response(302, headers={"location": "/login/"}, request=REQUEST)
        answer = super().get(path)
        answer.request = REQUEST
        return answer

    def post(self, path, *, data, **limits):
        entered = data == {"username": "golive-admin", "password": "right"}
        return httpx.Response(302, headers={"set-cookie": "session=golive"} if entered else {}, request=REQUEST)


@pytest.mark.parametrize(("password", "status"), [("right", "rehearsed"), ("wrong", "failed")])
def test_where_every_page_asks_for_a_login_the_superuser_requests_them(monkeypatch, project, password, status):
    account = {"username": "golive-admin", "email": "golive-admin", "password": password}
    monkeypatch.setattr(t23, "ensure_superuser", lambda sandbox: account)
    (project.root / "404.html").write_text("<h1>Gone</h1>")
    pages = {"/nonexistent": httpx.Response(404, text="<h1>Gone</h1>"), f"/{t23.ROUTE}": OWN}
    project.urls_file = project.root / "urls.py"
    project.urls_file.write_text(t23.RAISED)
    sandbox = make_sandbox(site=Walled(pages), sentry=Sentry([t23.RAISED]))
    found = [*STEP.verify(project, sandbox, {}), *STEP.after(project, make_sandbox(site=Walled()))]
    evidence = by_item(found)
    assert [evidence[item][0] for item in ("23.1", "23.2", "23.4", "23.5", "23.7")] == [status] * 5


@pytest.mark.parametrize(("status", "expected"), [(404, "rehearsed"), (500, "failed"), (200, "failed")])
def test_the_error_is_gone_when_its_url_is_a_404_again(status, expected):
    [evidence] = STEP.after(None, make_sandbox(site=Site({f"/{t23.ROUTE}": status})))
    assert (evidence.item, evidence.status.value) == ("23.7", expected)


def plan(tmp_path, text):
    path = tmp_path / "urls.py"
    if text is not None:
        path.write_text(text)
    sandbox = make_sandbox(actions=lambda stage: [], remarks=lambda stage: ())
    return STEP.plan(SimpleNamespace(urls_file=path if text is not None else None), sandbox, {})


def test_the_plan_adds_a_view_that_raises(tmp_path):
    [action] = plan(tmp_path, "from django.urls import include\n\nurlpatterns = []\n").actions
    assert isinstance(action, WriteFile)
    after = action.after.decode()
    assert after.startswith("from django.urls import include, path\n")
    assert "golive_broken_on_purpose.login_required = False" in after, "or LoginRequiredMiddleware asks for a login"
    assert f'raise RuntimeError("{t23.RAISED}")' in after and f'path("{t23.ROUTE}", golive_broken_on_purpose)' in after
    (tmp_path / "urls.py").write_text(after)
    assert not plan(tmp_path, after).actions, "the view is there already"


@pytest.mark.parametrize("text", [None, "from shop.urls import *\n"])
def test_urlpatterns_that_are_not_assigned_need_a_manual_change(tmp_path, text):
    [action] = plan(tmp_path, text).actions
    assert isinstance(action, Assist) and action.item == "23.4"
