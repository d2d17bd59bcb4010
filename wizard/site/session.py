"""The running site as its visitors meet it: behind a TLS edge, each request with the headers the platform sets."""

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
from wizard.services.http import ResponseTooLarge, fetch

_clients = itertools.count(random.randrange(1, 200))  # noqa: S311 - which documentation address is used is no secret


def new_client_address() -> str:
    """An address no check has used yet, from the networks reserved for documentation (RFC 5737)."""
    number = next(_clients)
    return f"{('192.0.2', '198.51.100', '203.0.113')[number // 254 % 3]}.{number % 254 + 1}"


_TOKEN = secrets.token_hex(16)
"""Any 32 letters are a token to Django, as long as cookie and header agree."""


def cookie_header(cookies: Mapping[str, str] | httpx.Cookies) -> dict[str, str]:
    """The header with which a browser sends *cookies* back; none without any."""
    pairs = [(each.name, each.value) for each in cookies.jar] if isinstance(cookies, httpx.Cookies) else cookies.items()
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in pairs)} if cookies else {}


PATIENCE = 90
"""Seconds to wait, at most, for a site to take requests again."""
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=0)


@dataclass
class Site:
    """A server on loopback; *host* is the name visitors use, *csrf* the cookie that carries a form's token.

    Without *tls* this is the service itself, and the headers the edge would set are set here. With it this is the edge
    with its authority: *port* speaks HTTPS, *plain_port* HTTP, and each client really comes from an address of its own.
    A *public* one is the real site, reached by its name through whatever network and proxies there are: from one
    address, whoever asks.
    """

    port: int
    host: str
    csrf_cookie: str = "csrftoken"
    tls: ssl.SSLContext | None = None
    plain_port: int = 0
    public: bool = False
    _clients: dict[str, httpx.Client] = field(default_factory=dict)

    def _client(self, address: str) -> httpx.Client:
        """A client that comes from *address*, told as one of loopback, where the system lets it."""
        if self.public:
            return self._clients.setdefault("", httpx.Client(timeout=120, cookies=_forgetful(), follow_redirects=False))
        local = "127." + address.split(".", 1)[1] if self.tls and sys.platform == "linux" else ""
        if local not in self._clients:
            transport = httpx.HTTPTransport(verify=self.tls or True, local_address=local or None, limits=LIMITS)
            self._clients[local] = httpx.Client(
                transport=transport, timeout=120, trust_env=False, cookies=_forgetful(), follow_redirects=False
            )
        return self._clients[local]

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
        """One request, *https* or plain, from the client's address; *path* may be a whole address on this machine.

        A *patient* one is sent again where the public site's own limit met it: there everybody comes from one address.
        """
        name = host or self.host
        sent = {"Host": name, "Connection": "close", **(headers or {})}
        extensions: dict[str, str] = {}
        if self.public:
            url = path if path.startswith(("http://", "https://")) else f"{'https' if https else 'http'}://{name}{path}"
            sent = dict(headers or {})
        elif self.tls is None:
            forwarded = {
                "X-Forwarded-Proto": "https" if https else "http",
                "X-Forwarded-Host": name,
                "X-Real-IP": client,
            }
            url = f"http://127.0.0.1:{self.port}{path}"
            sent = {**forwarded, **sent}
        elif path.startswith(("http://127.0.0.1:", "https://127.0.0.1:")):
            url = path
            sent.pop("Host")
        else:
            port = self.port if https else self.plain_port
            url = f"{'https' if https else 'http'}://127.0.0.1:{port}{path}"
            extensions["sni_hostname"] = name
        with process.waiting():
            try:
                answer = fetch(self._client(client), method, url, headers=sent, extensions=extensions, **more)
                if patient and self.public and (seconds := retry_seconds(answer)):
                    process.pause(seconds)
                    answer = fetch(self._client(client), method, url, headers=sent, extensions=extensions, **more)
                return answer
            except ResponseTooLarge as error:
                raise SiteError(f"{method} {path} got no answer that ends", str(error)) from error
            except httpx.HTTPError as error:
                raise SiteError(f"{method} {path} got no answer", f"{type(error).__name__}: {error}") from error

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def form(self, path: str, client: str, cookies: Mapping[str, str] | None = None) -> dict[str, str]:
        """Headers with which a browser that has opened the page would post to it: cookies, token, origin, referer.

        A page that hands out no token is posted to as by a browser that got one elsewhere on the site.
        """
        sent = dict(cookies or {})
        page = self.get(path, client=client, headers=cookie_header(sent))
        name, token = next(((k, v) for k, v in page.cookies.items() if "csrf" in k.lower()), (self.csrf_cookie, _TOKEN))
        origin = {"Origin": f"https://{self.host}", "Referer": f"https://{self.host}{path}"}
        return {**origin, **cookie_header({**sent, name: token}), "X-CSRFToken": token}

    def burst(self, path: str, count: int, **more: Any) -> list[int]:
        """The statuses of *count* posts sent at once."""
        with process.waiting(), ThreadPoolExecutor(count) as pool:
            return sorted(pool.map(lambda _: self._status(path, more), range(count)))

    def _status(self, path: str, more: dict[str, Any]) -> int:
        try:
            return self.post(path, **more).status_code
        except SiteError:
            return 0


def retry_seconds(answer: httpx.Response) -> float:
    """Seconds until the site takes requests again, where it says so and that is soon; else 0."""
    seconds = answer.headers.get("retry-after", "") if answer.status_code == 429 else ""
    return float(seconds) + 1 if seconds.isdigit() and int(seconds) <= PATIENCE else 0.0


def _forgetful() -> CookieJar:
    """Whoever sends a request brings its own cookies: a client that kept them would mix its visitors up."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def summarize_statuses(statuses: Iterable[int]) -> str:
    """Statuses told short: `401 × 5, 429 × 55`."""
    return ", ".join(f"{status or 'no answer'} × {len(list(group))}" for status, group in itertools.groupby(statuses))
