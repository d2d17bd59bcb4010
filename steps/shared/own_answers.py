"""Whether a response is the answer of the site's own view, or an error, or a redirect to another site."""

from __future__ import annotations

import ipaddress
from urllib.parse import urljoin, urlsplit

import httpx

from wizard.site.session import Site

MOST_REDIRECTS = 5
"""More redirects in a row are a loop."""


def other_host(site: Site, response: httpx.Response) -> str:
    """Return the host of another site to which *response* redirects, or an empty text."""
    if not response.is_redirect:
        return ""
    host = urlsplit(response.headers.get("location", "")).hostname or ""
    return "" if host == site.host else host


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
    host = other_host(site, response)
    if host and (_is_local(host) or urlsplit(response.headers["location"]).path.rstrip("/") == path.rstrip("/")):
        return f"{path} leads to {host}"
    return ""


def leads_to_itself(site: Site, path: str, response: httpx.Response) -> bool:
    """Whether *response* to *path* is a redirect to the same URL, or to its version without HTTPS."""
    if not response.is_redirect:
        return False
    here = urlsplit(f"https://{site.host}{path}")
    there = urlsplit(urljoin(here.geturl(), response.headers.get("location", "")))
    return (there.hostname, there.path, there.query) == (here.hostname, here.path, here.query)


def follow(site: Site, path: str, response: httpx.Response) -> tuple[str, httpx.Response]:
    """Follow redirects on this site from *response* to *path*. Return the last path, and its response."""
    for _ in range(MOST_REDIRECTS):
        if not response.is_redirect or other_host(site, response) or leads_to_itself(site, path, response):
            break
        target = urlsplit(urljoin(f"https://{site.host}{path}", response.headers.get("location", "")))
        path = target.path + (f"?{target.query}" if target.query else "")
        response = site.get(path)
    return path, response


def is_own_answer(site: Site, path: str, response: httpx.Response) -> bool:
    """Whether *response* is an answer of the site's own view, which can be measured. A redirect is none."""
    return not problem(site, path, response) and not response.is_redirect


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".test", ".example.com", ".internal"))
