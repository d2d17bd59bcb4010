"""The sessions of `golive serve`: one process for each open page, which ends with its page."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from weakref import WeakSet

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from screens.web.access import HERE, Access

GRACE = 30.0
"""Seconds to roll back unfinished work when the page is gone. Then the session is killed, and the next one recovers."""
WAIT = b"Golive is closing the previous session ..."
USAGE = "  Press Enter for another address, for example for another browser. Press Ctrl-C to stop.\n"


class Session(AppService):
    """One `golive` process and the page that shows it."""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return super()._build_environment(width, height) | {"TEXTUAL_DRIVER": "screens.web.driver:PageDriver"}

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            await self.remote_close()  # also when it never started

    async def end(self) -> None:
        """Ask the process to quit and wait until it has, so that the project is free for the next session."""
        assert self._process is not None
        quitting = asyncio.create_task(self._quit(self._process))
        try:
            await asyncio.wait_for(self._process.wait(), GRACE)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await asyncio.wait({quitting}, timeout=1)  # its last output

    async def _quit(self, process: Process) -> None:
        await self.stop()
        if process.stdout:
            await process.stdout.read()  # without a page it has no reader, and a full pipe blocks


class Sessions(Server):
    """Serves sessions of *command* to the browsers that *access* admits."""

    def __init__(self, command: str, access: Access) -> None:
        super().__init__(command, HERE, title="Golive", public_url=f"http://{access.here}")
        self.access = access
        self.pages: WeakSet[web.WebSocketResponse] = WeakSet()
        self.ending = asyncio.Lock()

    async def _make_app(self) -> web.Application:
        return self.access.wrap(await super()._make_app(), self.download_manager.get_download_metadata)

    async def on_startup(self, app: web.Application) -> None:
        self.print_address()
        if sys.stdin and sys.stdin.isatty():
            signal.signal(signal.SIGTTIN, signal.SIG_IGN)  # it would stop a server in the background
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self.on_key)

    async def on_shutdown(self, app: web.Application) -> None:
        for page in [*self.pages]:
            await page.close(code=1001)

    def print_address(self) -> None:
        sys.stdout.write(f"Open {self.access.new_address()}\nin a browser on this machine. It works once.\n{USAGE}")
        sys.stdout.flush()

    def on_key(self) -> None:
        try:
            pressed = os.read(sys.stdin.fileno(), 1024)
        except OSError:  # in the background, or the terminal is gone
            pressed = b""
        if pressed:
            self.print_address()
        else:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run one session for as long as its page is open."""
        page = web.WebSocketResponse(heartbeat=15)
        await page.prepare(request)
        self.pages.add(page)
        if self.ending.locked():  # the page was reloaded: its old session still holds the project
            await page.send_bytes(WAIT)
        async with self.ending:
            session = await self.start_session(page, request)
        try:
            await self._process_messages(page, session)
        except (ValueError, TypeError, LookupError, AttributeError, AssertionError):
            await page.close(code=1007, message=b"Golive does not understand this message")
        finally:
            async with self.ending:
                await session.end()
        return page

    async def start_session(self, page: web.WebSocketResponse, request: web.Request) -> Session:
        async def close() -> None:
            await page.close()

        session = Session(
            self.command, write_bytes=page.send_bytes, write_str=page.send_str, close=close,
            download_manager=self.download_manager,
        )  # fmt: skip
        width, height = (to_int(request.query.get(name, ""), usual) for name, usual in (("width", 80), ("height", 24)))
        await session.start(width, height)
        return session
