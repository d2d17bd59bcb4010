"""Whether a response is the answer of the site's own view, or an error, or a redirect to another site."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import httpx

from wizard.site.session import Site


def other_host(site: Site, response: httpx.Response) -> str:
    """Return the host of another site to which *response* redirects, or an empty text."""
    if not response.is_redirect:
        return ""
    host = urlsplit(response.headers.get("location", "")).hostname or ""
    return "" if host == site.host else host


def problem(site: Site, path: str, response: httpx.Response) -> str:
    """Describe why *response* to *path* is no answer of its view; empty if it is one.

    A server error is none, nor a redirect to this machine or to the same path on another host, as a wrong setting of
    the site's own host makes it. Other redirects off the site may be meant, such as that to another service's login.
    """
    if response.status_code >= 500:
        return f"{path} {response.status_code}"
    host = other_host(site, response)
    if host and (_is_local(host) or urlsplit(response.headers["location"]).path.rstrip("/") == path.rstrip("/")):
        return f"{path} leads to {host}"
    return ""


def is_own_answer(site: Site, path: str, response: httpx.Response) -> bool:
    """Whether *response* is an answer of the site's own view, which can be measured."""
    return not problem(site, path, response) and not other_host(site, response)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".test", ".example.com", ".internal"))
