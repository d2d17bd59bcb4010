"""The journeys of accounts at a real Django site, with and without faults."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from tests.journeys.account_sites import API, OTP, OWN, PAGES, journeys_at
from wizard.journeys import logging_in, password_reset, second_step, signing_up, wrong_password
from wizard.journeys.account_context import Account, AccountContext
from wizard.journeys.accounts import AccountState
from wizard.journeys.filling import Person
from wizard.journeys.own_pages import check_own_pages
from wizard.journeys.result import Verdict
from wizard.journeys.visitor import Answer
from wizard.project.inputs import Surface
from wizard.site.session import Site

WHOLE = {
    "signup", "login", "logout", "login-wrong-password", "reset", "login-again", "second-signup", "second-login",
}  # fmt: skip
KNOWN = WHOLE | {"own-account"}
"""Those of a site whose code tells of a page about the own account."""


@pytest.fixture(autouse=True)
def _no_worker_sends_mail(monkeypatch):
    """The site sends its mail before it answers, so that nobody has to wait for it."""
    for module in (password_reset, second_step, signing_up, wrong_password):
        monkeypatch.setattr(module, "WAIT", 0.1)


def verdicts(results):
    return {name: each.verdict.value for name, each in results.items()}


def test_all_journeys_of_a_site_with_pages_work(port):
    results, outcome = journeys_at(port, "good", PAGES)
    assert verdicts(results) == dict.fromkeys(KNOWN, "works")
    assert outcome.protected == "/accounts/profile/"
    assert outcome.first.get("/accounts/profile/").text.count(outcome.first.person.name) == 2
    assert outcome.second.person.name in outcome.second.get("/accounts/profile/").text


def test_pages_are_enough_where_the_code_tells_nothing(port):
    results, _ = journeys_at(port, "good", Surface())
    assert verdicts(results) == dict.fromkeys(WHOLE, "works")


def test_no_secret_is_recorded_and_steps_can_be_replayed(port):
    results, outcome = journeys_at(port, "good", PAGES)
    everything = repr(results)
    assert outcome.first.person.password not in everything
    assert outcome.first.cookies.get("sessionid") not in everything
    sent = next(each for each in results["login"].requests if each.request == "POST /accounts/login/")
    assert sent.replay == {
        "post": "/accounts/login/",
        "form": {"csrfmiddlewaretoken": "{csrf}", "username": "{name}", "password": "{password}"},
        "csrf": True, "as": "first", "expect": {"status": 302},
    }  # fmt: skip


@pytest.mark.parametrize("host", ["confirms", "confirms-by-key"])
def test_the_address_is_confirmed_by_the_mails_link_and_the_pages_button(port, host):
    results, _ = journeys_at(port, host, PAGES)
    assert verdicts(results) == dict.fromkeys(KNOWN | {"confirm", "second-confirm"}, "works")


def test_the_rules_of_a_form_are_learned_from_its_messages(port):
    results, _ = journeys_at(port, "fussy", PAGES)
    assert verdicts(results) == dict.fromkeys(KNOWN, "works")
    learned = " ".join(each.learned for each in results["signup"].requests)
    assert "Country code must be one of: NL, BE, so only certain values are accepted" in learned
    assert "The password needs a special character" in learned
    assert results["signup"].rounds <= 3


@pytest.mark.parametrize(("host", "name", "words"), [
    ("creates-nothing", "signup", "the log-in refuses the account"),
    pytest.param("plain-password", "signup", "the log-in refuses the account", marks=pytest.mark.nightly),
    ("signup-fails", "signup", "500"),
    pytest.param("ascii-only", "signup", "500", marks=pytest.mark.nightly),
    ("no-session", "login", "/accounts/profile/ still asks to log in"),
    ("tokenless", "login", "has no CSRF token"),
    ("keeps-session", "logout", "the visitor is still logged in"),
    ("any-password", "login-wrong-password", "logged in with a wrong password"),
    pytest.param("sends-nothing", "reset", "no mail came", marks=pytest.mark.nightly),
    ("keeps-password", "reset", "the new password is refused"),
    ("second-fails", "second-signup", "500"),
])  # fmt: skip
def test_a_fault_is_found(port, host, name, words):
    state = AccountState(exists=True) if host == "sends-nothing" else None
    results, _ = journeys_at(port, host, PAGES, look_up=(lambda *_: state) if state else None)
    assert results[name].verdict is Verdict.BROKEN
    assert words in results[name].why
    assert results[name].expected
    assert [each.name for each in results.values() if each.verdict is Verdict.BROKEN] == [name]


@pytest.mark.parametrize(("host", "words"), [
    ("captcha", "the field captcha is a captcha"),
    ("refuses-all", "Sign-up is closed today"),
])  # fmt: skip
def test_a_sign_up_that_golive_cannot_do_is_open_with_the_sites_words(port, host, words):
    results, outcome = journeys_at(port, host, PAGES)
    assert results["signup"].verdict is Verdict.OPEN
    assert words in results["signup"].why
    assert outcome.first is None


def test_tokens_are_found_and_sent_as_the_site_wants_them(port):
    results, outcome = journeys_at(port, "good", API)
    assert verdicts(results) == dict.fromkeys(KNOWN, "works")
    assert outcome.first.headers["Authorization"].startswith("Token ")
    assert "with the header Authorization: Token …" in results["login"].why


@pytest.mark.parametrize(("host", "name", "words"), [
    pytest.param("api-keeps-token", "logout", "still", marks=pytest.mark.nightly),
    ("api-creates-nothing", "signup", "the log-in refuses the account"),
])  # fmt: skip
def test_a_fault_of_an_api_is_found(port, host, name, words):
    results, _ = journeys_at(port, host, API)
    assert results[name].verdict is Verdict.BROKEN
    assert words in results[name].why


def test_the_database_shows_that_a_sign_up_creates_nothing(port):
    results, _ = journeys_at(port, "creates-nothing", PAGES, look_up=lambda *_: AccountState(exists=False))
    assert "there is no account" in results["signup"].why


def test_a_sign_up_that_asks_for_no_password_works_if_the_account_exists(port):
    state = AccountState(exists=True, active=False, password_fits=False)
    results, _ = journeys_at(port, "no-password", PAGES, look_up=lambda *_: state)
    assert results["signup"].verdict is Verdict.WORKS
    assert results["signup"].why.endswith("and the account exists; no password was asked for")
    assert "broken" not in verdicts(results).values()


def test_a_sign_up_whose_account_has_another_password_is_broken(port):
    results, _ = journeys_at(port, "good", PAGES, look_up=lambda *_: AccountState(exists=True, password_fits=False))
    assert "does not have the password that was sent" in results["signup"].why


def test_a_code_sent_by_mail_logs_in(port):
    results, outcome = journeys_at(port, "otp", OTP)
    assert results["login"].verdict is results["login-again"].verdict is Verdict.WORKS
    assert results["login-wrong-code"].verdict is Verdict.WORKS
    assert "no sign-up" in outcome.absent["signup"]
    assert outcome.first is not None and outcome.second is not None


@pytest.mark.parametrize(("host", "verdict", "why"), [
    ("otp", Verdict.WORKS, "/otp/send/ sent a code to a new address, and the account exists"),
    ("code-fails", Verdict.BROKEN, "POST /otp/verify/ got 500 for a new address, to which the site sent a code"),
    ("known-only", None, ""),
])  # fmt: skip
def test_a_code_that_is_sent_to_a_new_address_signs_up(port, host, verdict, why):
    made = {"create_account": lambda *_: None, "look_up": lambda *_: AccountState(True)}
    results, _ = journeys_at(port, host, OTP, **made)
    found = results.get("signup")
    assert (found and found.verdict) is verdict
    assert found is None or why in found.why
    assert ("second-signup" in results) is (verdict is Verdict.WORKS)


class Database:
    """Looks up and makes accounts by the API of the site."""

    def __init__(self, site):
        self.site = site

    def send(self, path, **values):
        return self.site.request("POST", path, json=values, timeout=20)

    def look_up(self, name, email, password):
        return AccountState(True, True, self.send("/api/token/", username=name, password=password).status_code == 200)

    def create(self, name, email, password):
        self.send("/api/register/", username=name, email=email, password=password)


@pytest.fixture
def database(port):
    with Site(port, "good.example") as site:
        yield Database(site)


@pytest.mark.parametrize(("host", "verdict", "why"), [
    pytest.param("good", Verdict.WORKS, "it has the new password", marks=pytest.mark.nightly),
    ("keeps-old", Verdict.BROKEN, "was accepted (302), and the account still has its old password"),
])  # fmt: skip
def test_a_password_is_changed_for_an_account_of_its_own(port, database, host, verdict, why):
    results, _ = journeys_at(port, host, OWN, look_up=database.look_up, create_account=database.create)
    assert results["password-change"].verdict is verdict
    assert why in results["password-change"].why
    broken = [name for name, each in results.items() if each.verdict is Verdict.BROKEN]
    assert broken == ["password-change"] * (verdict is Verdict.BROKEN)


def test_a_page_about_the_own_account_shows_no_other(port, database):
    found = journeys_at(port, "first-account", OWN, look_up=database.look_up)[0]["second-own-account"]
    assert found.verdict is Verdict.BROKEN
    assert "GET /accounts/me/ shows an account with" in found.why


@pytest.mark.parametrize(("fits", "count"), [([True, False], 1), ([True, True], 0), ([False, False], 0)])
def test_an_account_under_another_name_is_the_visitors_if_it_has_their_password(fits, count):
    states = iter([AccountState(True, True, each) for each in fits] * 2)
    context = AccountContext(None, OWN, list, look_up=lambda *_: next(states))
    page = httpx.Response(200, json={"username": "user-7", "email": "v***@example.com"})
    visitors = [
        SimpleNamespace(
            person=Person.made_up(), role=role, requests=(), begin=lambda: None,
            get=lambda path, *, data: Answer(page if "me" in path else httpx.Response(404), path),
        )
        for role in ("first", "second")
    ]  # fmt: skip
    check_own_pages(context, *visitors)
    assert [each.verdict for each in context.results] == [Verdict.BROKEN] * count


@pytest.mark.parametrize("host", ["any-code", pytest.param("others-code", marks=pytest.mark.nightly)])
def test_a_wrong_code_that_is_accepted_is_found(port, host):
    found = journeys_at(port, host, OTP)[0]["login-wrong-code"]
    assert found.verdict is Verdict.BROKEN
    assert "logged in with a wrong code" in found.why


@pytest.mark.nightly
def test_a_log_in_that_ends_another_visitors_is_found(port):
    results, _ = journeys_at(port, "one-session", API)
    assert results["second-login"].verdict is Verdict.BROKEN
    assert "no longer lets the first one in" in results["second-login"].why


@pytest.mark.parametrize(("queues", "verdict"), [(False, Verdict.BROKEN), (True, Verdict.OPEN)])
def test_a_code_that_does_not_come_is_a_fault_unless_a_worker_sends_it(port, queues, verdict):
    results, _ = journeys_at(port, "no-code", OTP, queues_mail=queues)
    assert results["login"].verdict is verdict
    assert "no mail" in results["login"].why


def test_an_error_of_a_site_that_cannot_reach_a_host_is_open(port):
    results, _ = journeys_at(port, "signup-fails", PAGES, watch=lambda: lambda: "api.stripe.com:443")
    assert results["signup"].verdict is Verdict.OPEN
    assert results["signup"].why.endswith("it needs api.stripe.com:443")


def test_an_account_without_name_and_address_is_not_looked_up(port):
    found = AccountContext(None, PAGES, list, look_up=lambda *_: AccountState(exists=False))
    assert found.state(Account(Person.made_up(), {"phone": "+12025550100"})) is None
    assert found.state(Account(Person.made_up())) == AccountState(exists=False)


@pytest.mark.parametrize(("active", "verdict"), [(True, Verdict.BROKEN), (False, Verdict.OPEN)])
def test_a_log_in_that_worked_before_is_refused_for_a_reason_if_the_account_waits_for_an_approval(active, verdict):
    account, ended = Account(Person.made_up()), []
    context = SimpleNamespace(
        login_door=object(), credentials_refused=False, ended=lambda *given, **more: ended.append(given[4]),
        state=lambda _: AccountState(exists=True, active=active, password_fits=True),
    )  # fmt: skip
    refused = logging_in.Login(SimpleNamespace(where=""), False, False, "Please enter a correct username and password.")
    logging_in._judged(context, None, account, refused, "login", "A visitor logs in", "login")
    assert ended == [verdict]


@pytest.mark.parametrize("host", ["approves", pytest.param("locks", marks=pytest.mark.nightly)])
def test_a_site_that_lets_nobody_in_for_a_good_reason_is_not_broken(port, host):
    results, _ = journeys_at(port, host, PAGES)
    assert "open" in verdicts(results).values()
    assert "broken" not in verdicts(results).values()
