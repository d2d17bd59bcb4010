"""Names of hosts: which site a host belongs to, and which hosts browsers open over HTTPS only."""

from __future__ import annotations

import functools
import ipaddress

from publicsuffixlist import PublicSuffixList

PRELOADED = frozenset((
    "amazon", "android", "app", "audible", "azure", "bank", "bing", "boo", "channel", "chrome", "dad", "day", "dev",
    "eat", "esq", "fire", "fly", "foo", "fujitsu", "gle", "gmail", "google", "hangout", "hotmail", "imdb", "ing",
    "insurance", "kindle", "meet", "meme", "microsoft", "mov", "new", "nexus", "office", "page", "phd", "play",
    "prime", "prof", "rsvp", "search", "silk", "skype", "windows", "xbox", "xn--cckwcxetd", "xn--jlq480n2rg",
    "youtube", "zappos", "zip",
))  # fmt: skip
"""Top-level domains on the HSTS preload list: browsers open every host below them over HTTPS only.

Single hosts are on the list, too. It has 150,000 of them and changes daily, so Golive does not ship it.
Source: Chromium, transport_security_state_static.json.
"""


def is_preloaded(host: str) -> bool:
    """Whether browsers open *host* over HTTPS only, by its top-level domain."""
    return host.rstrip(".").rpartition(".")[2].lower() in PRELOADED


def registrable_domain(host: str) -> str | None:
    """The domain below a public suffix: example.co.uk for www.example.co.uk. None for an address or a suffix."""
    name = host.rstrip(".").lower()
    return None if _is_address(name) or "." not in name else _suffixes(only_icann=True).privatesuffix(name)


def is_public_suffix(domain: str) -> bool:
    """Whether anybody can get a name below *domain*, so that browsers refuse a cookie for all of it."""
    if _is_address(domain) or domain == "localhost":
        return False
    return _suffixes(only_icann=False).privatesuffix(domain) is None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@functools.cache
def _suffixes(*, only_icann: bool) -> PublicSuffixList:
    """The list, which is read once: that takes 0.1 s. MDN looks at the names of registries only."""
    return PublicSuffixList(only_icann=only_icann)
