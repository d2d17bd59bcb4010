"""The edge of the rehearsal: terminates TLS in front of the service, as Railway's edge does.

It redirects HTTP to HTTPS, replaces forwarding headers of clients with its own, streams bodies, passes WebSockets
through, and can throttle traffic. Its certificate comes from a temporary authority.
Source of the headers and the redirect: Railway's specifications of public networking.
"""

from __future__ import annotations

import asyncio
import ssl
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import trustme
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
    "upgrade",
}  # fmt: skip
"""Headers that belong to one connection. Source: RFC 9110, 7.6.1."""
FORWARDING_HEADERS = {
    "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip",
    "x-railway-edge", "x-railway-request-id", "x-request-start",
}  # fmt: skip
"""Headers that only the edge sets. Those of clients are dropped, except that X-Forwarded-For is continued.

Source: Railway's specifications of public networking. They name neither X-Forwarded-For nor headers such as Forwarded
and True-Client-IP, so the rehearsal passes on what a client claims there, and a limiter that believes it is seen.
"""
CHUNK = 16_384
REQUEST_SECONDS = 900
"""The time limit of one request, as at Railway. Source: Railway's specifications of public networking."""


@dataclass(frozen=True)
class TrafficShape:
    """A slow connection: bytes per second in each direction, and seconds before a response begins."""

    name: str
    rate: float
    latency: float


SLOW_3G = TrafficShape("slow 3G", 500 * 1000 / 8 * 0.8, 2.0)
"""50,000 bytes per second and 2 s of latency: 80% of 500 kbit/s, and five times 400 ms.

Source: the preset of this name in Chrome's developer tools (front_end/core/sdk/NetworkManager.ts).
"""


class Edge:
    """Forwards requests for *host* to `upstream`, the service's port on loopback. Belongs to one event loop.

    If *beyond* is the URL of a real site, the edge forwards to that site instead, and only throttles.
    """

    def __init__(self, host: str, beyond: str = "") -> None:
        self.host, self.beyond = host, beyond
        self.upstream = 0
        self.cut = False
        """Whether the edge answers as if the service had stopped."""
        self.shape: TrafficShape | None = None
        self.open: Counter[int] = Counter()
        """How many requests each port of the service is answering."""
        self._answered = asyncio.Event()
        self.http_port = self.https_port = 0
        self._authority = trustme.CA(organization_name="Golive rehearsal")
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    def client_context(self) -> ssl.SSLContext:
        """Return a context that trusts only the edge's own authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return context

    def write_authority(self, path: Path) -> None:
        """Write the certificate of the edge's authority to *path*."""
        self._authority.cert_pem.write_to_path(str(path))

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(self.host, "localhost", "127.0.0.1").configure_cert(context)
        return context

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            trust_env=bool(self.beyond),  # the real site may only be reachable through a proxy
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.handle)
        self._runner = web.AppRunner(app, access_log=None, max_line_size=32_768, max_field_size=32_768)
        await self._runner.setup()
        secure = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.server_context())
        plain = web.TCPSite(self._runner, "127.0.0.1", 0)
        await secure.start()
        await plain.start()
        self.https_port, self.http_port = (address[1] for address in self._runner.addresses)

    async def stop(self) -> None:
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    async def answered(self, port: int, seconds: float) -> None:
        """Wait until the service at *port* has answered all its requests, at most *seconds*."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.open[port]:
                    self._answered.clear()
                    await self._answered.wait()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        port = self.upstream
        self.open[port] += 1
        try:
            return await self._handle(request)
        finally:
            self.open[port] -= 1
            self._answered.set()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.secure is False and request.transport and request.transport.get_extra_info("sslcontext") is None:
            return web.Response(status=301, headers={"Location": f"https://{self.host}{request.raw_path}"})
        if self.cut:
            return _unreachable()
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._websocket(request)
        if self.shape:
            await asyncio.sleep(self.shape.latency)
        assert self._session is not None
        body = self._throttled_body(request) if request.can_read_body else None
        try:
            async with self._session.request(
                request.method, self._url(request, "http"), headers=self._headers(request), data=body,
                allow_redirects=False,
            ) as response:  # fmt: skip
                return await self._forward(request, response)
        except (aiohttp.ClientError, OSError):
            return _unreachable()

    def _url(self, request: web.Request, scheme: str) -> URL:
        base = self.beyond or f"{scheme}://127.0.0.1:{self.upstream}"
        return URL(f"{base}{request.raw_path}", encoded=True)

    def _headers(self, request: web.Request) -> CIMultiDict[str]:
        headers = CIMultiDict(
            (name, value)
            for name, value in request.headers.items()
            if name.lower() not in HOP_BY_HOP | FORWARDING_HEADERS and not name.lower().startswith("sec-websocket-")
        )
        headers["Host"] = request.host
        headers["X-Real-IP"] = request.remote or ""
        claimed = request.headers.getall("X-Forwarded-For", [])
        headers["X-Forwarded-For"] = ", ".join([*claimed, request.remote or ""])
        headers["X-Forwarded-Proto"] = "https"
        headers["X-Forwarded-Host"] = request.host
        headers["X-Request-Start"] = str(int(time.time() * 1000))
        headers["X-Railway-Edge"] = "rehearsal"
        headers["X-Railway-Request-Id"] = uuid.uuid4().hex
        return headers

    async def _throttled_body(self, request: web.Request):  # type: ignore[no-untyped-def] # an asynchronous generator
        async for chunk in request.content.iter_chunked(CHUNK):
            if self.shape:
                await asyncio.sleep(len(chunk) / self.shape.rate)
            yield chunk

    async def _forward(self, request: web.Request, response: aiohttp.ClientResponse) -> web.StreamResponse:
        forwarded = web.StreamResponse(status=response.status, reason=response.reason)
        for name, value in response.headers.items():
            if name.lower() not in HOP_BY_HOP:
                forwarded.headers.add(name, value)
        await forwarded.prepare(request)
        try:
            async for chunk in response.content.iter_chunked(CHUNK):
                if self.shape:
                    await asyncio.sleep(len(chunk) / self.shape.rate)
                await forwarded.write(chunk)
            await forwarded.write_eof()
        except (aiohttp.ClientError, OSError):  # the service or the client ended in the middle of the answer
            if request.transport:
                request.transport.abort()
        return forwarded

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        protocols = [protocol.strip() for protocol in offered if protocol.strip()]
        try:
            inner = await self._session.ws_connect(
                self._url(request, "ws"), headers=self._headers(request), protocols=protocols
            )
        except aiohttp.WSServerHandshakeError as error:  # the service's own answer
            return web.Response(status=error.status, text=error.message)
        except (aiohttp.ClientError, OSError):
            return _unreachable()
        async with inner:
            outer = web.WebSocketResponse(protocols=[inner.protocol] if inner.protocol else ())
            await outer.prepare(request)
            relays = (asyncio.ensure_future(_relay(inner, outer)), asyncio.ensure_future(_relay(outer, inner)))
            _, pending = await asyncio.wait(relays, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            await outer.close()
            return outer


def _unreachable() -> web.Response:
    text = "Application failed to respond"
    return web.Response(status=502, text=text, headers={"X-Railway-Fallback": "true"})


async def _relay(
    source: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
    to: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await to.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await to.send_bytes(message.data)
