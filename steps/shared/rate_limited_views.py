"""Which views of a project log somebody in, sign somebody up or take an order, and what a request for each carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from wizard.project.project import Project, Url

NEVER = re.compile(
    r"logout|refresh|verify|social|callback|reset|password|confirm|resend|webauthn|done|complete|cancel|error"
    r"|(?<![a-z])(google|facebook|github|gitlab|apple|twitter|linkedin|microsoft|oauth2?|openid|saml|sso)(?![a-z])"
)
"""What is called like a login and is none; somebody else's login among them: no password is tried there."""
ELSEWHERE = re.compile(r"\bsocialaccount\b|\bsocial_(django|core|auth)\b|\boauth2_provider\b|\bmozilla_django_oidc\b")
"""Packages whose views hand over to somebody else's login: no password is tried there."""
LOGIN = re.compile(
    r"(^|[^a-z])(log_?in|sign_?in|token_obtain|obtain_?(auth_?)?token|tokenobtainpair\w*|loginview)([^a-z]|$)"
)
SIGNUP = re.compile(r"(^|[^a-z])(sign_?up|register|registration|create_account|signupview|registerview)([^a-z]|$)")
ORDER = re.compile(r"(^|[^a-z])(create_?order|order_?create|place_?order|checkout|new_?order)([^a-z]|$)")
LIBRARY_VIEWS = {"djoser.views.UserViewSet": "signup", "djoser.views.TokenCreateView": "login"}
"""Views of libraries whose names say nothing of what they do."""


@dataclass(frozen=True)
class Kind:
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
"""What the limiter in files/ratelimits.py says."""
_BODY = {"username": "golive-rehearsal", "email": "golive-rehearsal@example.com", "password": "not-the-password"}


@dataclass(frozen=True)
class LimitedView:
    """What is to be limited: the view behind *url*, or one *mutation* of it."""

    url: Url
    mutation: str = ""

    @property
    def label(self) -> str:
        return f" {self.mutation}" if self.mutation else ""

    @property
    def body(self) -> dict[str, Any]:
        """What a request for it carries."""
        if not self.mutation:
            return {"data": _BODY}
        return {"json": {"query": f"mutation {{ {self.mutation} {{ __typename }} }}"}}


def only_last_refused(answers: list[httpx.Response]) -> bool:
    """Whether the last request was refused, and none before it was by Golive's limiter.

    A stricter limit of a library's or of the project's own may refuse earlier.
    """
    return answers[-1].status_code == 429 and not any(REFUSAL in answer.text for answer in answers[:-1])


def find_views(project: Project, kind: Kind) -> list[LimitedView]:
    """The views of one kind: by the name, the route and the view itself, by the library they are of, or by what their
    code does for somebody who isn't logged in yet. Those that can't be posted to are left out."""
    named: dict[tuple[str, str], Url] = {}
    doing: dict[tuple[str, str], Url] = {}
    mutations = []
    for url in project.urls:
        mutations += [LimitedView(url, each) for each in url.mutations if _matches(kind, _words(each))]
        if (url.methods is not None and "post" not in url.methods) or ELSEWHERE.search(url.view) or url.mutations:
            continue
        # A format suffix (login.json) is a second route of the same name.
        place = (url.name or url.route, url.view)
        tail = "/".join(url.route.rstrip("/$").split("/")[-2:])
        words = _words(" ".join([(url.name or "").split(":")[-1], tail, url.function]))
        known = LIBRARY_VIEWS.get(url.view)
        made = known == kind.name and (not url.actions or url.actions.get("post") == "create")
        if made or (known in {None, kind.name} and _matches(kind, words)):
            named.setdefault(place, url)
        elif kind.name in url.does and url.file and not url.protected and not NEVER.search(words):
            doing.setdefault(place, url)
    # Of the project's own views that are called so, those that do it, where any does: an event has a registration too.
    own = {place: url for place, url in named.items() if url.file and kind.name in url.does}
    chosen = {place: url for place, url in named.items() if not url.file or not own or place in own}
    return [*(LimitedView(url) for url in (chosen | doing).values()), *mutations]


def _words(text: str) -> str:
    """`TokenObtain-Pair` as `token_obtain_pair`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text).lower().replace("-", "_")


def _matches(kind: Kind, words: str) -> bool:
    return bool(kind.pattern.search(words)) and not NEVER.search(words)
