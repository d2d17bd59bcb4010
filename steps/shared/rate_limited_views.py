"""Find a project's login, sign-up and order views, and the data of a test request for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from wizard.project.project import Project
from wizard.project.urls import Url

NEVER = re.compile(
    r"logout|refresh|verify|social|callback|reset|password|confirm|resend|webauthn|done|complete|cancel|error"
    r"|(?<![a-z])(google|facebook|github|gitlab|apple|twitter|linkedin|microsoft|oauth2?|openid|saml|sso)(?![a-z])"
)
"""Names that look like a login but are not, such as logout and OAuth callbacks."""
ELSEWHERE = re.compile(r"\bsocialaccount\b|\bsocial_(django|core|auth)\b|\boauth2_provider\b|\bmozilla_django_oidc\b")
"""Packages whose views redirect to another service's login. Golive sends no password to them."""
LOGIN = re.compile(
    r"(^|[^a-z])(log_?in|sign_?in|token_obtain|obtain_?(auth_?)?token|tokenobtainpair\w*|loginview)([^a-z]|$)"
)
SIGNUP = re.compile(r"(^|[^a-z])(sign_?up|register|registration|create_account|signupview|registerview)([^a-z]|$)")
ORDER = re.compile(r"(^|[^a-z])(create_?order|order_?create|place_?order|checkout|new_?order)([^a-z]|$)")
LIBRARY_VIEWS = {"djoser.views.UserViewSet": "signup", "djoser.views.TokenCreateView": "login"}
"""Library views whose names do not match the patterns."""


@dataclass(frozen=True)
class Kind:
    """One kind of view to limit, with its default rate and the function that identifies a client (*key*)."""

    name: str
    pattern: re.Pattern[str]
    rate: str
    key: str
    title: str
    who: str


KINDS = (
    Kind("login", LOGIN, "5/m", "client_ip", "logins", "client"),
    Kind("signup", SIGNUP, "3/h", "client_ip", "sign-ups", "client"),
    Kind("order", ORDER, "10/h", "user_or_ip", "orders", "user"),
)

REFUSAL = "Too many requests. Try again later."
"""The message of the limiter in templates/ratelimits.py."""
_BODY = {"username": "golive-rehearsal", "email": "golive-rehearsal@example.com", "password": "not-the-password"}


@dataclass(frozen=True)
class LimitedView:
    """A view to limit, or one GraphQL *mutation* of it."""

    url: Url
    mutation: str = ""

    @property
    def label(self) -> str:
        return f" {self.mutation}" if self.mutation else ""

    @property
    def body(self) -> dict[str, Any]:
        """Keyword arguments of a test request, with invalid credentials."""
        if not self.mutation:
            return {"data": _BODY}
        return {"json": {"query": f"mutation {{ {self.mutation} {{ __typename }} }}"}}


def only_last_refused(answers: list[httpx.Response]) -> bool:
    """Whether the last request got a 429, and Golive's limiter let all the others through.

    A stricter limit of a library or of the project itself may refuse a request earlier.
    """
    return answers[-1].status_code == 429 and not any(REFUSAL in answer.text for answer in answers[:-1])


def find_views(project: Project, kind: Kind) -> list[LimitedView]:
    """Find the views of one *kind*: by URL name, route and view name, by library, or by what their code does.

    Leaves out views that do not accept POST. Views found by their code alone must be open to anonymous users.
    """
    named: dict[tuple[str, str], Url] = {}
    doing: dict[tuple[str, str], Url] = {}
    mutations = []
    for url in project.urls:
        mutations += [LimitedView(url, name) for name in url.mutations if _matches(kind, _words(name))]
        if (url.methods is not None and "post" not in url.methods) or ELSEWHERE.search(url.view) or url.mutations:
            continue
        # A format suffix (login.json) is a second route of the same view.
        route = (url.name or url.route, url.view)
        tail = "/".join(url.route.rstrip("/$").split("/")[-2:])
        words = _words(" ".join([(url.name or "").split(":")[-1], tail, url.function]))
        known = LIBRARY_VIEWS.get(url.view)
        from_library = known == kind.name and (not url.actions or url.actions.get("post") == "create")
        if from_library or (known in {None, kind.name} and _matches(kind, words)):
            named.setdefault(route, url)
        elif kind.name in url.does and url.file and not url.protected and not NEVER.search(words):
            doing.setdefault(route, url)
    # A name alone may mislead: an event has a "registration" too. If the code of some named views does what the name
    # says, keep only these of the project's own views.
    confirmed = {route: url for route, url in named.items() if url.file and kind.name in url.does}
    chosen = {route: url for route, url in named.items() if not url.file or not confirmed or route in confirmed}
    return [*(LimitedView(url) for url in (chosen | doing).values()), *mutations]


def _words(text: str) -> str:
    """Turn `TokenObtain-Pair` into `token_obtain_pair`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text).lower().replace("-", "_")


def _matches(kind: Kind, words: str) -> bool:
    return bool(kind.pattern.search(words)) and not NEVER.search(words)
