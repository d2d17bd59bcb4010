"""Whether a response is the answer of the site's own view, or an error, or a redirect to another site."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from steps.shared.page_answers import get_page
from wizard.site.session import Site

WEB, SCRIPTS = ("http", "https"), ("javascript", "data")
"""Schemes of addresses, and those that no browser follows in a redirect."""
MOST_REDIRECTS = 5
"""More redirects in a row are a loop."""


def target_of(site: Site, path: str, response: httpx.Response) -> SplitResult | None:
    """Where the redirect *response* to *path* leads. None if that is no address."""
    try:
        target = urlsplit(urljoin(f"https://{site.host}{path}", response.headers.get("location", "")))
        return target if target.hostname or target.scheme not in WEB else None
    except ValueError:
        return None


def other_host(site: Site, response: httpx.Response) -> str:
    """Return the host of another site to which *response* redirects, or an empty text.

    An app on a phone can have a scheme of its own, which counts as a host.
    """
    target = target_of(site, "/", response) if response.is_redirect else None
    if target is None:
        return ""
    host = target.hostname or f"{target.scheme}:"
    return "" if host == site.host and target.scheme in WEB else host


def problem(site: Site, path: str, response: httpx.Response) -> str:
    """Describe why *response* to *path* is no answer of its view; empty if it is one.

    A server error is none, nor a redirect to the same URL, to this machine or to the same path on another host, as a
    wrong setting of the site's own host makes it. Other redirects off the site may be meant, such as to another
    service's login.
    """
    if response.status_code >= 500:
        return f"{path} {response.status_code}"
    if leads_to_itself(site, path, response):
        return f"{path} redirects to itself"
    target = target_of(site, path, response) if response.is_redirect else None
    if response.is_redirect and (target is None or target.scheme in SCRIPTS):
        return f"{path} redirects to {response.headers.get('location', '')[:60]!r}, which is no address of a page"
    host = other_host(site, response)
    if target is not None and host and (_is_local(host) or target.path.rstrip("/") == path.rstrip("/")):
        return f"{path} leads to {host}"
    return ""


def leads_to_itself(site: Site, path: str, response: httpx.Response) -> bool:
    """Whether *response* to *path* is a redirect to the same URL, or to its version without HTTPS."""
    if not response.is_redirect:
        return False
    here, there = urlsplit(f"https://{site.host}{path}"), target_of(site, path, response)
    return there is not None and (there.hostname, there.path, there.query) == (here.hostname, here.path, here.query)


def follow(site: Site, path: str, response: httpx.Response) -> tuple[str, httpx.Response]:
    """Follow redirects on this site from *response* to *path*. Return the last path, and its response.

    Raises:
        SiteError: a page on the way does not answer.
    """
    for _ in range(MOST_REDIRECTS):
        if not response.is_redirect or other_host(site, response) or leads_to_itself(site, path, response):
            break
        target = target_of(site, path, response)
        if target is None:
            break
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        response = get_page(site, path)
    return path, response


def is_own_answer(site: Site, path: str, response: httpx.Response) -> bool:
    """Whether *response* is an answer of the site's own view, which can be measured. A redirect is none."""
    return not problem(site, path, response) and not response.is_redirect


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".test", ".example.com", ".internal"))
