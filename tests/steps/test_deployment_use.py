"""Task 18: the health check, the admin and the endpoints of the deployed site."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from steps import t18_test_deployment as t18
from tests.steps.deployed import HOST, Site, by_item, make_sandbox
from tests.steps.fakes import FakeProject
from wizard.base.errors import SiteError

ACCOUNT = {"username": "owner", "email": "owner@example.com", "password": "secret"}
LOGIN = SimpleNamespace(name="admin:login", path="/admin/login/", view="django.contrib.admin.sites.AdminSite.login")
PROJECT = SimpleNamespace(urls=[LOGIN], value=lambda name: None)
SYNCHRONOUS = SimpleNamespace(urls=[], copy=SimpleNamespace(files=list, at=lambda path: path), value=lambda name: None)
"""A project without a queue."""


def leads(location):
    return httpx.Response(302, headers={"location": location})


FORM = httpx.Response(200, text="<form><input name=username></form>")
HEALTHY = httpx.Response(200, json={"status": "healthy"})
STEP = t18.TestDeployment(None)


@pytest.mark.parametrize(
    ("response", "statuses"),
    [
        (HEALTHY, ["rehearsed", "rehearsed"]),
        (httpx.Response(200, json={"status": "healthy", "database": "connected", "memory_mb": 180}), ["rehearsed"] * 2),
        (httpx.Response(200, json={"status": "unhealthy"}), ["rehearsed", "failed"]),
        (httpx.Response(200, json={"status": "healthy", "url": "postgres://a:b@c/d"}), ["rehearsed", "failed"]),
        (httpx.Response(503, json={"status": "healthy"}), ["failed", "failed"]),
    ],
)
def test_the_health_check_must_return_200_say_healthy_and_leak_nothing(tmp_path, response, statuses):
    project = FakeProject(tmp_path, host=HOST)
    evidence = by_item(STEP._health(project, make_sandbox(), Site({"/health/": response})))
    assert [evidence[item][0] for item in ("18.1", "18.2")] == statuses


@pytest.mark.parametrize(
    ("page", "account", "logged_in", "statuses"),
    [
        (FORM, ACCOUNT, True, ["rehearsed", "rehearsed", "rehearsed"]),
        (httpx.Response(200, text="<h1>Welcome</h1>"), ACCOUNT, True, ["failed", "rehearsed", "rehearsed"]),
        (leads("/admin/login/"), ACCOUNT, True, ["failed", "rehearsed", "rehearsed"]),
        (503, ACCOUNT, True, ["failed", "rehearsed", "rehearsed"]),
        (leads("/sso/"), ACCOUNT, True, ["rehearsed"] * 3),
        (leads("https://id.example/"), ACCOUNT, True, ["failed", "rehearsed", "rehearsed"]),
        (404, ACCOUNT, False, ["failed", "rehearsed", "failed"]),
        (FORM, {"failed": "the e-mail is taken"}, True, ["rehearsed", "failed"]),
    ],
)
def test_the_admin_is_reached_has_a_superuser_and_accepts_the_login(monkeypatch, page, account, logged_in, statuses):
    monkeypatch.setattr(t18, "ensure_superuser", lambda sandbox: account)
    monkeypatch.setattr(t18, "log_in", lambda *arguments: (logged_in, "the index page"))
    evidence = by_item(
        STEP._admin(
            PROJECT, make_sandbox(), Site({"/admin/login/": page, "/sso/": httpx.Response(200, text="<p>Log in")})
        )
    )
    assert [status for status, _ in evidence.values()] == statuses
    assert "failed" not in account or evidence["18.4"][1] == "the e-mail is taken"


def test_of_several_admins_the_one_that_shows_a_login_is_used(monkeypatch):
    monkeypatch.setattr(t18, "ensure_superuser", lambda sandbox: {"failed": "the e-mail is taken"})
    office = SimpleNamespace(name="office:login", path="/office/login/", view=LOGIN.view)
    site = Site({"/admin/login/": leads("/404/"), "/office/login/": FORM})
    evidence = by_item(STEP._admin(SimpleNamespace(urls=[LOGIN, office]), make_sandbox(), site))
    assert evidence["18.3"] == ("rehearsed", "200")


def test_a_superuser_who_needs_rows_that_a_new_database_lacks_is_no_failure(monkeypatch):
    failed = "django.contrib.auth.models.Group.DoesNotExist: Group matching query does not exist. (manage.py)"
    monkeypatch.setattr(t18, "ensure_superuser", lambda sandbox: {"failed": failed})
    evidence = by_item(STEP._admin(PROJECT, make_sandbox(), Site({"/admin/login/": FORM})))
    assert (evidence["18.4"][0], evidence["18.5"][0]) == ("open", "open")
    assert "Group matching query does not exist. Load them after `migrate`" in evidence["18.4"][1]


def test_without_an_admin_its_items_do_not_apply():
    evidence = by_item(STEP._admin(SimpleNamespace(urls=[]), make_sandbox(), Site()))
    assert evidence == dict.fromkeys(("18.3", "18.4", "18.5"), ("not-applicable", "the project has no admin"))


SKIP = ". If one raises on purpose, add it to skip_urls in golive.yaml"
NO_PAGE = f"no address of a page{SKIP}"
ELSE = f" in a loop at /a{SKIP}"


@pytest.mark.parametrize(
    ("pages", "status", "showed"),
    [
        ({"/a/": 200, "/b/": 404, "/c/": 200}, "rehearsed", "3 URLs: 200 × 2, 404 × 1"),
        ({"/a/": 200, "/b/": 500, "/c/": 502}, "failed", f"broken: /b/ 500, /c/ 502{SKIP}"),
        ({"/a/": 200, "/b/": leads("http://localhost:8000/b/")}, "failed", f"broken: /b/ leads to localhost{SKIP}"),
        ({"/a/": leads("https://www.shop.example/a/")}, "failed", f"broken: /a/ leads to www.shop.example{SKIP}"),
        ({"/a/": leads("/a/")}, "failed", f"broken: /a/ redirects to itself{SKIP}"),
        (
            {"/a": leads("/a/"), "/a/": leads("/a")},
            "failed",
            f"broken: /a redirects in a loop at /a/, /a/ redirects{ELSE}",
        ),
        ({"/a/": leads("http://[::1")}, "failed", f"broken: /a/ redirects to 'http://[::1', which is {NO_PAGE}"),
        ({"/a/": leads("javascript:x()")}, "failed", f"broken: /a/ redirects to 'javascript:x()', which is {NO_PAGE}"),
        ({"/a/": leads("shopapp:paid")}, "rehearsed", "1 URLs: 302 × 1; some lead to shopapp:"),
        ({"/a/": leads("/b/"), "/b/": 500}, "failed", f"broken: /a/ leads to /b/ 500, /b/ 500{SKIP}"),
        ({"/a/": leads(f"https://{HOST}/login/")}, "rehearsed", "1 URLs: 302 × 1"),
        ({"/a/": leads("/login/")}, "rehearsed", "1 URLs: 302 × 1"),
        (
            {"/sso/": leads("https://id.example/authorize?client_id=1")},
            "rehearsed",
            "1 URLs: 302 × 1; some lead to id.example",
        ),
        ({}, "failed", "0 URLs: "),
    ],
)
def test_no_endpoint_has_a_server_error(monkeypatch, pages, status, showed):
    monkeypatch.setattr(t18, "list_addresses", lambda project: list(pages))
    evidence = STEP._endpoints(SYNCHRONOUS, make_sandbox(), Site(pages))
    assert (evidence.status.value, evidence.showed) == (status, showed)


def test_an_endpoint_without_an_answer_leaves_the_item_open(monkeypatch):
    pages = {"/a/": 200, "/slow/": SiteError("GET /slow/ got no response", "ReadTimeout"), "/b/": 200}
    monkeypatch.setattr(t18, "list_addresses", lambda project: list(pages))
    evidence = STEP._endpoints(SYNCHRONOUS, make_sandbox(), Site(pages))
    hint = "If a page never ends on purpose, add it to skip_urls in golive.yaml"
    assert evidence.status.value == "open"
    assert evidence.showed == f"200 × 2. GET /slow/ got no response: ReadTimeout. {hint}"
    evidence = STEP._endpoints(SYNCHRONOUS, make_sandbox(), Site({**pages, "/b/": 500}))
    assert (evidence.status.value, evidence.showed) == ("failed", f"broken: /b/ 500{SKIP}")


def test_an_endless_answer_counts_by_its_status(monkeypatch):
    class Streams(Site):
        def get(self, path, **more):
            if path == "/events/" and more:  # peek reads only its headers
                raise SiteError("GET /events/ got a response that takes longer than 10 s")
            return super().get(path, **more)

    pages = {"/a/": 200, "/events/": 200}
    monkeypatch.setattr(t18, "list_addresses", lambda project: list(pages))
    evidence = STEP._endpoints(SYNCHRONOUS, make_sandbox(), Streams(pages))
    assert (evidence.status.value, evidence.showed) == ("rehearsed", "2 URLs: 200 × 2")
    evidence = STEP._endpoints(SYNCHRONOUS, make_sandbox(), Streams({**pages, "/events/": 503}))
    assert (evidence.status.value, evidence.showed) == ("failed", f"broken: /events/ 503{SKIP}")


def test_every_part_is_checked_in_one_visit(monkeypatch, tmp_path):
    monkeypatch.setattr(t18, "list_addresses", lambda project: ["/health/"])
    monkeypatch.setattr(t18.journey_evidence, "run_all", lambda sandbox, site: {})
    monkeypatch.setattr(t18.derived_journeys, "explore", lambda project, sandbox, site: None)
    site = Site({"/health/": HEALTHY})
    sandbox = make_sandbox(site=site, payment_skip_reason="", config=SimpleNamespace(journeys=[]))
    project = FakeProject(tmp_path, host=HOST, copy=SYNCHRONOUS.copy)
    evidence = by_item(STEP.verify(project, sandbox, None))
    assert sorted(evidence) == [f"18.{number}" for number in range(1, 9)]
    assert (evidence["18.7"][0], evidence["18.8"][0]) == ("open", "open"), "there are no flows"


@pytest.mark.parametrize(("showed", "status"), [
    ("POST /accounts/login/: 302, then GET /admin/, redirected to /accounts/confirm-email/: 200", "open"),
    ("POST /accounts/login/: 302, then GET /admin/, redirected to /account/two_factor/setup/: 200", "open"),
    ("POST /admin/login/: 302, then GET /admin/, redirected to /admin/login/: 200", "failed"),
    ("POST /admin/login/: 200, then GET /admin/, redirected to /confirm/: 200", "failed"),
])  # fmt: skip
def test_a_log_in_that_asks_for_a_further_step_waits_for_a_person(monkeypatch, showed, status):
    monkeypatch.setattr(t18, "ensure_superuser", lambda sandbox: ACCOUNT)
    monkeypatch.setattr(t18, "log_in", lambda *arguments: (False, showed))
    evidence = by_item(STEP._admin(PROJECT, make_sandbox(), Site({"/admin/login/": FORM})))
    assert evidence["18.5"][0] == status
    assert showed in evidence["18.5"][1]


def test_a_log_in_that_needs_a_code_waits_for_a_person(monkeypatch):
    monkeypatch.setattr(t18, "ensure_superuser", lambda sandbox: ACCOUNT)
    monkeypatch.setattr(t18, "log_in", lambda *arguments: (False, "POST /admin/login/: 200"))
    project = SimpleNamespace(urls=[LOGIN], value=lambda name: ["django_otp"])
    evidence = by_item(STEP._admin(project, make_sandbox(), Site({"/admin/login/": FORM})))
    assert evidence["18.5"][0] == "open" and "django_otp asks for a code" in evidence["18.5"][1]
    broken = "POST /admin/login/: 302, then GET /admin/: 500"
    monkeypatch.setattr(t18, "log_in", lambda *arguments: (False, broken))
    evidence = by_item(STEP._admin(project, make_sandbox(), Site({"/admin/login/": FORM})))
    assert evidence["18.5"] == ("failed", broken), "a server error asks for no code"
