"""Task 3 checks the settings in effect, the headers of a response, and Django's system checks."""

from __future__ import annotations

import pytest

from steps.shared import sent_headers
from steps.t03_security_headers import WANTED, SecurityHeaders
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, by_item, response, url
from wizard.checklist.evidence import Status

SETTINGS = {name: value for name, (value, _) in WANTED.items()} | {"SECURE_HSTS_SECONDS": 31_536_000}
HEADERS = {
    "Strict_Transport_Security": "max-age=31536000", "X_Content_Type_Options": "nosniff", "X_Frame_Options": "DENY",
    "Referrer_Policy": "same-origin", "Cross_Origin_Opener_Policy": "same-origin",
}  # fmt: skip
REDIRECT = response(301, location="https://shop.example/")


def checked(project, secure=None, plain=REDIRECT):
    secure = secure or response(404, **HEADERS)
    site = FakeSite(lambda method, path, https=True: secure if https else plain)
    return by_item(SecurityHeaders(None).verify(project, FakeSandbox(site), None))


@pytest.mark.parametrize(
    ("changed", "status", "showed"),
    [
        ({}, Status.DONE, "all in effect"),
        ({"X_FRAME_OPTIONS": "SAMEORIGIN"}, Status.DONE, "all in effect"),
        ({"X_FRAME_OPTIONS": "ALLOW"}, Status.FAILED, "X_FRAME_OPTIONS is 'ALLOW'"),
        ({"SECURE_REFERRER_POLICY": "no-referrer"}, Status.DONE, "all in effect"),
        ({"SECURE_SSL_REDIRECT": False}, Status.FAILED, "SECURE_SSL_REDIRECT is False"),
        ({"SECURE_REFERRER_POLICY": "unsafe-url"}, Status.FAILED, "SECURE_REFERRER_POLICY is 'unsafe-url'"),
        ({"SECURE_REFERRER_POLICY": ["unsafe-url", "same-origin"]}, Status.DONE, "all in effect"),
    ],
)
def test_a_setting_that_is_not_in_effect_is_named_with_its_value(tmp_path, changed, status, showed):
    evidence = checked(FakeProject(tmp_path, values={**SETTINGS, **changed}))["3.1"]
    assert evidence.status is status
    assert evidence.showed.startswith(showed)
    assert bool(evidence.expected and evidence.where) == (status is Status.FAILED)


def test_only_settings_and_headers_of_this_django_version_are_required(tmp_path):
    settings = {**SETTINGS, "SECURE_REFERRER_POLICY": None, "SECURE_BROWSER_XSS_FILTER": True}
    headers = {name: value for name, value in HEADERS.items() if name.startswith(("Strict", "X_"))}
    evidence = checked(FakeProject(tmp_path, values=settings, django=(2, 2)), response(404, **headers))
    assert (evidence["3.1"].status, evidence["3.2"].status) == (Status.DONE, Status.DONE)


@pytest.mark.parametrize(
    ("headers", "plain", "status", "showed"),
    [
        (HEADERS, REDIRECT, Status.DONE, "404 with all headers; plain HTTP 301"),
        (
            {**HEADERS, "X_Frame_Options": "x"},
            REDIRECT,
            Status.FAILED,
            "404 with X-Frame-Options: invalid: x; plain HTTP 301",
        ),
        (
            {**HEADERS, "X_Content_Type_Options": "", "Strict_Transport_Security": "max-age=60"},
            REDIRECT,
            Status.FAILED,
            "404 without X-Content-Type-Options, with Strict-Transport-Security: max-age 60; plain HTTP 301",
        ),
        (HEADERS, response(404), Status.FAILED, "404 with all headers; plain HTTP 404, Location: none"),
        (HEADERS, response(301, location="/login/"), Status.FAILED, "plain HTTP 301, Location: /login/"),
        (HEADERS, response(301, location="https://evil.example/"), Status.FAILED, "Location: https://evil.example/"),
    ],
)
def test_responses_carry_the_headers_and_plain_http_is_redirected(tmp_path, headers, plain, status, showed):
    evidence = checked(FakeProject(tmp_path, values=SETTINGS), response(404, **headers), plain)["3.2"]
    assert evidence.status is status
    assert evidence.showed.endswith(showed)


def test_where_a_missing_page_asks_for_a_login_the_headers_of_the_login_count(tmp_path):
    before_the_header = {name: value for name, value in HEADERS.items() if name != "X_Frame_Options"}

    def get(method, path, https=True):
        if not https:
            return REDIRECT
        if path.startswith("/login/"):
            return response(200, **HEADERS)
        return response(302, location="/login/?next=/golive-no-such-page/", **before_the_header)

    project = FakeProject(tmp_path, values=SETTINGS)
    evidence = by_item(SecurityHeaders(None).verify(project, FakeSandbox(FakeSite(get)), None))["3.2"]
    assert (evidence.status, evidence.showed) == (Status.DONE, "200 with all headers; plain HTTP 301")


def test_a_header_that_one_page_weakens_is_named_with_the_code(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "views.py").write_text("def page(request):\n    answer['Referrer-Policy'] = 'unsafe-url'\n")
    project = FakeProject(tmp_path, values=SETTINGS, urls=[url("tea/"), url("pay/"), url("health/")])
    weak = {**HEADERS, "Referrer_Policy": "unsafe-url", "X_Frame_Options": "", "Cross_Origin_Opener_Policy": ""}
    answers = {"/tea/": response(200, **weak), "/pay/": response(500), "/health/": response(200)}

    def answer(_, path, https=True, client=""):
        return answers.get(path, response(404, **HEADERS)) if https else REDIRECT

    found = by_item(SecurityHeaders(None).verify(project, FakeSandbox(FakeSite(answer)), None))["3.2"]
    assert (found.status, found.where) == (Status.FAILED, "shop/views.py:2")
    assert found.showed == "404 with Referrer-Policy of /tea/: unsafe-url; plain HTTP 301"
    assert found.expected == "Referrer-Policy: same-origin, or another policy that leaks no paths"


@pytest.mark.parametrize(
    ("name", "outcome", "values", "place"),
    [
        ("Referrer-Policy", "unsafe-url", {"SECURE_REFERRER_POLICY": "unsafe-url"}, "SECURE_REFERRER_POLICY"),
        ("Referrer-Policy", "unsafe-url", {"SECURE_REFERRER_POLICY": "same-origin"}, "shop/edges.py:3"),
        ("X-Frame-Options", "none", {"X_FRAME_OPTIONS": "DENY"}, "X_FRAME_OPTIONS"),
        ("Strict-Transport-Security", "none", {"SECURE_HSTS_SECONDS": 0}, "SECURE_HSTS_SECONDS"),
        ("cookies", "a CSRF cookie without SameSite (csrftoken)", {}, "CSRF_COOKIE_SAMESITE"),
        ("cookies", "a session cookie without HttpOnly (sessionid)", {}, "SESSION_COOKIE_HTTPONLY"),
        ("cookies", "a cookie without Secure, under HSTS (csrftoken)", {}, "CSRF_COOKIE_SECURE"),
        ("redirection", "none", {"SECURE_SSL_REDIRECT": False}, "SECURE_SSL_REDIRECT"),
        (
            "redirection",
            "none",
            {"SECURE_SSL_REDIRECT": True, "SECURE_REDIRECT_EXEMPT": [""]},
            "SECURE_REDIRECT_EXEMPT",
        ),
        ("cross-origin-resource-sharing", "any origin, with credentials", {}, "shop/edges.py:4"),
    ],
)
def test_the_line_that_weakens_a_header_is_found(tmp_path, name, outcome, values, place):
    (tmp_path / "shop").mkdir()
    lines = "\n\nresponse['referrer-policy'] = x\nresponse['Access-Control-Allow-Origin'] = y\n"
    (tmp_path / "shop" / "edges.py").write_text(lines)
    project = FakeProject(tmp_path, values=values)
    project.origin = lambda setting: setting if setting != "MIDDLEWARE" else ""
    assert sent_headers.place_of(project, name, outcome) == place


@pytest.mark.parametrize(
    ("policy", "status"), [("same-origin", Status.FAILED), (None, Status.DONE), ("unsafe-none", Status.DONE)]
)
def test_an_opener_policy_is_required_only_if_the_setting_promises_it(tmp_path, policy, status):
    project = FakeProject(tmp_path, values={**SETTINGS, "SECURE_CROSS_ORIGIN_OPENER_POLICY": policy})
    headers = {**HEADERS, "Cross_Origin_Opener_Policy": ""}
    assert checked(project, response(404, **headers))["3.2"].status is status


def message(level, **given):
    return {"id": "shop.E001", "text": "no tea", "level": level, "silenced": False, "deploy": False, **given}


@pytest.mark.parametrize(
    ("messages", "status", "showed"),
    [
        ([], Status.DONE, "no errors"),
        ([message(30), message(40, silenced=True), message(40, deploy=True)], Status.DONE, "no errors"),
        ([message(40)], Status.FAILED, "shop.E001: no tea"),
    ],
)
def test_errors_of_system_checks_fail(tmp_path, messages, status, showed):
    project = FakeProject(tmp_path, values=SETTINGS)
    project.inspected["messages"] = messages
    evidence = checked(project)["3.3"]
    assert (evidence.status, evidence.showed) == (status, showed)


def test_a_server_error_fails_with_the_status(tmp_path):
    evidence = checked(FakeProject(tmp_path, values=SETTINGS), response(500))["3.3"]
    assert (evidence.status, evidence.showed) == (Status.FAILED, "no errors; a missing page answered 500")
