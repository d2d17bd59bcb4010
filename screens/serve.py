"""The guided session in a browser of this machine: loopback alone, behind a token, nothing loaded from elsewhere."""

from __future__ import annotations

import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web

from wizard.errors import UsageError

HERE = "127.0.0.1"
COOKIE = "golive-{port}"
"""Ports of a host share their cookies, so each server has one of its own."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refused(why: str) -> web.Response:
    return web.Response(status=403, text=f"{why}. Open the address that `golive serve` printed.\n")


def guard(app: web.Application, port: int, token: str) -> None:
    """Let into *app* only who came with *token*; a cookie stands for it from then on.

    The Host header is looked at so that no other site's name leads here, the Origin so that no other page does.
    """
    here, cookie = f"{HERE}:{port}", COOKIE.format(port=port)
    policy = (
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self'; connect-src ws://{here} http://{here}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host") != here:
            return refused("This is not the name of this server")
        if request.headers.get("Origin", f"http://{here}") != f"http://{here}":
            return refused("Another site asks for this page")
        if request.path == "/" and "token" in request.query:
            if not secrets.compare_digest(request.query["token"].encode(), token.encode()):
                return refused("The token is a wrong one")
            inside = web.HTTPSeeOther("/")  # the token leaves the address, and so the browser's history
            inside.set_cookie(cookie, token, httponly=True, samesite="Strict", path="/")
            inside.headers["Referrer-Policy"] = "no-referrer"
            return inside
        if not secrets.compare_digest(request.cookies.get(cookie, "").encode(), token.encode()):
            return refused("A token is needed")
        return await handler(request)

    async def headed(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Content-Security-Policy"] = policy
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"

    app.middlewares.append(guarded)
    app.on_response_prepare.append(headed)


def run(arguments: list[str], port: int) -> int:
    """Serve sessions of `golive *arguments*` until Ctrl-C; returns the exit code. Port 0 is any that is free.

    Raises:
        UsageError: the extra is not installed, or the port is taken.
    """
    try:
        from textual_serve.server import Server
    except ImportError as error:
        hint = "Install it: pip install 'django-golive[serve]'"
        raise UsageError("The session in a browser needs textual-serve", "it is not installed", hint) from error
    try:
        listening = socket.create_server((HERE, port))
    except OSError as error:
        raise UsageError(f"Port {port} can't be used", str(error.strerror), "Give another with --port.") from error
    port, token = listening.getsockname()[1], secrets.token_urlsafe(32)

    class Guarded(Server):
        async def _make_app(self) -> web.Application:
            app = await super()._make_app()
            guard(app, port, token)
            return app

        async def on_startup(self, app: web.Application) -> None:
            sys.stdout.write(
                f"Open http://{HERE}:{port}/?token={token}\nin a browser of this machine; Ctrl-C ends it.\n"
            )
            sys.stdout.flush()

    command = shlex.join([sys.executable, "-P", "-m", "wizard", *arguments])
    server = Guarded(f"exec {command}", HERE, port, "Golive")
    web.run_app(server._make_app(), sock=listening, print=None, access_log=None)
    return 0
