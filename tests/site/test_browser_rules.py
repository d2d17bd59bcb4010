"""Requests between two sites, judged as a browser judges them."""

from __future__ import annotations

import httpx
import pytest

from wizard.site.browser_rules import blocked_cookie, blocked_preflight

LACKS = "Access-Control-Allow-Headers lacks content-type, x-csrftoken"
ORIGIN = "https://shop.example.com"
ALLOWED = {
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": "accept, Content-Type, x-csrftoken",
}


@pytest.mark.parametrize(
    ("status", "changed", "reason"),
    [
        (200, {}, ""),
        (301, {}, "the preflight got 301"),
        (200, {"access-control-allow-origin": "*"}, f"Access-Control-Allow-Origin is *, expected {ORIGIN}"),
        (200, {"access-control-allow-origin": ""}, f"Access-Control-Allow-Origin is missing, expected {ORIGIN}"),
        (200, {"access-control-allow-credentials": ""}, "Access-Control-Allow-Credentials is missing, expected true"),
        (200, {"access-control-allow-headers": "accept"}, LACKS),
        # With cookies the wildcard is a name like any other.
        (200, {"access-control-allow-headers": "*"}, LACKS),
    ],
)
def test_a_preflight_needs_the_origin_the_cookies_and_the_headers(status, changed, reason):
    response = httpx.Response(status, headers=ALLOWED | changed)
    assert blocked_preflight(response, ORIGIN, ["content-type", "x-csrftoken"]) == reason


@pytest.mark.parametrize(
    ("cookie", "reason"),
    [
        ("sessionid=1; SameSite=None; Secure; HttpOnly", ""),
        ("sessionid=1; Secure; samesite=none", ""),
        ("sessionid=1; SameSite=Lax; Secure", "SameSite is Lax"),
        ("sessionid=1; Secure", "SameSite is Lax, the browsers' default"),
        ("sessionid=1; SameSite=None", "SameSite is None without Secure"),
    ],
)
def test_a_cookie_is_sent_to_another_site_with_same_site_none_and_secure(cookie, reason):
    assert blocked_cookie(cookie) == reason
