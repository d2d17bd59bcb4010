"""Servers on loopback for the test doubles, and an event loop in a thread to run them."""

from __future__ import annotations

import asyncio
import base64
import threading

from aiohttp import web


class EventLoop:
    """An asyncio event loop in a thread; `run` is called from other threads."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work, timeout=60):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def close(self):
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


async def _cancel_others():
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def serve(app, context=None, **options):
    """Serve *app* on a free port; returns its runner and the port."""
    runner = web.AppRunner(app, access_log=None, **options)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return runner, runner.addresses[0][1]


def basic_auth(request):
    """Return user and password of HTTP Basic, or None."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return None
    user, _, password = base64.b64decode(encoded).decode().partition(":")
    return user, password
