"""Tokens in answers: where a log-in's answer keeps one, and how the site wants it sent, found by trying."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from wizard.base.secrets import remember
from wizard.journeys.visitor import Answer, Visitor

NAMES = (
    "access", "access_token", "accesstoken", "token", "auth_token", "authtoken", "jwt", "jwt_token", "key",
    "session_token",
    "sessiontoken", "api_key", "apikey", "bearer", "id_token", "auth_key",
)  # fmt: skip
"""Names of tokens in answers, in small letters, the most telling first."""
REFRESH = re.compile(r"refresh", re.I)
JWT = re.compile(r"[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}")
HEADERS = ("authorization", "x-auth-token", "x-session-token", "x-access-token")
MOST_TRIES, DEEPEST = 14, 5


@dataclass(frozen=True)
class Token:
    """A token: its value, and the dotted path or the header where an answer keeps it."""

    value: str
    place: str

    @property
    def name(self) -> str:
        return self.place.rpartition(".")[2].lower()


def tokens_of(answer: Answer) -> list[Token]:
    """The tokens in *answer*, the most telling name first; none that only refreshes another."""
    found = [each for each in _walk(answer.json, "", 0) if not REFRESH.search(each.name)]
    for name in HEADERS:
        if value := answer.response.headers.get(name, ""):
            found.append(Token(value.rpartition(" ")[2], name))
    named = [each for each in found if each.name in NAMES or JWT.fullmatch(each.value)]
    named.sort(key=lambda each: NAMES.index(each.name) if each.name in NAMES else len(NAMES))
    return list(dict.fromkeys(named))


def refresh_token_of(answer: Answer) -> str:
    """The token in *answer* that gives new access; empty without."""
    return next((each.value for each in _walk(answer.json, "", 0) if REFRESH.search(each.name)), "")


def _walk(value: Any, place: str, depth: int) -> Iterator[Token]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        for name, part in list(value.items())[:60]:
            yield from _walk(part, f"{place}.{name}".lstrip("."), depth + 1)
    elif isinstance(value, str) and 8 <= len(value) <= 4_000 and not re.search(r"\s", value) and "://" not in value:
        yield Token(value, place)


def ways_to_send(token: Token) -> Iterator[dict[str, str]]:
    """The headers in which sites expect *token*, the usual ones for its name first."""
    value = token.value
    bearer, plain = {"Authorization": f"Bearer {value}"}, {"Authorization": f"Token {value}"}
    session = {"X-Session-Token": value}
    if "session" in token.name:
        yield session
    yield from (bearer, plain) if JWT.fullmatch(value) or "access" in token.name else (plain, bearer)
    yield {"Authorization": f"JWT {value}"}
    if "session" not in token.name:
        yield session
    yield {"X-Auth-Token": value}
    yield {"X-API-Key": value}
    yield {"Authorization": value}


def adopt_token(visitor: Visitor, answer: Answer, proves: Callable[[], bool], *, variable: str = "") -> str:
    """Find the token in *answer* and the header that makes *proves* true, and let *visitor* send it from now on.

    Returns how it is sent, as `Authorization: Bearer …`; empty if no token works. *variable* names it in golive.yaml.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    before = dict(visitor.headers)
    tries = 0
    for token in tokens_of(answer):
        remember(token.value)
        for header in ways_to_send(token):
            tries += 1
            if tries > MOST_TRIES:
                break
            visitor.headers = {**before, **header}
            if proves():
                if variable:
                    visitor.recorder.variables[token.value] = variable
                name, value = next(iter(header.items()))
                return f"{name}: {value.replace(token.value, '…')}"
    visitor.headers = before
    return ""
