"""Grade the headers of a response by published rules. Golive computes the grades itself.

MDN HTTP Observatory: the scores of algorithm version 6. securityheaders.com: its six headers, and the public ones of
the warnings that prevent an A+.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from wizard.services import csp

RULES = "MDN HTTP Observatory, algorithm version 6"
HALF_A_YEAR = 15_552_000
SCALE = (
    (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
    (40, "D+"), (30, "D"), (25, "D-"), (0, "F"),
)  # fmt: skip
SIX = (
    "Strict-Transport-Security", "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options",
    "Referrer-Policy", "Permissions-Policy",
)  # fmt: skip
GOOD_REFERRER = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
LEAKY_REFERRER = {"origin", "origin-when-cross-origin", "no-referrer-when-downgrade", "unsafe-url"}
CORP = {"same-origin": 10, "same-site": 10, "cross-origin": 0}
COEP = {"require-corp": 10, "credentialless": 10, "unsafe-none": 0}
COOP = {"same-origin": 10, "same-origin-allow-popups": 10, "noopener-allow-popups": 10, "unsafe-none": 0}
PRELOADED = (".app", ".dev")
"""Top-level domains that browsers open over HTTPS only. Hosts below them don't need to be on the preload list."""


@dataclass(frozen=True)
class Test:
    """One test of the grader, with its outcome in words and its points."""

    name: str
    outcome: str
    points: int


@dataclass(frozen=True)
class Grade:
    letter: str
    score: int
    tests: tuple[Test, ...]

    def costs(self) -> list[Test]:
        """The tests with negative points, the worst first."""
        return sorted((test for test in self.tests if test.points < 0), key=lambda test: test.points)


def grade(
    response: httpx.Response,
    *,
    host: str,
    redirects: Sequence[str] = (),
    cors: httpx.Response | None = None,
    body: str = "",
) -> Grade:
    """Grade *response*, the page at the end of all redirects.

    *redirects* are the addresses to which a plain HTTP request was redirected, in order. *cors* is the response to a
    request from another origin. Scores start at 100 and end at 0; bonuses count only from 90 up.
    """
    headers = response.headers
    hsts = _hsts(headers, host)
    tests = (
        Test("content-security-policy", *_csp(headers)),
        _cookies(response, hsts_holds=hsts.points >= 0),
        _cors(cors),
        _redirection(host, redirects),
        _referrer(headers),
        hsts,
        _integrity(body, host, headers.get("content-type", "")),
        _one("x-content-type-options", headers, {"nosniff": 0}, absent=-5, other=-5),
        _frames(headers),
        _one("cross-origin-resource-policy", headers, CORP, absent=0, other=-5),
        _one("cross-origin-embedder-policy", headers, COEP, absent=0, other=-5),
        _one("cross-origin-opener-policy", headers, COOP, absent=0, other=-5),
    )
    return total(tests)


def total(tests: tuple[Test, ...]) -> Grade:
    """The grade for the points of all *tests*."""
    score = 100 + sum(test.points for test in tests if test.points < 0)
    if score >= 90:
        score += sum(test.points for test in tests if test.points > 0)
    score = max(0, score)
    rounded = min(100, score) // 5 * 5
    return Grade(next(letter for least, letter in SCALE if rounded >= least), score, tests)


def _csp(headers: httpx.Headers) -> tuple[str, int]:
    policies = headers.get_list("content-security-policy")
    return csp.grade(policies) if policies else ("absent", -25)


def _cookies(response: httpx.Response, *, hsts_holds: bool) -> Test:
    """The result of the worst cookie."""
    worst, points = "no cookies", 0
    found = [_cookie(line) for line in response.headers.get_list("set-cookie")]
    found = [each for each in found if each["name"] != "heroku-session-affinity"]
    if found:
        everywhere = all(each["samesite"] for each in found)
        worst, points = ("all secure, with SameSite", 5) if everywhere else ("all secure, not all with SameSite", 0)
    for each in found:
        session = "login" in each["name"].lower() or "sess" in each["name"].lower()
        cases = [
            (session and not each["secure"] and not hsts_holds, "a session cookie without Secure", -40),
            (session and not each["httponly"], "a session cookie without HttpOnly", -30),
            ("csrf" in each["name"].lower() and not each["samesite"], "a CSRF cookie without SameSite", -20),
            (each["samesite"] == "none" and not each["secure"], "SameSite=None without Secure", -20),
            (each["samesite"] not in {"", "none", "lax", "strict"}, "an unknown SameSite", -20),
            (session and not each["secure"], "a session cookie without Secure, under HSTS", -10),
            (not each["secure"] and not hsts_holds, "a cookie without Secure", -20),
            (not each["secure"], "a cookie without Secure, under HSTS", -5),
        ]
        for holds, outcome, cost in cases:
            if holds and cost < points:
                worst, points = f"{outcome} ({each['name']})", cost
    return Test("cookies", worst, points)


def _cookie(line: str) -> dict[str, str]:
    first, *rest = (part.strip() for part in line.split(";"))
    flags = {part.partition("=")[0].lower(): part.partition("=")[2].lower() or "yes" for part in rest}
    return {
        "name": first.partition("=")[0], "secure": flags.get("secure", ""), "httponly": flags.get("httponly", ""),
        "samesite": flags.get("samesite", ""),
    }  # fmt: skip


def _cors(response: httpx.Response | None) -> Test:
    name = "cross-origin-resource-sharing"
    if response is None or "access-control-allow-origin" not in response.headers:
        return Test(name, "absent", 0)
    allowed = response.headers["access-control-allow-origin"]
    asked = response.request.headers.get("origin", "")
    if allowed == asked and asked and response.headers.get("access-control-allow-credentials") == "true":
        return Test(name, "any origin, with credentials", -50)
    return Test(name, "public" if allowed == "*" else "for chosen origins", 0)


def _redirection(host: str, addresses: Sequence[str]) -> Test:
    name = "redirection"
    if _preloaded(host):
        return Test(name, "browsers open this host over HTTPS only", 0)
    if not addresses or not addresses[-1].startswith("https://"):
        return Test(name, "plain HTTP is not redirected", -20)
    if not addresses[0].startswith("https://"):
        return Test(name, "the first redirect is not to HTTPS", -10)
    if httpx.URL(addresses[0]).host != host:
        return Test(name, "the first redirect is to another host", -5)
    return Test(name, "to HTTPS on the same host", 0)


def _referrer(headers: httpx.Headers) -> Test:
    tokens = [each.strip().lower() for each in headers.get("referrer-policy", "").split(",") if each.strip()]
    known = [each for each in tokens if each in GOOD_REFERRER | LEAKY_REFERRER]
    if not tokens:
        return Test("referrer-policy", "absent", 0)
    if known and known[-1] in GOOD_REFERRER:
        return Test("referrer-policy", known[-1], 5)
    return Test("referrer-policy", (known or tokens)[-1], -5)


def _hsts(headers: httpx.Headers, host: str) -> Test:
    name, value = "strict-transport-security", headers.get("strict-transport-security", "")
    if _preloaded(host):
        return Test(name, "preloaded", 5)
    found = re.search(r"max-age=\"?(\d+)", value, re.I)
    if not found or "," in value:
        return Test(name, "absent" if not value else "invalid", -20)
    seconds = int(found[1])
    return Test(name, f"max-age {seconds}", 0 if seconds >= HALF_A_YEAR else -10)


def _preloaded(host: str) -> bool:
    return host.endswith(PRELOADED)


def _integrity(body: str, host: str, kind: str) -> Test:
    """The result of the worst script that is loaded from another site."""
    name, points, outcome = "subresource-integrity", 0, "no script from another site"
    if "html" not in kind:
        return Test(name, "not HTML", 0)
    external = []
    for tag in re.findall(r"<script\b[^>]*\bsrc=[^>]*>", body, re.I):
        address = re.search(r"src=[\"']?([^\"'\s>]+)", tag, re.I)
        if address and re.match(r"(https?:)?//", address[1]) and not _same_site(address[1], host):
            external.append((address[1], "integrity=" in tag.lower()))
    for where, protected in external:
        secure = where.startswith("https:")
        cost = {(True, True): 5, (True, False): -5, (False, True): -20, (False, False): -50}[secure, protected]
        if points == 0 or cost < points:
            points, outcome = cost, f"{where} {'with' if protected else 'without'} integrity"
    return Test(name, outcome, points)


def _same_site(address: str, host: str) -> bool:
    other = httpx.URL("https:" + address if address.startswith("//") else address).host
    return other.split(".")[-2:] == host.split(".")[-2:]


def _one(name: str, headers: Mapping[str, str], values: dict[str, int], *, absent: int, other: int) -> Test:
    value = headers.get(name, "").strip().lower()
    if not value:
        return Test(name, "absent", absent)
    return Test(name, value, values.get(value, other))


def _frames(headers: httpx.Headers) -> Test:
    name = "x-frame-options"
    policies = [csp.parse(part) for text in headers.get_list("content-security-policy") for part in text.split(",")]
    if any(policy and "frame-ancestors" in policy for policy in policies):
        return Test(name, "frame-ancestors in the CSP", 5)
    value = headers.get("x-frame-options", "").strip().upper()
    if value in {"DENY", "SAMEORIGIN"}:
        return Test(name, value, 5)
    if value.startswith("ALLOW-FROM"):
        return Test(name, value, 0)
    return Test(name, "invalid" if value else "absent", -20)


def six_headers(response: httpx.Response) -> tuple[str, list[str], list[str]]:
    """The rating by securityheaders.com's public rules: letter, missing headers, warnings.

    All six headers give an A, or an A+ without warnings. With a missing header the rating is B at best.
    """
    missing = [name for name in SIX if name.lower() not in response.headers]
    warnings = []
    parts = [part for text in response.headers.get_list("content-security-policy") for part in text.split(",")]
    script = csp.sources([policy for part in parts if (policy := csp.parse(part))], "script-src")
    trusted = any(re.match(r"'(nonce|sha)", each) for each in script or [])
    if script and ("'unsafe-eval'" in script or ("'unsafe-inline'" in script and not trusted)):
        warnings.append("unsafe-inline or unsafe-eval for scripts")
    if _referrer(response.headers).points < 0:
        warnings.append("a leaky Referrer-Policy")
    age = re.search(r"max-age=\"?(\d+)", response.headers.get("strict-transport-security", ""))
    if age and int(age[1]) < HALF_A_YEAR:
        warnings.append("a short HSTS max-age")
    if len(missing) == len(SIX):
        return "F", missing, warnings
    if missing:
        return "B or less", missing, warnings
    return ("A" if warnings else "A+"), missing, warnings
