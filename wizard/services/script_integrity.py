"""Grade how a page loads its scripts, by the rules of MDN's HTTP Observatory."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable, Mapping

from wizard.services.site_names import registrable_domain

INTEGRITY_OVER_HTTP, ONLY_HTTPS, NEITHER = range(3)
"""What can be wrong with a script of another site, in MDN's order: the last one found decides.

So a script over HTTPS without integrity hides one over HTTP with it.
"""
POINTS = {INTEGRITY_OVER_HTTP: -20, ONLY_HTTPS: -5, NEITHER: -50}
WORDS = {
    INTEGRITY_OVER_HTTP: "with integrity, but not over https://",
    ONLY_HTTPS: "without integrity",
    NEITHER: "without integrity, and not over https://",
}


def grade(scripts: Iterable[Mapping[str, str]], host: str, *, https: bool = True) -> tuple[str, int]:
    """The outcome for *scripts*, given by their attributes, on a page of *host*, and its points."""
    found: list[tuple[int, str]] = []
    external, protected = "", ""
    for script in scripts:
        address, integrity = script.get("src", ""), bool(script.get("integrity"))
        if not address:
            continue
        secure = _is_secure(address, https=https)
        if _is_own(address, host):
            protected = protected or (address if integrity and secure and not found else "")
            continue
        external = address
        if not (integrity and secure):
            finding = INTEGRITY_OVER_HTTP if integrity else ONLY_HTTPS if secure else NEITHER
            found.append((finding, address))
    if found:
        worst = max(finding for finding, _ in found)
        address = next(address for finding, address in found if finding == worst)
        return f"{address} {WORDS[worst]}", POINTS[worst]
    if external:
        return "every script of another site has integrity", 5
    return (f"{protected} has integrity", 5) if protected else ("no script from another site", 0)


def _is_own(address: str, host: str) -> bool:
    """Whether the script is of the site itself. An address without a scheme (//host/) never is."""
    if re.match(r"//[^/]", address):
        return False
    if not re.match(r"https?://", address):
        return True
    try:
        other = urllib.parse.urlsplit(address).hostname or ""
    except ValueError:
        other = ""
    return registrable_domain(other) == registrable_domain(host)


def _is_secure(address: str, *, https: bool) -> bool:
    """Whether the script comes over HTTPS. MDN does not count an address without a scheme (//host/) as that."""
    if re.match(r"//[^/]", address):
        return False
    return address.startswith("https://") if re.match(r"https?://", address) else https
