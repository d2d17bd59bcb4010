"""Find a project's views to limit: login, sign-up, order, code check and mail, with the data of a test request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from wizard.project.project import Project
from wizard.project.urls import Url

PROVIDERS = (
    r"(?<![a-z])(google|facebook|github|gitlab|apple|twitter|linkedin|microsoft|oauth2?|openid|saml|sso)(?![a-z])"
)
NEVER = re.compile(
    r"logout|refresh|verify|social|callback|reset|password|confirm|resend|webauthn|done|complete|cancel|error|"
    + PROVIDERS
)
"""Names that look like a login but are not, such as logout and OAuth callbacks."""
EDITS = re.compile(r"(?<![a-z])(edit|update|change|delete|admin|staff|manage|dashboard|import)(?![a-z])")
"""Names of pages on which the staff works with many orders."""
NEVER_BY_CODE = re.compile(
    r"logout|refresh|social|callback|webauthn|webhook|cancel|error|contact|feedback|" + PROVIDERS
)
"""Names of views that are left alone whatever their code does."""
RETURN_PAGE = re.compile(
    r"(?<![a-z])(return|success|succeeded|failed|failure|thanks?|thank_you|webhook|ipn|notify|status|history|track"
    r"|detail|list|invoice|receipt|verify|confirmation)(?![a-z])"
)
"""Names of pages to which a payment service sends its visitors or its own messages, and of pages about an order."""
ELSEWHERE = re.compile(r"\bsocialaccount\b|\bsocial_(django|core|auth)\b|\boauth2_provider\b|\bmozilla_django_oidc\b")
"""Packages whose views redirect to another service's login. Golive sends no password to them."""
LOGIN = re.compile(
    r"(^|[^a-z])(log_?in|sign_?in|token_obtain|obtain_?(auth_?)?token|tokenobtainpair\w*|loginview)([^a-z]|$)"
)
SIGNUP = re.compile(r"(^|[^a-z])(sign_?up|register|registration|create_account|signupview|registerview)([^a-z]|$)")
ORDER = re.compile(r"(^|[^a-z])(create_?order|order_?create|place_?order|checkout|new_?order)([^a-z]|$)")
CHECK_IN = re.compile(r"(^|[^a-z])check_?in([^a-z]|$)")
"""Where guests, books or visitors check in, a check-out is their leaving, not a purchase."""
CODE = re.compile(r"(^|[^a-z])(confirm_login_code|mfa_authenticate)([^a-z]|$)")
MAIL = re.compile(
    r"(^|[^a-z])((forgot|forget|lost|recover)_?(my_|your_)?(password|username|account)|password_?(forgot|forgotten|lost)"
    r"|password_?reset(_?(request|email|view|api_?view))?|reset_?password(_?(request|email|view))?|resend\w*"
    r"|send_?(otp|code|magic\w*|(verification|confirmation|activation|reset|login)_?\w*)|request_?(otp|code|reset\w*"
    r"|login_?code)|magic_?link)([^a-z_]|$)"
)
NEVER_MAIL = re.compile(r"done|complete|confirm(?!ation)|key|token|uid|sent|check|verify(?!_)|change|" + PROVIDERS)
TOKEN = re.compile(r"<[^>]*(token|key|uid)")
"""A part of a route that holds a token which nobody can guess."""
SENDS = re.compile(r"forgot|forget|lost|reset|resend|recover|send|request|otp|code|magic|confirm|verif|activat")
LIBRARY_VIEWS = {
    ("djoser.views.UserViewSet", "create"): "signup",
    ("djoser.views.UserViewSet", "reset_password"): "mail",
    ("djoser.views.UserViewSet", "reset_username"): "mail",
    ("djoser.views.UserViewSet", "resend_activation"): "mail",
    ("djoser.views.TokenCreateView", ""): "login",
    ("dj_rest_auth.registration.views.ResendEmailVerificationView", ""): "mail",
}
"""Library views whose names do not match the patterns, by view and the action behind POST."""


@dataclass(frozen=True)
class Kind:
    """One kind of view to limit.

    Arguments:
        rate: the default rate.
        key: the function that identifies a client.
        title, who: the words of the question, `How many {title} per {who}?`
        answer: the name of the answer with the rate.
    """

    name: str
    pattern: re.Pattern[str]
    rate: str
    key: str
    title: str
    who: str
    never: re.Pattern[str] = NEVER
    answer: str = ""

    @property
    def rate_name(self) -> str:
        return f"rates.{self.answer or self.name}"


KINDS = (
    Kind("login", LOGIN, "5/m", "client_ip", "logins", "client"),
    Kind("signup", SIGNUP, "3/h", "client_ip", "sign-ups", "client"),
    Kind("order", ORDER, "10/h", "user_or_ip", "orders", "user"),
    Kind("code", CODE, "5/m", "client_ip", "code checks", "client", re.compile(PROVIDERS), "login"),
    Kind("mail", MAIL, "3/h", "client_and_account", "password resets and confirmation mails", "client and address",
         NEVER_MAIL),
)  # fmt: skip

REFUSAL = "Too many requests. Try again later."
"""The message of the limiter in templates/ratelimits.py."""
_BODY = {
    "username": "golive-rehearsal", "email": "golive-rehearsal@example.com", "password": "not-the-password",
    "code": "000000", "otp": "000000",
}  # fmt: skip


@dataclass(frozen=True)
class LimitedView:
    """A view to limit, or one GraphQL *mutation* of it."""

    url: Url
    mutation: str = ""
    by_get: bool = False
    """Whether visitors use it by a GET request."""

    @property
    def label(self) -> str:
        return f" {self.mutation}" if self.mutation else ""

    @property
    def method(self) -> str:
        """The HTTP method by which visitors use the view."""
        return "GET" if self.by_get else "POST"

    @property
    def body(self) -> dict[str, Any]:
        """Keyword arguments of a test request, with invalid credentials."""
        if not self.mutation:
            return {"data": _BODY} if self.method == "POST" else {}
        return {"json": {"query": f"mutation {{ {self.mutation} {{ __typename }} }}"}}

    def body_of(self, account: dict[str, str], password: str) -> dict[str, Any]:
        """Keyword arguments of a login by *account*, with each of the names that logins give their fields."""
        if self.mutation or self.method == "GET":
            return self.body
        name, email = account["username"], account["email"]
        data = {"username": name, "email": email, "login": name, "password": password}
        for field in self.url.fields:
            value = password if "pass" in field else email if "mail" in field else name
            data.setdefault(field, value)
        return {"data": data}


def only_last_refused(answers: list[httpx.Response]) -> bool:
    """Whether the last request got a 429, and Golive's limiter let all the others through.

    A stricter limit of a library or of the project itself may refuse a request earlier.
    """
    return answers[-1].status_code == 429 and not any(REFUSAL in answer.text for answer in answers[:-1])


def find_views(project: Project, kind: Kind) -> list[LimitedView]:
    """Find the views of one *kind*: by URL name, route and view name, by library, or by what their code does.

    Leaves out views that accept another method only. Views found by their code alone must be open to anonymous users.
    """
    return find_all_views(project)[kind.name]


def find_all_views(project: Project) -> dict[str, list[LimitedView]]:
    """Find the views of each kind. A view has one kind, and its name counts more than its code."""
    named: dict[str, dict[tuple[str, str], Url]] = {kind.name: {} for kind in KINDS}
    doing: dict[str, dict[tuple[str, str], Url]] = {kind.name: {} for kind in KINDS}
    mutations: dict[str, list[LimitedView]] = {kind.name: [] for kind in KINDS}
    for url in project.urls:
        for name in url.mutations:
            if kind := next((each for each in KINDS if _matches(each, _words(name))), None):
                mutations[kind.name].append(LimitedView(url, name))
        if ELSEWHERE.search(url.view) or url.mutations:
            continue
        # A format suffix (login.json) is a second route of the same view.
        route, words = (url.name or url.route, url.view), _url_words(url)
        accepting = [kind for kind in KINDS if _accepts(kind, url)]
        if kind := next((each for each in accepting if _is_named(each, url, words)), None):
            named[kind.name].setdefault(route, url)
        elif kind := next((each for each in accepting if _is_doing(each, url, words)), None):
            doing[kind.name].setdefault(route, url)
    if any(CHECK_IN.search(_url_words(url)) for url in project.urls):
        named["order"] = {route: url for route, url in named["order"].items() if not _is_leaving(url)}
    found = {}
    for kind in KINDS:
        # A name alone may mislead: an event has a "registration" too. If the code of some named views does what the
        # name says, keep only these of the project's own views.
        names = named[kind.name]
        confirmed = {route: url for route, url in names.items() if url.file and kind.name in url.does}
        chosen = {route: url for route, url in names.items() if not url.file or not confirmed or route in confirmed}
        # Staff creates orders too, so the code alone tells only where no name does.
        by_code = {} if kind.name == "order" and chosen else doing[kind.name]
        urls = (chosen | by_code).values()
        views = (LimitedView(url, by_get=url.by_get and kind.name == "order") for url in urls)
        found[kind.name] = [*views, *mutations[kind.name]]
    return found


def _url_words(url: Url) -> str:
    tail = "/".join(url.route.rstrip("/$").split("/")[-2:])
    return _words(" ".join([(url.name or "").split(":")[-1], tail, url.function]))


def _of_library(url: Url) -> str | None:
    """The kind of a view in LIBRARY_VIEWS; empty for other actions of such a view, None for other views."""
    if not any(view == url.view for view, _ in LIBRARY_VIEWS):
        return None
    return LIBRARY_VIEWS.get((url.view, (url.actions or {}).get("post", "")), "")


def _accepts(kind: Kind, url: Url) -> bool:
    """Whether visitors reach the view by a method that is limited: POST, and GET for an order that needs no POST."""
    if kind.name == "order" and url.by_get:
        return True
    return url.methods is None or "post" in url.methods


def _is_named(kind: Kind, url: Url, words: str) -> bool:
    known = _of_library(url)
    if known is not None:
        return known == kind.name
    if not _matches(kind, words) or (kind.name == "order" and RETURN_PAGE.search(words)):
        return False
    # Behind a login, a `register` is a till, or staff who adds people. They all may share one address.
    if url.file and url.protected and (kind.name == "signup" or (kind.name == "login" and "login" not in url.does)):
        return False
    # A page that sets a new password has a token in its route. A check of a code is of another kind.
    return kind.name != "mail" or not (TOKEN.search(url.route) or ("code" in url.does and "mail" not in url.does))


def _is_leaving(url: Url) -> bool:
    """Whether only the word `checkout` suggests an order, and not the code of the view."""
    return bool(url.file) and "order" not in url.does and not ORDER.search(_url_words(url).replace("checkout", ""))


def _is_doing(kind: Kind, url: Url, words: str) -> bool:
    """Whether the code of a view shows that it is of this *kind*, and no other kind describes it better."""
    does = set(url.does)
    if kind.name not in does or NEVER_BY_CODE.search(words) or _of_library(url) is not None:
        return False
    if kind.name == "order":
        staff = EDITS.search(f"{_words(url.route)} {words}")
        return bool(url.file) and not RETURN_PAGE.search(words) and not staff
    if url.protected or (TOKEN.search(url.route) and kind.name != "signup"):
        return False
    if kind.name == "mail":  # the others send mail too, but to the account that they are about
        return not url.file or (not does & {"login", "signup"} and bool(SENDS.search(words)))
    if kind.name == "signup":
        return bool(url.file) and not NEVER.search(words)
    if kind.name == "login":
        return bool(url.file) and not does & {"code", "signup"} and not re.search(r"reset|change", words)
    return "signup" not in does


def _words(text: str) -> str:
    """Turn `TokenObtain-Pair` into `token_obtain_pair`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text).lower().replace("-", "_")


def _matches(kind: Kind, words: str) -> bool:
    return bool(kind.pattern.search(words)) and not kind.never.search(words)
