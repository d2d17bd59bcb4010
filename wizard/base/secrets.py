"""Secrets: generated, recognised, fingerprinted and kept out of everything that is shown or stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from urllib.parse import unquote

from wizard.base.terminal import harmless

_known: dict[str, tuple[str, ...]] = {}
"""Each known secret, and the other forms in which it may turn up, longest first."""
SHORTEST = 8
"""Characters of a secret that is hidden wherever it stands; shorter ones would hide ordinary words."""
NO_SECRETS = {"postgres", "postgresql", "password", "password1", "passw0rd", "changeme", "12345678", "localhost"}
"""Passwords of a laptop's database that everybody knows; they are names and words too, which have to be read."""
SCHEME = re.compile(r"(?i:bearer|basic|token|apikey)\s+(?P<secret>\S+)$")
"""An Authorization header's value."""
URL = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"<>]+")
SECRET_NAME = re.compile(
    r"(PASSWORD|PASSWD|_PASS|SECRET|TOKEN|DSN|(?<!PUBLIC_)(?<!PUBLISHABLE_)(?<!SITE_)(?<!PRIMARY_)KEY)$", re.I
)
SENSITIVE_NAME = re.compile(r"SECRET|KEY|TOKEN|PASS|DSN|URL|AUTHORIZATION|CREDENTIAL|SIGNATURE", re.I)
_PATTERNS = (
    (("://",), re.compile(r"(?P<keep>[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)(?P<secret>[^\s@'\"/]+)(?=@)", re.I)),
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
            r"(?P<keep>['\"]\w*(?:SECRET|PASSWORD|TOKEN|API_KEY)\w*['\"]\s*,\s*(?:default\s*=\s*)?['\"])"
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
        re.compile(r"(?P<keep>[?&;]\w*(?:secret|key|token|passw|signature)\w*=)(?P<secret>[^\s&'\"<>#]{8,})", re.I),
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
"""What a secret looks like, each form after words that it can't be without: most lines of a flood have none of them."""
HIDDEN = "[hidden]"


def generate(characters: int = 64) -> str:
    """A random value of *characters* from letters, digits, `-` and `_`: six bits each.

    Only these read back the same in python-dotenv, django-environ, decouple, shells and URLs.
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
    """Tells two secrets apart without telling either: eight hexadecimal digits of SHA-256."""
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def same(given: str, wanted: str) -> bool:
    """Whether a secret that was given is the right one; how long that takes tells nothing."""
    return secrets.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())


def remember(value: str | None) -> None:
    """Hide *value* from now on wherever `redact` is applied, in whichever form; of several lines, each.

    A program may print a part of it alone: the password of a URL, a key of its query, a header's token.
    """
    for line in map(str.strip, (value or "").splitlines()):
        for secret in (line, *parts(line)):
            if len(secret) >= SHORTEST and secret not in _known and secret.lower() not in NO_SECRETS:
                _known[secret] = _forms(secret)


def parts(value: str) -> list[str]:
    """The secrets inside *value*: of each URL in it, or after the scheme of an Authorization header."""
    if scheme := SCHEME.match(value):
        return [scheme["secret"]]
    return [secret for url in URL.findall(value) for part in _parts_of(url) for secret in (part, unquote(part))]


def _parts_of(url: str) -> Iterator[str]:
    """The password of *url*, as it is written; without one the user, which is then a token; secrets of the query."""
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
    """*value* as URLs, JSON, Python, HTML and base64 write it."""
    import base64
    import html
    import json
    from urllib.parse import quote, quote_plus

    raw = value.encode("utf-8", "surrogateescape")
    forms = {value, quote(raw), quote(raw, safe=""), quote_plus(raw), html.escape(value), repr(value)[1:-1]}
    forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    # What stands before it shifts its bits; only the signs that are its own alone are looked for.
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw)
        own = coded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6].decode()
        forms |= {own, own.replace("+", "-").replace("/", "_")}
    return tuple(sorted((each for each in forms if len(each) >= SHORTEST), key=len, reverse=True))


def redact(text: str) -> str:
    """*text* without known secrets and without what looks like one.

    Where colour codes or invisible signs stand inside a secret they go with it, and all others of the text too.
    """
    if not text.isprintable():
        plain = harmless(text)
        without = _without(plain)
        return text if without == plain else without
    return _without(text)


def _without(text: str) -> str:
    for forms in _known.values():
        for form in forms:
            if form in text:
                text = text.replace(form, HIDDEN)
    for words, pattern in _PATTERNS:
        if any(word in text for word in words):
            text = pattern.sub(lambda match: match["keep"] + HIDDEN, text)
    return text
