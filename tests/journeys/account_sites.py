"""The surfaces of the site with accounts, and its mail."""

from __future__ import annotations

from email import message_from_string, policy

from wizard.journeys.accounts import run_account_journeys
from wizard.project.inputs import Form, Input, Surface, View
from wizard.project.urls import Url
from wizard.site.session import Site


def view(route, role="", requires="", *, drf=False, forms=(), methods=None, does=()):
    url = Url(route, None, "shop.views.view", "shop/views.py", 7, "function", methods, None, False, drf, does=does)
    return View(url, forms, role=role, requires=requires)


def form(*names, encoding="form"):
    kinds = {"password": "password", "email": "email"}
    return Form("post", encoding, tuple(Input(name, kinds.get(name, "text")) for name in names), "code")


PAGES = Surface((
    view("accounts/signup/", "signup"), view("accounts/login/", "login", forms=(form("username", "password"),)),
    view("accounts/logout/", "logout"), view("accounts/profile/", requires="login"), view("accounts/reset/", "reset"),
))  # fmt: skip
CHANGE = view("accounts/password/change/", "password", "login", forms=(
    form("old_password", "new_password1", "new_password2"),
))  # fmt: skip
OWN = Surface((*PAGES.views, CHANGE, view("accounts/me/", requires="login")))
API = Surface((
    view("api/register/", drf=True), view("api/token/", "login", drf=True), view("api/logout/", drf=True),
    view("api/me/", requires="login", drf=True),
))  # fmt: skip
OTP = Surface((
    view("otp/send/", forms=(form("email", encoding="json"),), does=("mail",)),
    view("otp/verify/", forms=(form("email", "code", encoding="json"),), does=("code",)),
    view("api/me/", requires="login", drf=True),
))  # fmt: skip


def mails_of(site):
    """What returns the site's mails."""
    return lambda: [message_from_string(text, policy=policy.default) for text in site.get("/outbox/").json()]


def journeys_at(port, host, surface, **more):
    """The results by name, and the outcome, of a site with the fault *host*."""
    with Site(port, f"{host}.example") as site:
        outcome = run_account_journeys(site, surface, mails_of(site), **more)
    return {each.name: each for each in outcome.results}, outcome
