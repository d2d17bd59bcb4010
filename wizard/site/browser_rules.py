"""What a browser does with requests between two sites: CORS, and cookies that another site's page may send.

Each function returns why the browser blocks something; an empty string means that it does not.
Sources: the Fetch standard, CORS protocol; RFC 6265bis, 5.6 and 5.7.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

import httpx


def blocked_response(response: httpx.Response, origin: str) -> str:
    """Why a page of *origin* can't read *response* to a request with cookies."""
    allowed = response.headers.get("access-control-allow-origin", "")
    if allowed != origin:
        return f"Access-Control-Allow-Origin is {allowed or 'missing'}, expected {origin}"
    credentials = response.headers.get("access-control-allow-credentials", "")
    if credentials != "true":
        return f"Access-Control-Allow-Credentials is {credentials or 'missing'}, expected true"
    return ""


def blocked_preflight(response: httpx.Response, origin: str, headers: list[str]) -> str:
    """Why the browser does not send the POST with these *headers* and with cookies that it asked about."""
    if response.status_code not in range(200, 300):
        return f"the preflight got {response.status_code}"
    if blocked := blocked_response(response, origin):
        return blocked
    allowed = _entries(response, "access-control-allow-headers")
    if missing := [name for name in headers if name.lower() not in allowed]:
        return f"Access-Control-Allow-Headers lacks {', '.join(missing)}"
    return ""  # POST needs no permission by Access-Control-Allow-Methods


def blocked_cookie(set_cookie: str) -> str:
    """Why the browser does not send the cookie of this Set-Cookie header with requests from another site's page."""
    parsed: SimpleCookie = SimpleCookie()
    try:
        parsed.load(set_cookie)
    except CookieError:
        return "it is not valid"
    for morsel in parsed.values():
        same_site = morsel["samesite"] or "Lax, the browsers' default"
        if str(morsel["samesite"]).lower() != "none":
            return f"SameSite is {same_site}"
        if not morsel["secure"]:
            return "SameSite is None without Secure"
    return ""


def _entries(response: httpx.Response, name: str) -> set[str]:
    return {entry.strip().lower() for entry in response.headers.get(name, "").split(",")}
