"""Logging in through a form, whatever its fields are called."""

from __future__ import annotations

import httpx
import pytest

from steps.shared.login_form import find_login_form, log_in
from tests.steps.fakes import FakeSite, response

FORM = (
    '<form action="/search/"><input name="q"></form>'
    '<form action="{action}"><input type="hidden" name="csrfmiddlewaretoken" value="tok">'
    '<input type="email" name="login"><input type="password" name="secret"></form>'
)


class Shop:
    """Lets `owner` in with `right` by a session cookie, and redirects all others to its login."""

    def __init__(self, action=""):
        self.page, self.sent = FORM.format(action=action), []

    def __call__(self, method, path, *, headers=None, data=None, **more):
        if method == "POST":
            self.sent.append((path, data))
            is_valid = data.get("login") == "owner" and data.get("secret") == "right"
            return response(302, **({"set_cookie": "session=1"} if is_valid else {}))
        if path == "/admin/" and "session=1" in (headers or {}).get("Cookie", ""):
            return response(200, "welcome")
        if path == "/admin/":
            return response(302, location="/login/?next=/admin/")
        return response(200, self.page)


def test_the_form_with_a_password_is_found():
    form = find_login_form(FORM.format(action="/in/"))
    assert (form.action, form.login, form.password) == ("/in/", "login", "secret")
    assert form.hidden == {"csrfmiddlewaretoken": "tok"}
    assert find_login_form('<form><input name="q"></form>') is None


@pytest.mark.parametrize(
    ("action", "posted"),
    [("", "/login/?next=/admin/"), ("/in/", "/in/"), ("https://x.example/", "/login/?next=/admin/")],
)
def test_the_form_is_never_sent_to_another_site(action, posted):
    shop, jar = Shop(action), httpx.Cookies()
    logged_in, showed = log_in(FakeSite(shop), "/admin/", "192.0.2.1", ["owner"], "right", jar)
    assert logged_in
    assert showed == f"POST {posted} with login and secret: 302, then GET /admin/: 200"
    assert shop.sent == [(posted, {"csrfmiddlewaretoken": "tok", "login": "owner", "secret": "right"})]
    assert jar["session"] == "1"


def test_each_account_name_is_tried_and_a_refusal_reports_the_final_url():
    shop = Shop()
    logged_in, showed = log_in(FakeSite(shop), "/admin/", "192.0.2.1", ["other", "owner"], "right")
    assert logged_in and len(shop.sent) == 2
    logged_in, showed = log_in(FakeSite(Shop()), "/admin/", "192.0.2.1", ["owner"], "wrong")
    assert not logged_in
    assert showed == ("POST /login/?next=/admin/: 302, then GET /admin/, redirected to /login/?next=/admin/: 200")


def test_a_page_without_a_form_is_named():
    site = FakeSite(lambda method, path, **sent: response(404))
    assert log_in(site, "/admin/", "192.0.2.1", ["owner"], "right") == (
        False,
        "/admin/ answered 404 without a login form",
    )
