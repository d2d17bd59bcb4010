"""The opening handshake of a WebSocket. Source: RFC 6455, section 4."""

from __future__ import annotations

import base64
import re
import secrets
import ssl
from collections.abc import Mapping

import httpx

from wizard.base import process
from wizard.base.errors import SiteError
from wizard.services.http import without_authorities
from wizard.site.session import Site

SECONDS = 30.0
SWITCHING_PROTOCOLS = 101


def open_websocket(site: Site, path: str, more: Mapping[str, str] | None = None) -> int:
    """Send the handshake that a browser on the site's own page sends, and return the response's status.

    *more* are headers to add, such as cookies.

    Raises:
        SiteError: there was no response.
    """
    headers = {
        "Host": site.host, "Origin": f"https://{site.host}", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
        **(more or {}),
    }  # fmt: skip
    if site.public:
        url, extensions = f"https://{site.host}{path}", {}
    elif site.tls:
        url, extensions = f"https://127.0.0.1:{site.port}{path}", {"sni_hostname": site.host}
    else:
        url, extensions = f"http://127.0.0.1:{site.port}{path}", {}
        headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-Host": site.host}
    try:
        with (
            process.waiting(),
            httpx.Client(verify=_authorities(site), timeout=SECONDS, trust_env=site.public) as client,
            client.stream("GET", url, headers=headers, extensions=extensions) as response,
        ):
            return response.status_code
    except httpx.HTTPError as error:
        raise SiteError(f"The WebSocket {path} got no response", f"{type(error).__name__}: {error}") from error


def _authorities(site: Site) -> ssl.SSLContext:
    return site.tls or (httpx.create_ssl_context() if site.public else without_authorities())


def example_path(pattern: str) -> str:
    """A path that the route *pattern* matches, with 1 or another simple value for each parameter."""
    text = re.sub(r"\\Z|[\^$?]|\\(?=[./-])", "", pattern)
    text = re.sub(r"<uuid:[^>]+>", "00000000-0000-4000-8000-000000000001", text)
    text = re.sub(r"<[^>()]+>(?![^()]*\))", "1", text)
    text = re.sub(r"\((?:P<\w+>)?[^()]*\)[+*]?", "1", text)
    return "/" + text.lstrip("/")
