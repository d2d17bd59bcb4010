"""Say why a request got no response: the name, the proxy, the certificate, a timeout, or a lost connection."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.request import getproxies, proxy_bypass

import httpx

from wizard.base.secrets import redact

PROXY = "HTTPS_PROXY"


def explain(error: httpx.HTTPError, url: str, *, direct: bool) -> tuple[str, str]:
    """Why a request to *url* failed, with the message of the system, and what to do.

    *direct*: the request ignored the proxies of the environment.
    """
    host = httpx.URL(url).host
    said = " ".join(redact(str(error)).split()) or type(error).__name__
    proxy = "" if direct else _proxy(url)
    causes = list(causes_of(error))
    if isinstance(error, httpx.ProxyError):
        return f'the proxy {proxy or "of the environment"} refused: "{said}"', f"Correct {PROXY}, or unset it."
    if isinstance(error, httpx.TimeoutException):
        return f"{host} timed out ({type(error).__name__})", _check(host, proxy)
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "CERTIFICATE_VERIFY_FAILED" in said:
        hint = (
            f"Open https://{host} in a browser: a proxy or this machine's clock may be the reason. "
            "If your company has its own authority, name its file in SSL_CERT_FILE."
        )
        return f'the TLS connection to {host} failed: "{said}"', hint
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        asked = proxy or host
        return f'DNS knows no address of {asked}: "{said}"', _check(host, proxy)
    if proxy and isinstance(error, httpx.ConnectError):
        return f'the proxy {proxy} can\'t be reached: "{said}"', f"Correct {PROXY}, or unset it."
    return f'{host} ended the connection: "{said}"' if _ended(error) else f'{host}: "{said}"', _check(host, proxy)


def _ended(error: httpx.HTTPError) -> bool:
    return isinstance(error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError)


def _check(host: str, proxy: str) -> str:
    through = f" through the proxy {proxy} ({PROXY})" if proxy else ""
    return f"Check that this machine can reach it{through}: `curl -I https://{host}`."


def _proxy(url: str) -> str:
    """Host and port of the proxy that the environment names for *url*; empty for none. Never its password."""
    parts = httpx.URL(url)
    found = getproxies()
    address = found.get(parts.scheme) or found.get("all") or ""
    if not address or proxy_bypass(parts.host):
        return ""
    proxy = httpx.URL(address if "://" in address else f"http://{address}")
    return f"{proxy.host}:{proxy.port}" if proxy.port else proxy.host


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """*error* and the exceptions that led to it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
