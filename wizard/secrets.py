"""Secrets: generated, recognised, fingerprinted and kept out of everything that is shown or stored."""

from __future__ import annotations

import hashlib
import re
import secrets

_known: set[str] = set()
_PATTERNS = (
    (("://",), re.compile(r"(?P<keep>[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)(?P<secret>[^\s@'\"/]+)(?=@)", re.I)),
    (
        ("SECRET", "PASSWORD"),
        re.compile(
            r"(?P<keep>(?:SECRET_KEY|PASSWORD|API_SECRET|KEY_SECRET)['\"]?\s*[:=]\s*['\"])(?P<secret>[^'\"]{4,})"
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
    (("://",), re.compile(r"(?P<keep>https?://)(?P<secret>[0-9a-f]{32})(?=@)")),
)
"""What a secret looks like, each form after words that it can't be without: most lines of a flood have none of them."""
HIDDEN = "[hidden]"


def generate(characters: int = 64) -> str:
    """A random value of *characters* from letters, digits, `-` and `_`: six bits each.

    Only these read back the same in python-dotenv, django-environ, decouple, shells and URLs.
    """
    return secrets.token_urlsafe(characters)[:characters]


def fingerprint(value: str) -> str:
    """Tells two secrets apart without telling either: eight hexadecimal digits of SHA-256."""
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def remember(value: str | None) -> None:
    """Hide *value* from now on wherever `redact` is applied; short values would hide ordinary words."""
    if value and len(value) >= 8:
        _known.add(value)


def redact(text: str) -> str:
    """*text* without known secrets and without what looks like one."""
    for value in _known:
        if value in text:
            text = text.replace(value, HIDDEN)
    for words, pattern in _PATTERNS:
        if any(word in text for word in words):
            text = pattern.sub(lambda match: match["keep"] + HIDDEN, text)
    return text
