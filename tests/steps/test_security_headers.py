"""Task 3 checks the settings in effect, the headers of a response, and Django's system checks."""

from __future__ import annotations

import pytest

from steps.t03_security_headers import WANTED, SecurityHeaders
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, by_item, response
from wizard.checklist.evidence import Status

SETTINGS = {name: value for name, (value, _) in WANTED.items()}
HEADERS = {
    "Strict_Transport_Security": "max-age=31536000", "X_Content_Type_Options": "nosniff", "X_Frame_Options": "DENY",
    "Referrer_Policy": "same-origin",
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
    ],
)
def test_a_setting_that_is_not_in_effect_is_named_with_its_value(tmp_path, changed, status, showed):
    evidence = checked(FakeProject(tmp_path, values={**SETTINGS, **changed}))["3.1"]
    assert (evidence.status, evidence.showed) == (status, showed)


def test_only_settings_and_headers_of_this_django_version_are_required(tmp_path):
    settings = {**SETTINGS, "SECURE_REFERRER_POLICY": None, "SECURE_BROWSER_XSS_FILTER": True}
    headers = {name: value for name, value in HEADERS.items() if name != "Referrer_Policy"}
    evidence = checked(FakeProject(tmp_path, values=settings, django=(2, 2)), response(404, **headers))
    assert (evidence["3.1"].status, evidence["3.2"].status) == (Status.DONE, Status.DONE)


@pytest.mark.parametrize(
    ("headers", "plain", "status", "showed"),
    [
        (HEADERS, REDIRECT, Status.DONE, "404 with all headers; plain HTTP 301"),
        ({**HEADERS, "X_Frame_Options": "x"}, REDIRECT, Status.FAILED, "404 without X-Frame-Options; plain HTTP 301"),
        (HEADERS, response(404), Status.FAILED, "plain HTTP 404, expected 301 or 308 to https://"),
        (HEADERS, response(301, location="/login/"), Status.FAILED, "expected 301 or 308 to https://"),
    ],
)
def test_responses_carry_the_headers_and_plain_http_is_redirected(tmp_path, headers, plain, status, showed):
    evidence = checked(FakeProject(tmp_path, values=SETTINGS), response(404, **headers), plain)["3.2"]
    assert evidence.status is status
    assert evidence.showed.endswith(showed)


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
