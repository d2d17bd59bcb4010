"""Cookies that a login sets carry Secure, HttpOnly and SameSite, and the login form needs a CSRF token."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from steps.shared import session_cookies
from steps.shared.session_cookies import cookie_problem, is_credential
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, response, url

CROSS_SITE = {
    "MIDDLEWARE": ["corsheaders.middleware.CorsMiddleware", "django.contrib.sessions.middleware.SessionMiddleware"],
    "CORS_ALLOW_CREDENTIALS": True,
}  # fmt: skip
GOOD = "; Path=/; Secure; HttpOnly; SameSite=Lax"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("header", "values", "found"),
    [
        (f"sessionid=a{GOOD}", {}, ""),
        ("sessionid=a; Secure; SameSite=Lax", {}, "the cookie sessionid is set without HttpOnly"),
        ("sessionid=a; HttpOnly; SameSite=Lax", {}, "the cookie sessionid is set without Secure"),
        ("sessionid=a; Secure; HttpOnly", {}, "the cookie sessionid is set without SameSite=Lax"),
        ("sessionid=a; Secure; HttpOnly; SameSite=None", {}, "the cookie sessionid is set without SameSite=Lax ("),
        ("sessionid=a; Secure; HttpOnly; SameSite=None", CROSS_SITE, ""),
        ("shop=a; Secure; SameSite=Lax", {"SESSION_COOKIE_NAME": "shop"}, "the cookie shop is set without HttpOnly"),
        ("csrftoken=a; Secure; SameSite=Lax", {}, ""),
        ("csrftoken=a; SameSite=Lax", {}, "the cookie csrftoken is set without Secure"),
        ("messages=a; SameSite=Lax; Secure", {}, "the cookie messages is set without HttpOnly"),
        ("theme=dark", {}, ""),
        ("access_token=a; Secure; SameSite=Lax", {}, "the cookie access_token is set without HttpOnly"),
        (f"x={JWT}; Secure; SameSite=Strict", {}, "the cookie x is set without HttpOnly"),
    ],
)  # fmt: skip
def test_each_attribute_that_is_missing_is_named(tmp_path, header, values, found):
    problem = cookie_problem(FakeProject(tmp_path, "", values), header.partition("=")[0], header)
    assert (problem.found if problem else "").startswith(found)
    assert bool(problem) == bool(found)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sid", True), ("auth", True), ("refresh_token", True), ("csrftoken", False), ("lang", False)],
)
def test_cookies_that_log_in_are_told_by_their_name(name, expected):
    assert is_credential(name, f"{name}=abc") is expected


def test_a_cookie_of_the_projects_own_is_found_where_it_is_set(tmp_path):
    project = FakeProject(tmp_path)
    view = tmp_path / "views.py"
    view.write_text("def login(request):\n    answer = page()\n    answer.set_cookie('jwt', make())\n")
    project.copy = SimpleNamespace(known=lambda: [view])
    assert cookie_problem(project, "jwt", "jwt=a").where == "views.py:3"


LOGIN = url("login/", "login", "shop.views.login", file="shop/views.py", line=7)


def tried(monkeypatch, tmp_path, answer):
    monkeypatch.setattr(session_cookies, "find_views", lambda project, kind: [session_cookies.LimitedView(LOGIN)])
    account = {"username": "golive-admin", "email": "a@example.com", "password": "secret"}
    monkeypatch.setattr(session_cookies, "ensure_superuser", lambda sandbox: account)
    return session_cookies.problems(FakeProject(tmp_path), FakeSandbox(), FakeSite(answer))


def test_the_cookies_of_a_login_are_judged_not_those_of_its_page(monkeypatch, tmp_path):
    sent = []

    def answer(method, path, **request):
        sent.append((method, path, request.get("data", {}).get("password")))
        if method == "GET":
            return response(200, set_cookie="csrftoken=a; Secure; SameSite=Lax")
        return response(403) if "golive-stranger" in request["headers"].get("Origin", "") else logged_in()

    def logged_in():
        return httpx.Response(302, headers=[("set-cookie", "sessionid=a; Secure"), ("location", "/account/")])

    [problem] = tried(monkeypatch, tmp_path, answer)
    assert problem.found == "the cookie sessionid is set without HttpOnly and SameSite=Lax"
    assert [each[:2] for each in sent] == [
        ("GET", "/login/"),
        ("POST", "/login/"),
        ("GET", "/account/"),
        ("POST", "/login/"),
    ]
    assert sent[1][2] == "secret"


def test_a_login_without_a_csrf_token_is_a_problem(monkeypatch, tmp_path):
    cookie = f"sessionid=a{GOOD}"
    [problem] = tried(monkeypatch, tmp_path, lambda method, path, **request: response(200, set_cookie=cookie))
    assert problem.found == "a form on another site can log visitors in at /login/"
    assert problem.where == "shop/views.py:7"


def test_a_login_that_sets_no_cookie_has_nothing_to_protect(monkeypatch, tmp_path):
    assert tried(monkeypatch, tmp_path, lambda method, path, **request: response(200, '{"token": "a"}')) == []
