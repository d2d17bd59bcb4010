"""Whether a log-in is in effect: an address answers differently to the visitor than to somebody unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from wizard.journeys.filling import Filled
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Surface, View

LOGIN_WORDS = re.compile(r"log_?-?in|sign_?-?in", re.I)
OWN_WORDS = re.compile(
    r"(?:^|[/_.-])(me|profile|account|dashboard|user|whoami|current_?user|settings|home|session)(?:$|[/_.-])", re.I
)
OWN_QUERY = re.compile(r"(me|viewer|current_?user|who_?am_?i|profile|user|my[A-Z_]\w*)$", re.I)
AWAY = re.compile(
    r"reauth|log_?-?out|sign_?-?out|delete|remove|deactivate|unsubscribe|static|media|__debug__|export|download", re.I
)
LOGOUT_TEXT = re.compile(r"\b(log ?out|sign ?out|logged in as|signed in as|my account|my profile)\b", re.I)
SESSION = re.compile(r"_allauth/\w+/v\d+/auth/session$")
"""Where allauth's API says who is logged in."""
STEPS = re.compile(
    r"confirm|verif|otp|code|activat|sign_?-?up|register|log_?-?in|sign_?-?in|reset|done|sent|complete", re.I
)
"""Words of pages that are steps of signing up or logging in, and know a visitor who is not logged in yet."""
MOST_ADDRESSES, MOST_PROTECTED = 8, 5


@dataclass(frozen=True)
class Look:
    """What an address showed to one visitor.

    Arguments:
        inside: whether it let the visitor in: a page or data, no log-in form and no refusal.
        named: whether it shows the visitor's name or e-mail address.
        leaves: whether it offers to log out.
    """

    path: str
    status: int
    inside: bool
    named: bool
    leaves: bool
    sent_away: bool = False
    """Whether it asks to log in: with a redirect or with 401."""


class LoginProof:
    """Finds an address that tells a visitor who is logged in from one who is not.

    Arguments:
        path: the address. Empty until one is found.
        seen: how it answered then.
    """

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.path = ""
        self.queries = _queries(surface)
        self._anonymous: dict[str, Look] = {}
        self._telling = ""

    def addresses(self, more: Iterable[str] = ()) -> list[str]:
        """The addresses to try: protected views first, then those whose names speak of the visitor, then *more*."""
        others = [each for each in more if not AWAY.search(each) and not STEPS.search(each)]
        return list(dict.fromkeys([*_protected(self.surface)[:MOST_PROTECTED], *others, "/"]))[:MOST_ADDRESSES]

    def holds(self, visitor: Visitor, more: Iterable[str] | None = ()) -> bool:
        """Whether *visitor* is logged in. Without a known address, one is looked for among `addresses`.

        If *more* is None, only addresses that the code protects are tried.

        Raises:
            SiteError: as `Visitor.get` does.
        """
        if self.path:
            return self._differs(self.path, visitor)
        sure = [*_protected(self.surface)[:MOST_PROTECTED], *self.queries]
        for path in sure if more is None else self.addresses(more):
            if self._differs(path, visitor):
                self.path = path
                return True
        return False

    def shuts_out(self, visitor: Visitor) -> str:
        """An address that the code protects and that asks *visitor* to log in; empty without.

        Raises:
            SiteError: as `Visitor.get` does.
        """
        for path in _protected(self.surface)[:1]:
            if look_at(visitor, path).sent_away:
                return path
        return ""

    @property
    def seen(self) -> str:
        """What the address shows, as the end of a sentence."""
        return f"{self.path} {self._telling}"

    def _look(self, visitor: Visitor, path: str) -> Look:
        form = self.queries.get(path)
        return look_at(visitor, path) if form is None else _ask(visitor, path, form)

    def _differs(self, path: str, visitor: Visitor) -> bool:
        """Whether *path* shows *visitor* what only a visitor who is logged in sees."""
        mine = self._look(visitor, path)
        theirs = self._anonymous.get(path)
        if theirs is None:
            theirs = self._anonymous[path] = self._look(visitor.anonymous(), path)
        if mine.inside and not theirs.inside:
            other = f"{theirs.status}" if theirs.status != mine.status else "otherwise"
            self._telling = f"answers {mine.status}, and {other} to a visitor who is not logged in"
            if mine.named:
                self._telling = f"shows the visitor's name, and answers {other} to a visitor who is not logged in"
            return True
        if (
            mine.inside
            and (mine.named, mine.leaves) > (theirs.named, theirs.leaves)
            and not (theirs.named or theirs.leaves)
        ):
            self._telling = "shows the visitor's name" if mine.named else "offers to log out"
            return True
        return False


def look_at(visitor: Visitor, path: str) -> Look:
    """GET *path* and say what the visitor sees there. A redirect to the log-in is not followed.

    Raises:
        SiteError: as `Visitor.get` does.
    """
    headers = {"Accept": "application/json"} if "/api" in path or "_allauth" in path else None
    answer = visitor.request("GET", path, headers=headers, follow=False)
    location = answer.response.headers.get("location", "")
    if 300 <= answer.status < 400 and location:
        if LOGIN_WORDS.search(location.partition("?")[0]):
            return Look(path, answer.status, False, False, False, True)
        answer = visitor.get(path)
    text = answer.page.text if answer.is_page else answer.text
    raw = text + (
        " ".join(each.initial for form in answer.page.forms for each in form.inputs) if answer.is_page else ""
    )
    person = visitor.person
    named = any(each and each in raw for each in (person.name, person.email))
    leaves = bool(LOGOUT_TEXT.search(text)) or _logout_form(answer)
    return Look(path, answer.status, _let_in(answer), named, leaves, answer.status == 401)


def _queries(surface: Surface) -> dict[str, Form]:
    """GraphQL queries about the visitor, by how they are shown."""
    found = {}
    for view in surface.views:
        for form in view.forms:
            asks = form.encoding == "graphql" and form.source.startswith("query ")
            if asks and OWN_QUERY.match(form.action) and not any(each.required for each in form.inputs):
                found[f"{view.url.path} {{ {form.action} }}"] = replace(form, path=view.url.path, inputs=())
    return dict(list(found.items())[:MOST_PROTECTED])


def _ask(visitor: Visitor, shown: str, form: Form) -> Look:
    """Send a GraphQL query about the visitor. Nobody who is not logged in gets an answer without errors."""
    answer = visitor.send(Filled(form))
    data = answer.json.get("data") if isinstance(answer.json, dict) else None
    found = data.get(form.action) if isinstance(data, dict) else None
    inside = answer.status < 400 and found is not None and not answer.json.get("errors")
    named = any(each and each in answer.response.text for each in (visitor.person.name, visitor.person.email))
    return Look(shown, answer.status, inside, named, False)


def _let_in(answer: Answer) -> bool:
    if answer.status >= 400 or answer.elsewhere:
        return False
    if any(LOGIN_WORDS.search(each.partition("?")[0]) for each in answer.redirects):
        return False
    if answer.json is not None and isinstance(answer.json, dict):
        meta = answer.json.get("meta")
        said = [answer.json.get(name) for name in ("is_authenticated", "authenticated", "isAuthenticated", "logged_in")]
        said += [meta.get("is_authenticated")] if isinstance(meta, dict) else []
        if False in said or answer.json in ({}, {"user": None}, {"data": None}):
            return False
    return not (answer.redirects and any(each.kind == "password" for form in answer.page.forms for each in form.inputs))


def _logout_form(answer: Answer) -> bool:
    addresses = [each.path for each in answer.page.links] + [each.path for each in answer.page.forms]
    return any(re.search(r"log_?-?out|sign_?-?out", each.partition("?")[0], re.I) for each in addresses)


def _protected(surface: Surface) -> list[str]:
    """Addresses without parameters that need a log-in, those about the visitor first."""
    views = [each for each in surface.views if _can_get(each)]
    own = [
        each
        for each in views
        if SESSION.search(each.url.route) or OWN_WORDS.search(each.url.route) or OWN_WORDS.search(each.url.name or "")
    ]
    sure = [
        each
        for each in (*own, *views)
        if each.requires == "login" or each.url.protected or SESSION.search(each.url.route)
    ]
    return list(dict.fromkeys(each.url.path for each in (*sure, *own)))


def _can_get(view: View) -> bool:
    url = view.url
    if url.effects:  # such as the page that deletes the visitor's account
        return False
    if SESSION.search(url.route):
        return True
    if (
        "<" in url.route
        or "(" in url.route
        or view.requires == "staff"
        or view.role in ("login", "logout", "signup", "reset", "delete")
    ):
        return False
    methods = url.methods
    return (methods is None or "get" in [each.lower() for each in methods]) and not AWAY.search(
        url.route + (url.name or "")
    )
