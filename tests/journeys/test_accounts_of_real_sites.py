"""The journeys of accounts where a site has limits, log-ins for staff, task queues, or accounts that staff makes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

from tests.journeys.account_sites import PAGES, form, journeys_at, view
from wizard.journeys import password_reset, signing_up
from wizard.journeys.account_context import Account, AccountContext, credentials
from wizard.journeys.account_doors import Door, doors, form_at
from wizard.journeys.accounts import AccountState
from wizard.journeys.filling import Person
from wizard.journeys.html_page import Page
from wizard.journeys.items import Journeys
from wizard.journeys.rate_limits import is_limited
from wizard.journeys.result import NOT_FOR_VISITORS, Verdict
from wizard.journeys.visitor import Answer, RedirectLoop, Visitor
from wizard.project.inputs import Form, Input, Surface

LOGIN = view("accounts/login/", "login", forms=(form("username", "password"),))
STAFF = view("dashboard/login/", "login", forms=(form("username", "password"),))
REST = tuple(each for each in PAGES.views if each.role != "login")
KNOWN = AccountState(exists=True)


@pytest.fixture(autouse=True)
def _no_worker_sends_mail(monkeypatch):
    for module in (password_reset, signing_up):
        monkeypatch.setattr(module, "WAIT", 0.1)


def verdicts(results):
    return {each.verdict for each in results.values()}


@pytest.mark.parametrize(("kept", "task", "asked"), [("", "login", 1), ("token", "login", 0), ("", "logout", 0)])
def test_a_form_that_was_seen_by_another_browser_is_read_again_for_its_cookie(kept, task, asked):
    """Only a page sets the cookie of its CSRF token, and a new browser has none."""
    hidden = Input("csrfmiddlewaretoken", "hidden", False, initial="old")
    seen = Form("post", "form", (hidden, Input("username"), Input("password")), "page", path="/enter/")
    fresh = replace(seen, inputs=(replace(hidden, initial="new"), *seen.inputs[1:]))
    paths = []

    def get(path):
        paths.append(path)
        return SimpleNamespace(status=200, page=Page(path, forms=(fresh,)))

    visitor = SimpleNamespace(
        get=get, cookies=SimpleNamespace(get=lambda name: kept), site=SimpleNamespace(csrf_cookie="csrftoken")
    )
    found, _ = form_at(visitor, Door("/enter/", seen, False, known=True), task)
    assert len(paths) == asked
    assert found == (fresh if asked else seen)


# ---- limits


def test_a_limit_of_log_ins_from_one_address_ends_no_journey(port):
    results, outcome = journeys_at(port, "limits-each", PAGES, look_up=lambda *_: KNOWN)
    assert verdicts(results) == {Verdict.WORKS}
    assert outcome.first is not None and outcome.second is not None


def test_a_limit_of_log_ins_for_everybody_is_no_fault_and_proves_nothing(port):
    results, outcome = journeys_at(port, "limits-all", PAGES, look_up=lambda *_: KNOWN)
    assert results["login"].verdict is results["login-again"].verdict is Verdict.WORKS
    for name in ("login-wrong-password", "reset", "second-login"):
        assert results[name].verdict is Verdict.OPEN
        assert "Too many submissions, wait 5m." in results[name].why
    assert Verdict.BROKEN not in verdicts(results)
    assert outcome.second is None


@pytest.mark.parametrize(("text", "limited"), [
    ("Too many submissions, wait 5m.", True),
    ("Too many failed login attempts. Try again later.", True),
    ("Request was throttled. Expected available in 42 seconds.", True),
    ("Account locked: too many login attempts.", True),
    ("Please wait 2 minutes before you log in", True),
    ("Rate limit exceeded", True),
    ("Please check the error messages below and try again", False),
    ("Please enter a correct username and password.", False),
    ("Wait, this name is taken", False),
])  # fmt: skip
def test_the_words_of_a_limit_are_known(text, limited):
    assert is_limited(None, text) is limited


@pytest.mark.parametrize(("status", "headers", "limited"), [
    (429, {}, True), (503, {"Retry-After": "30"}, True), (400, {}, False), (403, {}, False),
])  # fmt: skip
def test_the_status_of_a_limit_is_known(status, headers, limited):
    assert is_limited(Answer(httpx.Response(status, headers=headers, text="No"), "/")) is limited


# ---- log-ins that are not for every visitor


def test_visitors_log_in_where_visitors_do_before_they_try_the_staffs_log_in(port):
    surface = Surface((STAFF, LOGIN, *REST))
    assert [each.path for each in doors(surface, "login")] == ["/accounts/login/", "/dashboard/login/"]
    results, _ = journeys_at(port, "good", surface)
    assert verdicts(results) == {Verdict.WORKS}
    assert not any("/dashboard/" in each.request for each in results["login"].requests)


def test_a_log_in_that_leads_to_a_page_for_staff_has_logged_the_visitor_in(port):
    results, outcome = journeys_at(port, "staff-only", Surface((STAFF, *REST)), look_up=lambda *_: KNOWN)
    assert results["login"].verdict is Verdict.WORKS
    assert outcome.first is not None


def test_a_log_in_for_staff_only_is_none_of_visitors(port):
    only = view("staff/login/", "login", forms=(form("username", "password"),))
    surface = Surface((only, view("accounts/logout/", "logout"), view("accounts/signup/", "signup")))
    results, _ = journeys_at(port, "staff-only", surface, look_up=lambda *_: KNOWN)
    assert results["login"].verdict is Verdict.OPEN
    assert results["login"].why.startswith(f"{NOT_FOR_VISITORS} log in: /staff/login/ lets in only staff")
    found = Journeys(surface, tuple(results.values()))
    assert [found.judge(item).verdict for item in ("21.1", "21.2", "21.3", "21.4")] == [Verdict.WORKS, None, None, None]


def test_a_form_for_known_and_for_new_visitors_is_filled_for_known_ones():
    fields = ("login_email", "login_password", "register_email", "register_password")
    inputs = tuple(Input(each, "password" if "pass" in each else "email") for each in fields)
    both = Form("post", "form", inputs, "page")
    person = Person.made_up()
    assert credentials(both, Account(person), person.email) == {
        "login_email": person.email, "login_password": person.password, "register_email": "", "register_password": "",
    }  # fmt: skip
    only = Form("post", "form", both.inputs[2:], "page")
    assert credentials(only, Account(person), person.email)["register_password"] == person.password


# ---- sign-ups


API_USERS = view("api/users/", drf=True, does=("signup",), forms=(form("username", "password", encoding="json"),))
CHANGE = view("orga/me", "signup", forms=(form("email", "old_password", "password"),))


@pytest.mark.parametrize("closed", [
    pytest.param(API_USERS, id="the answer says so"),
    pytest.param(replace(API_USERS, requires="login"), id="the code says so"),
    pytest.param(view("members/", "signup", forms=(form("username", "password"),)), id="it leads to the log-in"),
    pytest.param(view("admin/users/new/", "signup", forms=(form("username", "password"),)), id="an address for staff"),
    pytest.param(CHANGE, id="it changes a password"),
])  # fmt: skip
def test_accounts_that_only_a_known_visitor_makes_are_no_sign_up(port, closed):
    surface = Surface((closed, LOGIN, *(each for each in REST if each.role != "signup")))
    results, _ = journeys_at(port, "closed", surface)
    assert results["signup"].verdict is Verdict.OPEN
    assert results["signup"].why.startswith(f"{NOT_FOR_VISITORS} sign up: {closed.url.path}")
    assert Journeys(surface, tuple(results.values())).judge("21.1").verdict is None


def test_a_sign_up_that_refuses_visitors_is_not_taken_for_one_of_the_staff(port):
    named = view("api/users/register/", drf=True, requires="login", does=("signup",))
    assert [each.path for each in doors(Surface((named,)), "signup")] == ["/api/users/register/"]
    results, _ = journeys_at(port, "closed", Surface((named, LOGIN)))
    assert not results["signup"].why.startswith(NOT_FOR_VISITORS)


# ---- mail


def test_a_confirmation_goes_to_the_address_for_mail_before_other_codes():
    views = [view(f"_allauth/browser/v1/auth/{each}", does=("code",), drf=True)
             for each in ("reauthenticate/code/confirm", "code/confirm", "email/verify")]  # fmt: skip
    found = [each.path.rpartition("auth/")[2] for each in doors(Surface(tuple(views)), "confirm")]
    assert found == ["email/verify", "code/confirm"]


@pytest.mark.parametrize(
    ("library", "verdict"), [pytest.param("", Verdict.OPEN, marks=pytest.mark.nightly), ("django", Verdict.BROKEN)]
)
def test_a_missing_mail_is_a_fault_in_spite_of_a_queue_only_where_the_view_sends_it(port, library, verdict):
    reset = replace(view("accounts/reset/", "reset", does=("mail",)), library=library)
    surface = Surface((LOGIN, reset, *(each for each in REST if each.role != "reset")))
    results, _ = journeys_at(port, "sends-nothing", surface, look_up=lambda *_: KNOWN, queues_mail=True)
    assert results["reset"].verdict is verdict


# ---- redirects


@pytest.mark.parametrize(("after_form", "verdict"), [(True, Verdict.BROKEN), (False, Verdict.OPEN)])
def test_a_circle_of_redirects_is_a_fault_only_after_a_form(after_form, verdict):
    context = AccountContext(None, PAGES, list)
    visitor = Visitor(type("NoSite", (), {"host": "shop.example", "public": False})(), Person.made_up())
    error = RedirectLoop("GET /accounts/login/ is redirected more than 10 times")
    error.after_form = after_form
    assert context.failed(visitor, "login", "A visitor logs in", "login", error).verdict is verdict


@pytest.mark.parametrize(("method", "after_form"), [("GET", False), ("POST", True)])
def test_a_visitor_knows_what_led_into_a_circle(port, method, after_form):
    from wizard.site.session import Site

    with Site(port, "good.example") as site, pytest.raises(RedirectLoop) as caught:
        Visitor(site, Person.made_up()).request(method, "/loop/a/", form={} if after_form else None)
    assert caught.value.after_form is after_form
