"""Generate and recognise secrets, and redact them from everything that is shown or stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from wizard.base.terminal import harmless

_known: dict[str, tuple[str, ...]] = {}
"""Each known secret with its encoded forms, longest first."""
SHORTEST = 8
"""The minimum length of a secret that is redacted everywhere. Shorter ones would hide ordinary words."""
WELL_KNOWN = {"postgres", "postgresql", "password", "password1", "passw0rd", "changeme", "12345678", "localhost"}
"""Common passwords of development databases. They are ordinary words and names too, so they are not redacted."""
SCHEME = re.compile(r"(?i:bearer|basic|token|apikey)\s+(?P<secret>\S+)$")
"""An Authorization header's value."""
URL = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"<>]+")
SECRET_NAME = re.compile(
    r"(PASSWORD|PASSWD|_PASS|SECRET|TOKEN|DSN|(?<!PUBLIC_)(?<!PUBLISHABLE_)(?<!SITE_)(?<!PRIMARY_)KEY)$", re.I
)
SENSITIVE_NAME = re.compile(r"SECRET|KEY|TOKEN|PASS|DSN|URL|AUTHORIZATION|CREDENTIAL|SIGNATURE", re.I)
_PATTERNS = (
    (("://",), re.compile(r"(?P<keep>[a-z0-9+.-]://[^\s:/@'\"]*:)(?P<secret>[^\s@'\"/]+)(?=@)", re.I)),
    (
        ("SECRET", "secret", "PASS", "passw", "TOKEN", "token", "KEY", "api_key", "DSN"),
        re.compile(
            r"(?P<keep>(?:(?i:SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY)|_PASS|DSN|KEY)['\"]?\]?\s*(?::\s*\w+\s*)?[:=]\s*"
            r"[bfr]?['\"])(?P<secret>[^'\"]{4,})"
        ),
    ),
    (
        ("SECRET", "PASSWORD", "TOKEN", "API_KEY"),
        re.compile(
            r"(?P<keep>['\"](?=\w*(?:SECRET|PASSWORD|TOKEN|API_KEY))\w+['\"]\s*,\s*(?:default\s*=\s*)?['\"])"
            r"(?P<secret>[^'\"]{4,})"
        ),
    ),
    (
        ("rzp_", "django-insecure-"),
        re.compile(r"(?P<keep>)(?P<secret>rzp_(?:live|test)_\w{6,}|django-insecure-\S{20,}?)(?=['\"\s]|$)"),
    ),
    (("://",), re.compile(r"(?P<keep>https?://)(?P<secret>[^\s:/@'\"]{8,})(?=@)")),
    (
        ("?", "&", ";"),
        re.compile(r"(?P<keep>[?&;](?=\w*(?:secret|key|token|passw|signature))\w+=)(?P<secret>[^\s&'\"<>#]{8,})", re.I),
    ),
    (
        ("sk_live_", "sk_test_", "rk_live_", "whsec_", "ghp_", "github_pat_", "xoxb-", "SG."),
        re.compile(
            r"(?P<keep>)(?P<secret>\b(?:(?:[sr]k_(?:live|test)|whsec|ghp|github_pat)_\w{16,}|xoxb-[\w-]{16,}"
            r"|SG\.[\w-]{16,}\.[\w-]{16,}))"
        ),
    ),
    (
        ("uthorization",),
        re.compile(r"(?P<keep>Authorization['\"]?\s*[:=]\s*['\"]?(?:\w+ )?)(?P<secret>[^\s'\"]{8,})", re.I),
    ),
)
"""Patterns of secrets, each with words that occur in every match. Lines without these words are skipped quickly.

They need linear time, because they search responses and logs that anybody may have written.
"""
HIDDEN = "[hidden]"
READ = 20_000
"""Characters of a long text, such as a page, that are searched for secrets before its beginning is shown."""


def generate(characters: int = 64) -> str:
    """A random value of letters, digits, `-` and `_`, with six bits of entropy per character.

    All of python-dotenv, django-environ, decouple, shells and URLs read these characters unchanged.
    """
    return secrets.token_urlsafe(characters)[:characters]


def is_secret_name(name: str) -> bool:
    """Whether a setting or variable called *name* holds a secret, by how the name ends.

    SECRET_KEY does. SECRET_KEY_FALLBACKS_COUNT, TOKEN_URL and RECAPTCHA_PUBLIC_KEY do not.
    """
    return bool(SECRET_NAME.search(name))


def is_sensitive_name(name: str) -> bool:
    """Whether the value of a variable called *name* is hidden from all output.

    This is wider than `is_secret_name`: a value that is hidden without need costs little, a leaked one a lot.
    """
    return bool(SENSITIVE_NAME.search(name))


def fingerprint(value: str) -> str:
    """Eight hexadecimal digits of SHA-256. They distinguish secrets without revealing them."""
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def constant_time_equal(given: str, wanted: str) -> bool:
    """Whether *given* is the *wanted* secret, compared in constant time."""
    return secrets.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())


def remember(value: str | None) -> None:
    """Redact *value* from now on, in all its encoded forms. Each line of several is a secret.

    Its parts are redacted too, because a program may print only the password of a URL, or the token of a header.
    """
    for line in map(str.strip, (value or "").splitlines()):
        for secret in (line, *parts(line)):
            if len(secret) >= SHORTEST and secret not in _known and secret.lower() not in WELL_KNOWN:
                _known[secret] = _forms(secret)


def parts(value: str) -> list[str]:
    """The secrets in *value*: those of its URLs, or the one after the scheme of an Authorization header."""
    if scheme := SCHEME.match(value):
        return [scheme["secret"]]
    return [secret for url in URL.findall(value) for part in _parts_of(url) for secret in (part, unquote(part))]


def _parts_of(url: str) -> Iterator[str]:
    """The password of *url*, or the user name if there is no password, as it is a token then; secrets of the query."""
    scheme, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    login, at, _ = place.partition("/")[0].rpartition("@")
    user, colon, password = login.partition(":")
    if at and (colon or scheme.lower().endswith(("http", "https"))):
        yield password if colon else user
    for pair in re.split(r"[&;#]", query):
        name, _, given = pair.partition("=")
        if is_sensitive_name(name):
            yield given


def _forms(value: str) -> tuple[str, ...]:
    """*value* as it is encoded in URLs, JSON, Python, HTML and base64."""
    import base64
    import html
    import json
    from urllib.parse import quote, quote_plus

    raw = value.encode("utf-8", "surrogateescape")
    forms = {value, quote(raw), quote(raw, safe=""), quote_plus(raw), html.escape(value), repr(value)[1:-1]}
    forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    # Preceding bytes shift the bits of base64. Only the characters that encode nothing but *value* are searched.
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw)
        own = coded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6].decode()
        forms |= {own, own.replace("+", "-").replace("/", "_")}
    return tuple(sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True))


def redact(text: str) -> str:
    """*text* without known secrets, and without values that look like secrets.

    If a secret contains colour codes or invisible characters, all of them are removed from the text.
    """
    if not text.isprintable():
        plain = harmless(text)
        without = _without(plain)
        return text if without == plain else without
    return _without(text)


def excerpt(text: str, most: int) -> str:
    """The first *most* characters of *text*, in one line. It is redacted before: half a secret is not recognised."""
    shown = " ".join(redact(text[:READ]).split())
    if len(text) > READ and len(shown) < READ // 2:
        shown = " ".join(redact(text).split())  # the cut is near what is shown, and may have split a secret
    return shown[:most]


def redacted(value: Any) -> Any:
    """*value*, as JSON can hold it, with `redact` applied to each text in it.

    In the text of a JSON object, a key after a value that ends with `PASSWORD` would itself look like a secret.
    """
    match value:
        case str():
            return redact(value)
        case dict():
            return {name: redacted(part) for name, part in value.items()}
        case list() | tuple():
            return [redacted(part) for part in value]
        case _:
            return value


def _without(text: str) -> str:
    for forms in _known.values():
        for form in forms:
            if form in text:
                text = text.replace(form, HIDDEN)
    for words, pattern in _PATTERNS:
        if any(word in text for word in words):
            text = pattern.sub(lambda match: match["keep"] + HIDDEN, text)
    return text
