"""Grade the cookies that a site sets, by the rules of MDN's HTTP Observatory."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx

from wizard.services.site_names import is_public_suffix

IGNORED = "heroku-session-affinity"
"""A cookie of a load balancer, which the site can't change."""
SESSION = ("login", "sess")
"""Parts of the names of cookies that belong to a login."""
NO_SECURE, SESSION_NO_SECURE, SAMESITE, CSRF, HTTP_ONLY = range(5)
POINTS = {NO_SECURE: -20, SESSION_NO_SECURE: -40, SAMESITE: -20, CSRF: -20, HTTP_ONLY: -30}
UNDER_HSTS = {NO_SECURE: -5, SESSION_NO_SECURE: -10}
"""With HSTS browsers don't send a cookie over plain HTTP, so a missing Secure costs less."""
RANKING = (NO_SECURE, SAMESITE, CSRF, HTTP_ONLY, SESSION_NO_SECURE)
RANKING_UNDER_HSTS = (NO_SECURE, SESSION_NO_SECURE, SAMESITE, CSRF, HTTP_ONLY)
"""The findings, from the best to the worst. The worst one gives the points."""
WORDS = {
    NO_SECURE: "a cookie without Secure",
    SESSION_NO_SECURE: "a session cookie without Secure",
    SAMESITE: "SameSite=None without Secure",
    CSRF: "a CSRF cookie without SameSite",
    HTTP_ONLY: "a session cookie without HttpOnly",
}


@dataclass(frozen=True)
class Cookie:
    name: str
    secure: bool
    http_only: bool
    same_site: str
    """lax, strict or none; empty if it is missing or unknown, as browsers ignore a value that they don't know."""

    def findings(self) -> set[int]:
        """What is wrong with this cookie."""
        name = self.name.lower()
        session = any(part in name for part in SESSION)
        cases = {
            NO_SECURE: not self.secure,
            SESSION_NO_SECURE: session and not self.secure,
            SAMESITE: self.same_site == "none" and not self.secure,
            CSRF: "csrf" in name and not self.same_site,
            HTTP_ONLY: session and not self.http_only,
        }
        return {finding for finding, holds in cases.items() if holds}


@dataclass
class Jar:
    """The cookies of one visit. Refuses those that a browser refuses; a later cookie replaces its predecessor."""

    cookies: dict[tuple[str, str, str], Cookie] = field(default_factory=dict)
    """By domain, path and name."""

    def store(self, lines: Iterable[str], url: httpx.URL) -> None:
        """Store the cookies in the Set-Cookie headers *lines* of a response from *url*."""
        for line in lines:
            self._store(line, url)

    def _store(self, line: str, url: httpx.URL) -> None:
        pair, *attributes = line.strip().split(";")
        name, separator, value = pair.partition("=")
        name = name.strip()
        if not separator or not name or re.search(r"[\x00-\x1f]", name + value.strip()):
            return
        flags = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in attributes)}
        domain = flags.get("domain", "").removeprefix(".").lower()
        if domain and (is_public_suffix(domain) or not _is_below(url.host, domain)):
            return
        path = flags.get("path", "")
        path = path if path.startswith("/") else url.path.rpartition("/")[0] or "/"
        secure = "secure" in flags
        host_only = secure and not domain and path == "/"
        if (name.startswith("__Secure-") and not secure) or (name.startswith("__Host-") and not host_only):
            return
        same_site = flags.get("samesite", "").lower()
        known = same_site if same_site in {"lax", "strict", "none"} else ""
        self.cookies[domain or url.host, path, name] = Cookie(name, secure, "httponly" in flags, known)


def _is_below(host: str, domain: str) -> bool:
    return host == domain or (host.endswith(f".{domain}") and not re.fullmatch(r"[\d.]+", host))


def grade(jar: Jar, *, hsts: bool) -> tuple[str, int]:
    """The outcome for the cookies of *jar* in words, and its points. *hsts*: whether the site has a valid HSTS."""
    cookies = [cookie for cookie in jar.cookies.values() if cookie.name != IGNORED]
    if not cookies:
        return "no cookies", 0
    ranking = RANKING_UNDER_HSTS if hsts else RANKING
    found = [(ranking.index(finding), cookie.name) for cookie in cookies for finding in cookie.findings()]
    if found:
        worst = max(rank for rank, _ in found)
        names = sorted({name for rank, name in found if rank == worst})
        finding = ranking[worst]
        points = UNDER_HSTS.get(finding, POINTS[finding]) if hsts else POINTS[finding]
        under = ", under HSTS" if hsts and finding in UNDER_HSTS else ""
        return f"{WORDS[finding]}{under} ({', '.join(names)})", points
    if all(cookie.same_site for cookie in cookies):
        return "all secure, with SameSite", 5
    return "all secure, not all with SameSite", 0
