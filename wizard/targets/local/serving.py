"""Serve an aiohttp application on a free port of loopback."""

from __future__ import annotations

import base64
import ssl

from aiohttp import web

from wizard.base.secrets import constant_time_equal


async def serve(app: web.Application, context: ssl.SSLContext | None = None) -> tuple[web.AppRunner, int]:
    """Serve *app*, over TLS if there is a *context*. Returns the runner, whose `cleanup` ends it, and the port."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return runner, runner.addresses[0][1]


def has_basic_auth(request: web.Request, user: str, password: str) -> bool:
    """Return whether *request* carries these credentials."""
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return constant_time_equal(request.headers.get("Authorization", ""), expected)
