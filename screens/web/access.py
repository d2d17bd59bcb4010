"""Access to the sessions of `golive serve`: only for the user who started it.

The threats, and the protection against each:

- Another user of this machine can connect to 127.0.0.1 and read every command line. The server asks for a random token,
  which Golive puts in no command line and no environment. It works once: a copy of the address in a browser's command
  line, its history or the terminal is worthless after that.
- A site in the user's browser is stopped by the Host header (DNS rebinding), the Origin header (websockets) and the
  SameSite cookie.
- A server at another port of 127.0.0.1 counts as the same site, and browsers send it the cookies of all ports. So the
  cookie is bound to a random path. `__Host-` and `Secure` are no help: they need HTTPS, and `__Host-` forbids a path.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web

from wizard.base.secrets import constant_time_equal

HERE = "127.0.0.1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NEW_ADDRESS = "Press Enter in the terminal where `golive serve` runs, and open the address that it prints."
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""A report quotes the project. It needs no script, and its origin must not be that of the session."""


def refuse(why: str, hint: str = NEW_ADDRESS) -> web.Response:
    return web.Response(status=403, text=f"{why}\n{hint}\n")


class Access:
    """Decides who may see the sessions of the server at *port*."""

    def __init__(self, port: int) -> None:
        # Browsers leave out HTTP's own port.
        self.here = HERE if port == 80 else f"{HERE}:{port}"
        self.path = f"/{secrets.token_urlsafe(16)}/"
        self.cookie = f"golive-{self.path.strip('/')}"
        self._session = secrets.token_urlsafe(32)
        self._token = ""

    def new_address(self) -> str:
        """An address that lets one browser in, once. The address before it stops working."""
        self._token = secrets.token_urlsafe(32)
        return f"http://{self.here}/?token={self._token}"

    def wrap(self, sessions: web.Application, find_download: Callable[[str], Awaitable[object]]) -> web.Application:
        """The application to serve: *sessions* at the secret path, with every request checked.

        *find_download* raises KeyError for a key that no session offers.
        """

        async def download(request: web.Request) -> web.StreamResponse:
            key = request.match_info["key"]
            try:
                await find_download(key)
            except KeyError:
                return self._no_access()
            return web.Response(status=303, headers={"Location": f"{self.path}download/{key}"})

        async def enter(request: web.Request) -> web.StreamResponse:
            return self._enter(request)

        outside = web.Application(middlewares=[self._check])
        outside.add_routes(
            [
                web.get("/", enter, allow_head=False),
                web.get("/download/{key}", download),  # textual.js asks for files at the root; their keys are secret
            ]
        )
        outside.add_subapp(self.path, sessions)
        outside.on_response_prepare.append(self._add_headers)
        return outside

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if request.headers.get("Host") != self.here:
            return refuse("This server does not answer to that name.")
        if origin != f"http://{self.here}" and (origin is not None or "Upgrade" in request.headers):
            return refuse("This request comes from another site.")
        if request.path.startswith(self.path):
            if not constant_time_equal(request.cookies.get(self.cookie, ""), self._session):
                return refuse("Your browser did not send its cookie.", f"Reload this page.\nNo change? {NEW_ADDRESS}")
        elif request.match_info.http_exception:  # no such page here
            return self._no_access()
        return await handler(request)

    def _enter(self, request: web.Request) -> web.Response:
        if "token" not in request.query:
            return self._no_access()
        if not self._token or not constant_time_equal(request.query["token"], self._token):
            return refuse("This address is incomplete, or it was opened before. Each address works once.")
        self._token = ""
        sys.stdout.write("A browser opened the address. If it was not yours, press Ctrl-C now.\n")
        sys.stdout.flush()
        inside = web.Response(status=303, headers={"Location": self.path})
        inside.set_cookie(self.cookie, self._session, httponly=True, samesite="Strict", path=self.path)
        return inside

    def _no_access(self) -> web.Response:
        return refuse("You have no access to this page.")

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        is_report = request.match_info.route.name == "download"
        response.headers["Content-Security-Policy"] = REPORT_POLICY if is_report else (
            "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data:; font-src 'self'; connect-src ws://{self.here} http://{self.here}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )  # fmt: skip
        if not is_report:  # browsers refuse it together with a sandbox
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
