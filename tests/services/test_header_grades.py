"""Every row of the graders' published rules."""

from __future__ import annotations

import httpx
import pytest

from wizard.services import csp, header_grades

HOST = "shop.example.com"
GOOD = {
    "strict-transport-security": "max-age=31536000",
    "content-security-policy": "default-src 'self'; object-src 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=()",
}


def response(headers=None, cookies=(), **more):
    pairs = [
        *{**GOOD, "content-type": "text/html", **(headers or {})}.items(),
        *(("set-cookie", each) for each in cookies),
    ]
    pairs = [(name, value) for name, value in pairs if value is not None]
    return httpx.Response(200, headers=pairs, request=httpx.Request("GET", f"https://{HOST}/"), **more)


def points(name, answer, **more):
    more = {"redirects": [f"https://{HOST}/"], **more}
    return next(
        test.points
        for test in header_grades.grade(answer, host=more.pop("host", HOST), **more).tests
        if test.name == name
    )


@pytest.mark.parametrize(
    ("policies", "cost"),
    [
        (["default-src 'none'"], 10),
        (["default-src 'self'"], 5),
        (["default-src 'self'; style-src 'self' 'unsafe-inline'"], 0),
        (["default-src 'self'; img-src http://cdn.example.com"], -10),
        (["default-src 'self'; script-src 'self' 'unsafe-eval'"], -10),
        (["default-src 'self'; script-src 'self' 'unsafe-inline'"], -20),
        (["default-src 'self'; script-src https:"], -20),
        (["default-src 'self'; script-src 'self' data:"], -20),
        (["default-src 'self'; script-src http://cdn.example.com"], -20),
        (["frame-ancestors 'none'"], -20),
        (["default-src 'self'; script-src 'nonce-abc' 'unsafe-inline'"], 5),
        (["default-src 'self'; script-src 'strict-dynamic'"], -25),
        (["default-src 'self'; script-src 'strict-dynamic' 'nonce-abc' https:"], 5),
        (["default-src 'self'; default-src 'none'"], -25),
        (["x"], -25),
        ([], -25),
        (["default-src 'self'", "script-src 'unsafe-inline'"], 5),
        (["default-src 'none', img-src 'self'"], 10),
    ],
)
def test_content_security_policies_are_graded(policies, cost):
    assert csp.grade(policies)[1] == cost


@pytest.mark.parametrize(
    ("cookies", "cost", "hsts"),
    [
        ((), 0, True),
        (("a=1; Secure; SameSite=Lax",), 5, True),
        (("sessionid=1; Secure; HttpOnly; SameSite=Lax", "csrftoken=2; Secure; SameSite=Lax"), 5, True),
        (("a=1; Secure",), 0, True),
        (("a=1; SameSite=Lax",), -5, True),
        (("sessionid=1; HttpOnly; SameSite=Lax",), -10, True),
        (("a=1; SameSite=Lax",), -20, False),
        (("a=1; SameSite=None",), -20, True),
        (("a=1; Secure; SameSite=Often",), 0, True),
        (("csrftoken=1; Secure",), -20, True),
        (("sessionid=1; Secure; SameSite=Lax",), -30, True),
        (("sessionid=1; HttpOnly; SameSite=Lax",), -40, False),
        (("heroku-session-affinity=1",), 0, True),
    ],
)
def test_cookies_are_graded(cookies, cost, hsts):
    headers = {} if hsts else {"strict-transport-security": None}
    assert points("cookies", response(headers, cookies)) == cost


@pytest.mark.parametrize(
    ("name", "value", "cost"),
    [
        ("referrer-policy", "no-referrer", 5),
        ("referrer-policy", "unsafe-url, strict-origin", 5),
        ("referrer-policy", None, 0),
        ("referrer-policy", "origin", -5),
        ("referrer-policy", "whatever", -5),
        ("strict-transport-security", "max-age=15552000", 0),
        ("strict-transport-security", "max-age=3600", -10),
        ("strict-transport-security", None, -20),
        ("strict-transport-security", "includeSubDomains", -20),
        ("strict-transport-security", "max-age=31536000, max-age=0", -20),
        ("x-content-type-options", "nosniff", 0),
        ("x-content-type-options", None, -5),
        ("x-frame-options", "SAMEORIGIN", 5),
        ("x-frame-options", "ALLOW-FROM https://a.example", 0),
        ("x-frame-options", None, -20),
        ("x-frame-options", "MAYBE", -20),
        ("cross-origin-resource-policy", "same-site", 10),
        ("cross-origin-resource-policy", "cross-origin", 0),
        ("cross-origin-resource-policy", None, 0),
        ("cross-origin-resource-policy", "x", -5),
        ("cross-origin-embedder-policy", "require-corp", 10),
        ("cross-origin-embedder-policy", "unsafe-none", 0),
        ("cross-origin-embedder-policy", "x", -5),
        ("cross-origin-opener-policy", "same-origin-allow-popups", 10),
        ("cross-origin-opener-policy", "unsafe-none", 0),
        ("cross-origin-opener-policy", "x", -5),
    ],
)
def test_each_header_has_its_cost(name, value, cost):
    assert points(name, response({name: value})) == cost


def test_frame_ancestors_replace_x_frame_options():
    policy = "default-src 'self'; frame-ancestors 'none'"
    assert points("x-frame-options", response({"content-security-policy": policy, "x-frame-options": None})) == 5


@pytest.mark.parametrize(
    ("redirects", "host", "cost"),
    [
        ([f"https://{HOST}/"], HOST, 0),
        (["https://www.example.com/"], HOST, -5),
        ([f"http://{HOST}/x", f"https://{HOST}/x"], HOST, -10),
        ([], HOST, -20),
        ([""], "shop.up.railway.app", 0),
    ],
)
def test_redirection_is_graded(redirects, host, cost):
    assert points("redirection", response(), redirects=redirects, host=host) == cost


@pytest.mark.parametrize(
    ("script", "cost"),
    [
        ('<script src="/js/a.js"></script>', 0),
        ('<script src="https://static.example.com/a.js"></script>', 0),
        ('<script src="https://cdn.net/a.js" integrity="sha384-x"></script>', 5),
        ('<script src="https://cdn.net/a.js"></script>', -5),
        ('<script src="http://cdn.net/a.js" integrity="sha384-x"></script>', -20),
        ('<script src="//cdn.net/a.js"></script>', -50),
    ],
)
def test_subresource_integrity_is_graded(script, cost):
    assert points("subresource-integrity", response(), body=script) == cost


@pytest.mark.parametrize(
    ("allowed", "credentials", "cost"),
    [(None, None, 0), ("*", None, 0), ("https://else.example", "true", -50), ("https://mine.example", "true", 0)],
)
def test_cross_origin_resource_sharing_is_graded(allowed, credentials, cost):
    request = httpx.Request("OPTIONS", f"https://{HOST}/", headers={"Origin": "https://else.example"})
    headers = {"access-control-allow-origin": allowed, "access-control-allow-credentials": credentials}
    answer = httpx.Response(200, headers={name: value for name, value in headers.items() if value}, request=request)
    assert points("cross-origin-resource-sharing", response(), cors=answer) == cost


@pytest.mark.parametrize(
    ("total", "letter"),
    [(0, "A+"), (-5, "A"), (-10, "A"), (-15, "A-"), (-20, "B+"), (-25, "B"), (-30, "B"), (-35, "B-"), (-40, "C+"),
     (-45, "C"), (-50, "C"), (-55, "C-"), (-60, "D+"), (-65, "D"), (-70, "D"), (-75, "D-"), (-80, "F"), (-200, "F")],
)  # fmt: skip
def test_each_score_has_its_letter(total, letter):
    found = header_grades.total((header_grades.Test("x", "", total),))
    assert found.letter == letter
    assert found.score == max(0, 100 + total)


def test_bonuses_count_from_90_points():
    assert header_grades.total((header_grades.Test("a", "", -10), header_grades.Test("b", "", 10))).score == 100
    assert header_grades.total((header_grades.Test("a", "", -15), header_grades.Test("b", "", 10))).score == 85


@pytest.mark.parametrize(
    ("headers", "letter", "missing"),
    [
        ({}, "A+", 0),
        ({"content-security-policy": "default-src 'self' 'unsafe-inline'"}, "A", 0),
        ({"referrer-policy": "unsafe-url"}, "A", 0),
        ({"strict-transport-security": "max-age=300"}, "A", 0),
        ({"permissions-policy": None}, "B or less", 1),
        (dict.fromkeys(GOOD), "F", 6),
    ],
)
def test_missing_headers_and_warnings_lower_the_rating(headers, letter, missing):
    found = header_grades.six_headers(response(headers))
    assert found[0] == letter
    assert len(found[1]) == missing
