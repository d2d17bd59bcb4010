"""An HTTP session with a running site, on loopback or in production, with the headers that the platform's edge sets."""

from __future__ import annotations

import itertools
import random
import secrets
import ssl
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from wizard.base import process
from wizard.base.errors import SiteError
from wizard.services.http import ResponseTooLarge, fetch, without_authorities

_clients = itertools.count(random.randrange(1, 200))  # noqa: S311 - not used for security


def new_client_address() -> str:
    """Return a client address that no check has used yet, from the documentation networks. Source: RFC 5737."""
    number = next(_clients)
    return f"{('192.0.2', '198.51.100', '203.0.113')[number // 254 % 3]}.{number % 254 + 1}"


_TOKEN = secrets.token_hex(16)
"""A CSRF token. Django accepts any 32 letters and digits if the cookie and the header are equal."""


def cookie_header(cookies: Mapping[str, str] | httpx.Cookies) -> dict[str, str]:
    """Return the `Cookie` header for *cookies* as a mapping; empty without cookies."""
    pairs = (
        [(cookie.name, cookie.value) for cookie in cookies.jar]
        if isinstance(cookies, httpx.Cookies)
        else cookies.items()
    )
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in pairs)} if cookies else {}


MAX_RETRY_SECONDS = 90
"""The longest `Retry-After`, in seconds, for which Golive waits."""
PEEK = 10.0
"""Seconds in which a page must begin its response, where only its headers are read."""
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=0)


@dataclass
class Site:
    """A running site. *host* is its public name, *csrf_cookie* the name of its CSRF cookie.

    There are three kinds:
    - Without *tls*: the service itself on loopback. Requests get the headers that the edge would set.
    - With *tls*: the rehearsal's edge on loopback. *port* is for HTTPS, *plain_port* for HTTP, and on Linux each client
      connects from its own loopback address.
    - *public*: the real site, reached by its name. All requests come from this machine's address.
    """

    port: int
    host: str
    csrf_cookie: str = "csrftoken"
    tls: ssl.SSLContext | None = None
    plain_port: int = 0
    public: bool = False
    _clients: dict[str, httpx.Client] = field(default_factory=dict)

    def _client(self, address: str) -> httpx.Client:
        """Return the HTTP client for *address*, on Linux bound to a matching 127.0.0.0/8 address."""
        local = "127." + address.split(".", 1)[1] if self.tls and not self.public and sys.platform == "linux" else ""
        if local not in self._clients:  # a client is made only if it is needed: that can take 0.1 s
            self._clients[local] = self._new_client(local)
        return self._clients[local]

    def _new_client(self, local: str) -> httpx.Client:
        if self.public:
            context = httpx.create_ssl_context()
            return httpx.Client(verify=context, timeout=120, cookies=_no_cookies(), follow_redirects=False)
        transport = httpx.HTTPTransport(
            verify=self.tls or without_authorities(), local_address=local or None, limits=LIMITS
        )
        return httpx.Client(
            transport=transport, timeout=120, trust_env=False, cookies=_no_cookies(), follow_redirects=False
        )

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def request(
        self,
        method: str,
        path: str,
        *,
        https: bool = True,
        host: str = "",
        client: str = "192.0.2.1",
        headers: Mapping[str, str] | None = None,
        patient: bool = False,
        **more: Any,
    ) -> httpx.Response:
        """Send one request from the address *client*. *path* can also be a complete URL on loopback.

        On a public site all clients share one address. There a *patient* request that hits the site's rate limit is
        sent once more after the time that the site asks for.

        Raises:
            SiteError: there was no response, or it was too large.
        """
        url, route_headers, extensions = self._route(path, https=https, host=host or self.host, client=client)
        sent = {**route_headers, **(headers or {})}
        with process.waiting():
            try:
                response = fetch(self._client(client), method, url, headers=sent, extensions=extensions, **more)
                if patient and self.public and (seconds := retry_seconds(response)):
                    process.pause(seconds)
                    response = fetch(self._client(client), method, url, headers=sent, extensions=extensions, **more)
                return response
            except ResponseTooLarge as error:
                raise SiteError(f"{method} {path} got {error}") from error
            except httpx.InvalidURL as error:
                raise SiteError(_invalid(f"{method} {path}", url), str(error)) from error
            except httpx.HTTPError as error:
                raise SiteError(f"{method} {path} got no response", f"{type(error).__name__}: {error}") from error

    def peek(self, path: str, client: str) -> httpx.Response:
        """GET *path*, and read the headers of its response only: a page may never end, as one with events.

        Raises:
            SiteError: there was no response in PEEK seconds.
        """
        url, headers, extensions = self._route(path, https=True, host=self.host, client=client)
        try:
            with (
                process.waiting(),
                self._client(client).stream(
                    "GET", url, headers=headers, extensions=extensions, timeout=PEEK
                ) as response,
            ):
                return response
        except httpx.InvalidURL as error:
            raise SiteError(_invalid(f"GET {path}", url), str(error)) from error
        except httpx.HTTPError as error:
            raise SiteError(f"GET {path} got no response", f"{type(error).__name__}: {error}") from error

    def _route(self, path: str, *, https: bool, host: str, client: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """Return the URL of a request, its routing headers, and its extensions for httpx."""
        scheme = "https" if https else "http"
        if self.public:
            return (path if path.startswith(("http://", "https://")) else f"{scheme}://{host}{path}"), {}, {}
        headers = {"Host": host, "Connection": "close"}
        if self.tls is None:
            forwarded = {"X-Forwarded-Proto": scheme, "X-Forwarded-Host": host, "X-Real-IP": client}
            return f"http://127.0.0.1:{self.port}{path}", {**forwarded, **headers}, {}
        if path.startswith(("http://127.0.0.1:", "https://127.0.0.1:")):
            return path, {"Connection": "close"}, {}
        port = self.port if https else self.plain_port
        return f"{scheme}://127.0.0.1:{port}{path}", headers, {"sni_hostname": host}

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def form(self, path: str, client: str, cookies: Mapping[str, str] | None = None) -> dict[str, str]:
        """Request the page at *path* and return the headers with which a browser would post from it.

        These are cookies, CSRF token, origin and referer. If the page sets no CSRF cookie, a token is made up, as if
        another page of the site had set it.
        """
        sent = dict(cookies or {})
        page = self.get(path, client=client, headers=cookie_header(sent))
        name, token = next(((k, v) for k, v in page.cookies.items() if "csrf" in k.lower()), (self.csrf_cookie, _TOKEN))
        origin = {"Origin": f"https://{self.host}", "Referer": f"https://{self.host}{path}"}
        return {**origin, **cookie_header({**sent, name: token}), "X-CSRFToken": token}

    def burst(self, path: str, count: int, **more: Any) -> list[int]:
        """Send *count* posts in parallel and return their statuses, sorted; 0 means no response."""
        with process.waiting(), ThreadPoolExecutor(count) as pool:
            return sorted(pool.map(lambda _: self._status(path, more), range(count)))

    def _status(self, path: str, more: dict[str, Any]) -> int:
        try:
            return self.post(path, **more).status_code
        except SiteError:
            return 0


def retry_seconds(response: httpx.Response) -> float:
    """Return how long to wait after a 429 by its `Retry-After` header; 0 without one, or if it is too long."""
    seconds = response.headers.get("retry-after", "") if response.status_code == 429 else ""
    return float(seconds) + 1 if seconds.isdigit() and int(seconds) <= MAX_RETRY_SECONDS else 0.0


def _invalid(request: str, url: str) -> str:
    """What is wrong with a *request* to *url* for which httpx raises InvalidURL: the client reads redirects, too."""
    try:
        httpx.URL(url)
    except httpx.InvalidURL:
        return f"{request} has no valid address"
    return f"{request} redirects to an invalid address"


def _no_cookies() -> CookieJar:
    """Return a jar that stores nothing: callers send their own cookies, so visitors who share a client stay apart."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def summarize_statuses(statuses: Iterable[int]) -> str:
    """Summarize statuses as `401 × 5, 429 × 55`."""
    return ", ".join(f"{status or 'no response'} × {len(list(group))}" for status, group in itertools.groupby(statuses))
