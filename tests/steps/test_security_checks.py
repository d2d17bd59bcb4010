"""Task 20 apart from the grade: the HTTPS redirect, the login limit in a rehearsal, the settings for both headers."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from steps import t20_security_testing as t20
from steps.shared.csp import TemplateContent
from steps.shared.rate_limited_views import REFUSAL
from tests.steps.deployed import HOST, Site, by_item, make_sandbox
from tests.steps.fakes import FakeSandbox, FakeSite
from wizard.base.errors import StepError

STEP = t20.SecurityTesting(None)
PROJECT = SimpleNamespace(
    value=lambda name: True,
    origin=lambda name: "settings.py:7" * (name == "SECURE_REDIRECT_EXEMPT"),
    settings=SimpleNamespace(sources=[]),
    root=Path("/shop"),
)


@pytest.mark.parametrize(
    ("location", "status", "statuses", "showed"),
    [
        (f"https://{HOST}/", 301, ["rehearsed"] * 3, f"https://{HOST}/"),
        ("https://other.example/", 301, ["rehearsed", "rehearsed", "failed"], "https://other.example/"),
        ("", 200, ["rehearsed", "failed", "failed"], "none"),
    ],
)
def test_plain_http_must_redirect_to_https_on_the_same_host(location, status, statuses, showed):
    page = httpx.Response(status, headers={"location": location} if location else {})
    site = Site({f"http://{HOST}/": page, f"http://{HOST}/health/": 200})
    evidence = by_item(STEP._redirect(PROJECT, make_sandbox(), site))
    assert [evidence[item][0] for item in ("20.5", "20.6", "20.7")] == statuses
    assert evidence["20.7"][1] == showed


class Login(Site):
    """A login that answers with *statuses* in turn, and with *forged* to requests with a forged address."""

    def __init__(self, *statuses, forged=429):
        super().__init__()
        self.statuses, self.clients, self.forged = list(statuses), [], forged

    def form(self, path, client):
        self.clients.append(client)
        return {}

    def post(self, path, *, client, headers, data):
        forged = self.forged.pop(0) if headers and isinstance(self.forged, list) else self.forged
        status = forged if headers else self.statuses.pop(0)
        return httpx.Response(status, text=REFUSAL if status == 429 else "")


@pytest.mark.parametrize(
    ("statuses", "found", "clients"),
    [
        ([*[401] * 5, 429, 401], ["rehearsed"] * 3, 2),
        ([*[401] * 5, 429, 429], ["failed", "rehearsed", "rehearsed"], 2),
        ([*[401] * 6, *[401] * 5, 429, 401], ["rehearsed"] * 3, 3),
        ([*[401] * 12, *[401] * 5, 429, 401], ["rehearsed"] * 3, 4),
        ([*[401] * 18, 401], ["rehearsed", "rehearsed", "failed"], 4),
        ([*[404] * 18, 404], ["rehearsed", "failed", "failed"], 4),
    ],
)
def test_the_sixth_login_of_one_client_is_refused_and_no_other_client(monkeypatch, statuses, found, clients):
    login = SimpleNamespace(url=SimpleNamespace(path="/login/"), mutation="")
    monkeypatch.setattr(t20, "place_of_limit", lambda project, url: "views.py:3")
    monkeypatch.setattr(t20, "find_views", lambda project, kind: [login])
    site = Login(*statuses)
    evidence = by_item(STEP._limits(None, make_sandbox(), site, 5))
    assert [evidence[item][0] for item in ("20.8", "20.9", "20.10")] == found
    assert site.statuses == [] and len(set(site.clients)) == clients


def test_a_client_with_a_forged_address_must_stay_refused(monkeypatch):
    login = SimpleNamespace(url=SimpleNamespace(path="/login/"), mutation="")
    monkeypatch.setattr(t20, "place_of_limit", lambda project, url: "views.py:3")
    monkeypatch.setattr(t20, "find_views", lambda project, kind: [login])
    window = [*[401] * 5, 429]
    evidence = by_item(STEP._limits(None, make_sandbox(), Login(*window, 401, *window, *window, forged=401), 5))
    assert evidence["20.10"][0] == "failed"
    assert "not for the same client with X-Forwarded-For or Forwarded or True-Client-IP" in evidence["20.10"][1]


def test_a_window_that_ends_while_addresses_are_forged_is_no_failure(monkeypatch):
    login = SimpleNamespace(url=SimpleNamespace(path="/login/"), mutation="")
    monkeypatch.setattr(t20, "find_views", lambda project, kind: [login])
    window = [*[401] * 5, 429]
    ended_twice = Login(*window, 401, *window, *window, forged=[401] * 5 + [429] + [401] * 3 + [429] * 9)
    evidence = by_item(STEP._limits(None, make_sandbox(), ended_twice, 5))
    assert evidence["20.10"] == ("rehearsed", "429, also with 6 forged client addresses")
    assert ended_twice.statuses == [] and ended_twice.forged == []


def test_a_project_without_a_login_has_nothing_to_limit(monkeypatch):
    monkeypatch.setattr(t20, "find_views", lambda project, kind: [])
    evidence = by_item(STEP._limits(None, make_sandbox(), Site(), 5))
    assert evidence == dict.fromkeys(("20.8", "20.9", "20.10"), ("not-applicable", "the project has no login"))


def test_a_read_only_check_sends_no_logins():
    assert list(STEP._limits(None, make_sandbox(may_write=False), Site(), 5)) == []


def additions(monkeypatch, django, *, leaves=False, **content):
    monkeypatch.setattr(t20, "scan_templates", lambda project: TemplateContent(**content))
    monkeypatch.setattr(t20, "leaves_the_site", lambda project: leaves)
    monkeypatch.setattr(t20, "scan_static_files", lambda project, found: None)
    monkeypatch.setattr(
        t20.settings_block,
        "append_to_list",
        lambda project, name, *entries: f"{name} = [*{name}, {', '.join(entries)}]",
    )
    values = {"STATIC_URL": "/static/"}
    project = SimpleNamespace(django=django, urls=[], root=Path("/nowhere"), value=values.get)
    return t20._csp_additions(project, FakeSandbox(FakeSite(None)))


@pytest.mark.parametrize(
    ("django", "packages", "setting"),
    [
        ((6, 0), [], "SECURE_CSP"),
        ((5, 2), ["django-csp>=4"], "CONTENT_SECURITY_POLICY"),
        ((4, 2), ["django-csp>=4"], "CONTENT_SECURITY_POLICY"),
        ((4, 1), ["django-csp<4"], "CSP_DEFAULT_SRC"),
    ],
)
def test_each_version_of_django_gets_the_settings_that_it_reads(monkeypatch, django, packages, setting):
    added = additions(monkeypatch, django)
    names = {target.id for node in ast.parse("\n".join(added.lines)).body for target in node.targets}
    assert added.packages == packages
    assert {"MIDDLEWARE", setting} <= names
    assert added.remarks == []


@pytest.mark.parametrize("leaves", [False, True])
def test_a_form_may_end_at_another_site_only_where_the_project_sends_visitors(monkeypatch, leaves):
    lines = "\n".join(additions(monkeypatch, (5, 2), leaves=leaves).lines)
    allowed = """["'self'", "https:"]""" if leaves else """["'self'"]"""
    assert f'"form-action": {allowed},' in lines


def test_pages_that_can_not_be_read_become_a_remark(monkeypatch):
    def fail(project, sandbox, content):
        raise StepError("The project doesn't start", "KeyError")

    monkeypatch.setattr(t20, "read_pages", fail)
    [remark] = additions(monkeypatch, (6, 0)).remarks
    assert remark.endswith("because no page could be read: The project doesn't start: KeyError")


def test_problems_of_the_templates_become_remarks(monkeypatch):
    added = additions(monkeypatch, (6, 0), inline="page.html:3", plain="page.html:9")
    assert "(page.html:3)" in added.remarks[0] and added.remarks[1].startswith(
        "page.html:9 loads a file over plain HTTP"
    )
    assert "'unsafe-inline'" in "\n".join(added.lines) and '"upgrade-insecure-requests": True' in "\n".join(added.lines)


@pytest.mark.parametrize(
    ("middleware", "missing"),
    [
        ([], "Content-Security-Policy, Permissions-Policy"),
        ([t20.CSP_6], "Permissions-Policy"),
        ([t20.CSP, t20.PERMISSIONS], "none"),
    ],
)
def test_the_missing_headers_are_found_by_their_middleware(middleware, missing):
    project = SimpleNamespace(value=lambda name: middleware, settings=SimpleNamespace(main="settings.py"))
    [finding] = STEP.inspect(project)
    assert finding.text == f"Headers missing for an A: {missing}"
