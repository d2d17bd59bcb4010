"""A test double for Railway's edge: terminates TLS for *.up.railway.app and forwards to the active deployment.

Source: Railway's specifications of public networking: the headers it sets, its redirect to HTTPS, and its 502 page.
"""

from __future__ import annotations

import ssl
import time
import uuid

import aiohttp
import trustme
from aiohttp import web
from yarl import URL

CONNECTION_HEADERS = {"connection", "keep-alive", "te", "trailers", "transfer-encoding", "upgrade", "proxy-connection"}
SET_BY_EDGE = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded"}


class Edge:
    """Forwards to `upstream`, a port on loopback; 0 means that nothing is deployed."""

    def __init__(self, host):
        self.host, self.upstream = host, 0
        self.https_port = self.http_port = 0
        self.authority = trustme.CA(organization_name="Test double for Railway's edge")

    def client_context(self):
        """A TLS context that trusts this edge."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.authority.configure_trust(context)
        return context

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(self.host, "localhost", "127.0.0.1").configure_cert(context)
        return context

    async def start(self):
        self._client = aiohttp.ClientSession(
            auto_decompress=False, connector=aiohttp.TCPConnector(limit=0, force_close=True),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )  # fmt: skip
        secure, plain = web.Application(client_max_size=0), web.Application(client_max_size=0)
        secure.router.add_route("*", "/{path:.*}", self._forward)
        plain.router.add_route("*", "/{path:.*}", self._redirect)
        self._runners = []
        for app, context in ((secure, self.server_context()), (plain, None)):
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
            self._runners.append(runner)
        self.https_port, self.http_port = (runner.addresses[0][1] for runner in self._runners)

    async def stop(self):
        await self._client.close()
        for runner in self._runners:
            await runner.cleanup()

    async def _redirect(self, request):
        return web.Response(status=301, headers={"Location": f"https://{request.host}{request.raw_path}"})

    async def _forward(self, request):
        headers = [
            (name, value) for name, value in request.headers.items()
            if name.lower() not in CONNECTION_HEADERS | SET_BY_EDGE
        ]  # fmt: skip
        headers += [
            ("X-Real-IP", request.remote), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", request.host),
            ("X-Request-Start", str(int(time.time() * 1000))), ("X-Railway-Request-Id", uuid.uuid4().hex),
        ]  # fmt: skip
        url = f"http://127.0.0.1:{self.upstream or 1}{request.raw_path}"
        body = request.content if request.can_read_body else None
        try:
            async with self._client.request(
                request.method, URL(url, encoded=True), headers=headers, data=body,
                allow_redirects=False,
            ) as answer:  # fmt: skip
                response = web.StreamResponse(status=answer.status, reason=answer.reason)
                for name, value in answer.headers.items():
                    if name.lower() not in CONNECTION_HEADERS:
                        response.headers.add(name, value)
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                await response.write_eof()
                return response
        except (aiohttp.ClientError, OSError):
            return web.Response(
                status=502, text="Application failed to respond", headers={"X-Railway-Fallback": "true"}
            )
