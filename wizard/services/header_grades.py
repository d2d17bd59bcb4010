"""Grade the headers of a response by published rules. Golive computes the grades itself.

MDN HTTP Observatory: the scores of algorithm version 6, as its analyzer gives them. Where browsers and the analyzer
differ, the analyzer decides. securityheaders.com: its six headers, and the public ones of the warnings that prevent an
A+.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from wizard.services import cookie_grades, csp, script_integrity
from wizard.services.page_markup import Markup, read_markup
from wizard.services.site_names import is_preloaded

RULES = "MDN HTTP Observatory, algorithm version 6"
ORIGIN = "https://http-observatory.security.mozilla.org"
"""The origin that asks for the response to another origin."""
HALF_A_YEAR = 15_552_000
SCALE = (
    (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
    (40, "D+"), (30, "D"), (25, "D-"), (0, "F"),
)  # fmt: skip
LETTERS = tuple(letter for _, letter in SCALE)
BONUSES_FROM = 90
SIX = (
    "Strict-Transport-Security", "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options",
    "Referrer-Policy", "Permissions-Policy",
)  # fmt: skip
GOOD_REFERRER = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
LEAKY_REFERRER = {"origin", "origin-when-cross-origin", "no-referrer-when-downgrade", "unsafe-url"}
CORP = {"same-origin": 10, "same-site": 10, "cross-origin": 0}
COEP = {"require-corp": 10, "credentialless": 10, "unsafe-none": 0}
COOP = {"same-origin": 10, "same-origin-allow-popups": 10, "noopener-allow-popups": 10, "unsafe-none": 0}
FIXES = {
    "content-security-policy": (
        "a policy without 'unsafe-inline', 'unsafe-eval', data:, http: and sources for every host", 20,
    ),
    "cookies": ("Secure on every cookie, HttpOnly on session cookies, SameSite on CSRF cookies", 3),
    "cross-origin-resource-sharing": ("no credentials for every origin", 20),
    "redirection": ("a redirect to https:// on the same host", 3),
    "referrer-policy": ("strict-origin-when-cross-origin or stricter", 3),
    "strict-transport-security": (f"a max-age of at least {HALF_A_YEAR} seconds (half a year)", 3),
    "subresource-integrity": ("https:// and integrity for each script of another site", 20),
    "x-content-type-options": ("nosniff", 3),
    "x-frame-options": ("DENY, SAMEORIGIN, or frame-ancestors in the CSP", 3),
    "cross-origin-resource-policy": ("same-origin, same-site or cross-origin", 20),
    "cross-origin-embedder-policy": ("require-corp, credentialless or unsafe-none", 20),
    "cross-origin-opener-policy": ("same-origin, or another valid value", 3),
}  # fmt: skip
"""What each test expects, and the task of the checklist that sees to it."""
HTML = {"text/html", "application/xhtml+xml"}
BARE_ITEM = (
    r"""-?\d{1,15}|-?\d{1,12}\.\d{1,3}|"(?:[ !#-\[\]-~]|\\["\\])*"|"""
    r"""[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*|:[\w+/=]*:|\?[01]|@-?\d{1,15}"""
)
TOKEN = re.compile(rf"([A-Za-z*][\w!#$%&'*+\-.^`|~:/]*)(?:; *[a-z*][a-z0-9_\-.*]*(?:=(?:{BARE_ITEM}))?)*", re.ASCII)
"""A token with parameters. Source: RFC 9651, structured fields."""


@dataclass(frozen=True)
class Test:
    """One test of the grader, with its outcome in words and its points."""

    name: str
    outcome: str
    points: int

    @property
    def expected(self) -> str:
        return FIXES[self.name][0]

    @property
    def task(self) -> int:
        """The number of the task that sees to it."""
        return FIXES[self.name][1]


@dataclass(frozen=True)
class Grade:
    letter: str
    score: int
    tests: tuple[Test, ...]

    def is_below(self, letter: str) -> bool:
        return LETTERS.index(self.letter) > LETTERS.index(letter)

    def costs(self) -> list[Test]:
        """The tests with negative points, the worst first."""
        return sorted((test for test in self.tests if test.points < 0), key=lambda test: test.points)


@dataclass(frozen=True)
class Visit:
    """What answered: HTTPS, plain HTTP, and whether the certificates on their ways were valid."""

    https: bool = True
    https_verified: bool = True
    http: bool = True
    http_verified: bool = True


def grade(
    response: httpx.Response,
    *,
    host: str,
    redirects: Sequence[str] = (),
    cors: httpx.Response | None = None,
    body: str = "",
    jar: cookie_grades.Jar | None = None,
    visit: Visit = Visit(),
) -> Grade:
    """Grade *response*, the page at the end of all redirects.

    *redirects* are the addresses to which a plain HTTP request was redirected, in order. *cors* is the response to a
    request from another origin. *jar* has the cookies of the whole visit: by default those of *response*. Scores start
    at 100 and end at 0; bonuses count only from 90 up.
    """
    headers = response.headers
    kind = headers.get("content-type", "").split(";")[0]
    readable = kind in HTML or not kind
    markup = read_markup(body) if readable else Markup()
    stated = markup if kind else Markup()  # without a type, MDN reads the scripts of a page, but not its policies
    policy = csp.grade(headers.get_list("content-security-policy"), stated.policies, https=visit.https)
    hsts = _hsts(headers, host, visit)
    if jar is None:
        jar = cookie_grades.Jar()
        jar.store(headers.get_list("set-cookie"), httpx.URL(f"https://{host}/"))
    integrity = script_integrity.grade(markup.scripts, host, https=visit.https)
    tests = (
        Test("content-security-policy", policy.outcome, policy.points),
        Test("cookies", *cookie_grades.grade(jar, hsts=hsts.points >= 0)),
        _cors(cors),
        _redirection(host, [each for each in redirects if each], visit),
        _referrer([*headers.get_list("referrer-policy"), *([stated.referrer] if stated.referrer else [])]),
        hsts,
        Test("subresource-integrity", *(integrity if readable else ("not HTML", 0))),
        _content_type_options(headers),
        _frames(headers, policy),
        _resource_policy(headers),
        _isolation("cross-origin-embedder-policy", headers, COEP),
        _isolation("cross-origin-opener-policy", headers, COOP),
    )
    return total(tests)


def of_headers(headers: httpx.Headers) -> dict[str, Test]:
    """The tests that look at one header of one response, without policies for frames in the CSP."""
    frames = _frames(headers, csp.CspGrade("", 0))
    opener = _isolation("cross-origin-opener-policy", headers, COOP)
    tests = (_hsts(headers, "", Visit()), _content_type_options(headers), frames, opener)
    return {test.name: test for test in (*tests, _referrer(headers.get_list("referrer-policy")))}


def total(tests: tuple[Test, ...]) -> Grade:
    """The grade for the points of all *tests*."""
    score = 100 + sum(test.points for test in tests if test.points < 0)
    if score >= BONUSES_FROM:
        score += sum(test.points for test in tests if test.points > 0)
    score = max(0, score)
    rounded = min(100, score) // 5 * 5
    return Grade(next(letter for least, letter in SCALE if rounded >= least), score, tests)


def _cors(response: httpx.Response | None) -> Test:
    name = "cross-origin-resource-sharing"
    if response is None or response.status_code >= 400:
        return Test(name, "none", 0)
    if not (allowed := response.headers.get("access-control-allow-origin", "")):
        return Test(name, "none", 0)
    if allowed[:256].strip() == "*":
        return Test(name, "public", 0)
    asked = response.request.headers.get("origin", "")
    credentials = response.headers.get("access-control-allow-credentials", "").lower().strip() == "true"
    if allowed == asked and credentials:
        return Test(name, "any origin, with credentials", -50)
    return Test(name, "for chosen origins", 0)


def _redirection(host: str, addresses: Sequence[str], visit: Visit) -> Test:
    name = "redirection"
    asked = httpx.URL(f"http://{host}/")
    # The list may begin with the address that was asked.
    route = [asked, *(url for index, url in enumerate(map(httpx.URL, addresses)) if index or url != asked)]
    if not visit.http:
        return Test(name, "no answer over plain HTTP", 0)
    if not visit.http_verified:
        return Test(name, "a redirect leads to an invalid certificate", -20)
    if all(is_preloaded(url.host) for url in route):
        return Test(name, "browsers open this host over HTTPS only", 0)
    if len(route) == 1:
        return Test(name, "plain HTTP is not redirected", -20)
    if route[-1].scheme != "https":
        return Test(name, f"plain HTTP ends at {route[-1]}", -20)
    if route[1].scheme == "http":
        return Test(name, f"the first redirect is not to HTTPS, but to {route[1]}", -10)
    if route[1].host != route[0].host:
        return Test(name, f"the first redirect is to another host, {route[1].host}", -5)
    return Test(name, "to HTTPS on the same host", 0)


def _referrer(values: Sequence[str]) -> Test:
    """The last policy that is known counts. A `<meta>` element comes after the headers."""
    name = "referrer-policy"
    if not values:
        return Test(name, "none", 0)
    tokens = [each.strip().lower() for each in ",".join(values).split(",")]
    known = [each for each in tokens if each in GOOD_REFERRER | LEAKY_REFERRER]
    if not known:
        return Test(name, f"invalid: {tokens[-1]}" if any(tokens) else "empty", -5)
    return Test(name, known[-1], 5 if known[-1] in GOOD_REFERRER else -5)


def _hsts(headers: httpx.Headers, host: str, visit: Visit) -> Test:
    name = "strict-transport-security"
    if is_preloaded(host) and visit.https:
        return Test(name, "preloaded", 5)
    if not visit.https:
        return Test(name, "no answer over HTTPS", -20)
    if not visit.https_verified:
        return Test(name, "the certificate is invalid", -20)
    if "strict-transport-security" not in headers:
        return Test(name, "none", -20)
    value = headers["strict-transport-security"][:1024]
    ages = [part[8:128] for each in value.split(";") if (part := each.strip().lower()).startswith("max-age=")]
    if "," in value or not ages:
        return Test(name, f"invalid: {value}", -20)
    number = re.match(r"\s*([+-]?\d+)", ages[-1])
    # MDN compares what is no number with half a year, which is never less.
    if number and int(number[1]) < HALF_A_YEAR:
        return Test(name, f"max-age {number[1]}", -10)
    return Test(name, f"max-age {number[1] if number else ages[-1]}", 0)


def _content_type_options(headers: httpx.Headers) -> Test:
    name = "x-content-type-options"
    value = headers.get(name, "")
    valid = value[:256].strip().lower() == "nosniff"
    return Test(name, value.strip() or "none", 0 if valid else -5)


def _frames(headers: httpx.Headers, policy: csp.CspGrade) -> Test:
    name = "x-frame-options"
    if "frame-ancestors" in policy.directives:
        return Test(name, "frame-ancestors in the CSP", 5)
    value = headers.get(name, "")[:1024].strip()
    if value.lower() in {"deny", "sameorigin"}:
        return Test(name, value, 5)
    if value.lower().startswith("allow-from"):
        return Test(name, value, 0)
    return Test(name, f"invalid: {value}" if value else "none", -20)


def _resource_policy(headers: httpx.Headers) -> Test:
    name = "cross-origin-resource-policy"
    value = headers.get(name, "")[:256].strip().lower()
    return Test(name, value, CORP.get(value, -5)) if value else Test(name, "none", 0)


def _isolation(name: str, headers: httpx.Headers, values: dict[str, int]) -> Test:
    """A header whose value is a token, which can have parameters. Sent twice, it is invalid."""
    if not (value := headers.get(name, "")):
        return Test(name, "none", 0)
    token = TOKEN.fullmatch(value[:1024].strip())
    return (
        Test(name, token[1], values[token[1]]) if token and token[1] in values else Test(name, f"invalid: {value}", -5)
    )


def allows_every_frame(response: httpx.Response) -> bool:
    """Whether every site may show the page in a frame, because of the CSP, which wins over X-Frame-Options."""
    policies = map(csp.parse, csp.split(response.headers.get_list("content-security-policy")))
    ancestors = csp.sources([policy for policy in policies if policy], "frame-ancestors")
    return bool(csp.BROAD & set(ancestors or []))


def task_of(header: str) -> int:
    """The task that sees to one of the six headers."""
    return FIXES[header.lower()][1] if header.lower() in FIXES else 20


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
    if _referrer(response.headers.get_list("referrer-policy")).points < 0:
        warnings.append("a leaky Referrer-Policy")
    age = re.search(r"max-age=\"?(\d+)", response.headers.get("strict-transport-security", ""))
    if age and int(age[1]) < HALF_A_YEAR:
        warnings.append("a short HSTS max-age")
    if len(missing) == len(SIX):
        return "F", missing, warnings
    if missing:
        return "B or less", missing, warnings
    return ("A" if warnings else "A+"), missing, warnings
