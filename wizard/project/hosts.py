"""Host names and origins: which of them visitors use, which a site may trust, and which belong to one site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from wizard.project.platform import SHARED_DOMAINS

LOCAL_NAMES = {"localhost", "testserver", "host.docker.internal"}
LOCAL_SUFFIXES = (".localhost", ".local", ".test", ".invalid", ".internal")
"""Ends of names that no visitor can reach. Source: RFC 6761 and RFC 6762."""
EXAMPLES = {"example.com", "example.org", "example.net", "yourdomain.com", "mydomain.com", "your-domain.com"}
"""Domains that settings have before anyone writes the real one."""
SECOND_LEVEL = re.compile(r"(?:ac|co|com|edu|gob|gov|gouv|ltd|me|net|ne|nom|or|org|plc|sch)\.[a-z]{2}$")
"""Suffixes below a country's domain under which anyone can register a name, such as co.uk and com.br."""


def is_public_name(host: str) -> bool:
    """Whether *host* is a name that visitors can reach: not this machine, an address, a wildcard or an empty string."""
    name = host.strip().lower().removeprefix(".")
    if name in LOCAL_NAMES or name.endswith(LOCAL_SUFFIXES) or "." not in name:
        return False
    return bool(re.fullmatch(r"[\w.-]+", name)) and not _is_address(name)


def is_shared(domain: str) -> bool:
    """Whether anyone can get a name below *domain*, as on a hosting platform."""
    name = domain.lower().removeprefix("*").removeprefix(".")
    return name in SHARED_DOMAINS or "." not in name or bool(SECOND_LEVEL.fullmatch(name))


def is_accepted(host: str, allowed: Iterable[str]) -> bool:
    """Whether a site with these ALLOWED_HOSTS accepts *host*, by Django's rule."""
    return any(
        pattern in {"*", host} or (pattern[:1] == "." and f".{host}".endswith(pattern))
        for pattern in (str(each).lower() for each in allowed)
    )


def host_of(origin: str) -> str:
    """The host name in *origin*, which can be a URL or a bare name, without its port."""
    text = origin if "://" in origin else f"//{origin}"
    try:
        return (urlsplit(text).hostname or "").lower()
    except ValueError:
        return ""


def origin_problem(origin: str) -> str:
    """Why a site in production must not trust *origin*; empty if it may."""
    if not origin.startswith("https://"):
        return "does not start with https://"
    host = host_of(origin)
    if host.startswith("*"):
        if host[1:2] != "." or is_shared(host):
            return "trusts the sites of other people"
        host = host[2:]
    return "" if is_public_name(host) else "is not a public name"


def is_local(value: str) -> bool:
    """Whether a URL or a host name leads to this machine or to an example, and not to a public site."""
    host = host_of(value)
    return bool(host) and (not is_public_name(host) or host.removeprefix("www.") in EXAMPLES)


def same_site(first: str, second: str) -> bool:
    """Whether a browser treats two hosts as one site, so that cookies with SameSite=Lax are sent between them."""
    return bool(first) and registrable_domain(first) == registrable_domain(second)


def registrable_domain(host: str) -> str:
    """The part of *host* below the suffix under which anyone can register a name. Source: publicsuffix.org."""
    labels = host.lower().strip(".").split(".")
    if _is_address(host):
        return host
    for start in range(len(labels)):
        if is_shared(".".join(labels[start:])):
            return ".".join(labels[max(0, start - 1) :])
    return host


def accepts_cookie_domain(host: str, domain: str) -> bool:
    """Whether a browser keeps a cookie that *host* sets for *domain*."""
    name = domain.lower().removeprefix(".")
    return f".{host.lower()}".endswith(f".{name}") and not is_shared(name)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
