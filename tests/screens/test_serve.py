"""`golive serve`: the session in a browser, a second tab, a reload, and a hostile page."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import threading
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from tests.screens.serving import GOLIVE, gone, serving

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
in_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")


def test_the_server_listens_on_loopback_only(shop, python):
    with serving(shop, python) as server:
        port = int(server.host.partition(":")[2])
        listening = [e.laddr for e in psutil.Process(server.process.pid).net_connections() if e.status == "LISTEN"]
        assert [(each.ip, each.port) for each in listening] == [("127.0.0.1", port)]


def test_a_port_in_use_is_an_error_without_a_traceback(shop):
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
        command = [*GOLIVE, "serve", "--project", str(shop), "--port", str(port)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert f"Port {port} can't be used" in result.stderr
    assert "Traceback" not in result.stderr


async def test_a_second_page_is_refused_while_the_first_is_open(shop, python):
    with serving(shop, python) as server:
        server.enter()
        async with server.page() as first:
            await first.shown("24 tasks")
            [running] = server.sessions
            async with server.page() as second:
                await second.shown("Another run of Golive is working on this project")
                await second.shown("Retry")
                assert len(server.sessions) == 2
                await first.press("\r")
                await first.shown("Rotate Secrets")
            await first.press("\r")
            await first.shown("SECRET_KEY")
            assert running.is_running()


async def test_a_reloaded_page_waits_until_its_old_session_has_ended(shop, python):
    with serving(shop, python) as server:
        server.enter()
        async with server.page() as page:
            await page.shown("24 tasks")
            [old] = server.sessions
            old.suspend()  # so that it takes a while to end
        async with server.page() as page:
            await page.shown("closing the previous session")
            assert server.sessions == [old]
            old.resume()
            assert await page.shown("24 tasks", "Another run") == "24 tasks"
            [new] = server.sessions
            assert not old.is_running()
    assert await gone([new])


@asynccontextmanager
async def browsing():
    from playwright.async_api import async_playwright

    async with async_playwright() as browsers:
        browser = await browsers.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield await browser.new_context(viewport={"width": 1100, "height": 700})
        finally:
            await browser.close()


class Tab:
    """A tab of the browser, and what its session draws."""

    def __init__(self, page):
        self.page, self.drawn, self.changed = page, bytearray(), asyncio.Event()
        page.on("websocket", self.begin)

    def begin(self, socket):
        self.drawn.clear()
        socket.on("framereceived", self.received)

    def received(self, frame):
        self.drawn.extend(frame if isinstance(frame, bytes) else frame.encode())
        self.changed.set()

    async def shown(self, *any_of):
        while True:
            text = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", bytes(self.drawn)).decode(errors="replace")
            for words in any_of:
                if words in text:
                    self.drawn.clear()
                    return words
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 60)

    async def press(self, key):
        await self.page.keyboard.press(key)


@pytest.mark.slow
@in_chromium
async def test_a_session_in_a_browser(shop, python):
    """From the welcome screen to a plan and the report. When the page is closed, its session ends."""
    elsewhere = []
    with serving(shop, python) as server:
        async with browsing() as context:
            context.on("requestfinished", lambda r: r.url.startswith(server.base) or elsewhere.append(r.url))
            tab = Tab(await context.new_page())
            await tab.page.goto(server.url)
            [cookie] = await context.cookies()
            assert tab.page.url == f"{server.base}{cookie['path']}", "the token is out of the address"
            assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
            await tab.shown("24 tasks")
            await tab.page.mouse.click(5, 600)
            await tab.press("Enter")
            await tab.shown("Rotate Secrets")
            await tab.press("Enter")
            await tab.shown("SECRET_KEY")
            await tab.shown("Generate DJANGO_SECRET_KEY")  # the report has to wait until the plan is made
            await tab.press("Escape")
            await tab.shown("Run this half-day")
            async with context.expect_page() as opening:
                await tab.press("r")
            report = await opening.value
            await report.wait_for_load_state()
            assert "/download/" in report.url
            assert "Rotate Secrets" in await report.inner_text("body")
            assert await report.evaluate("[window.origin, window.opener]") == ["null", None], (
                "the report can't reach the session"
            )
            [session] = server.sessions
        assert await gone([session]), "a session without a page ends"
    assert not elsewhere, "nothing is loaded from elsewhere"
    status = [*GOLIVE, "plan", "2", "--python", python, "--project", str(shop)]
    assert subprocess.run(status, capture_output=True, timeout=60, env=os.environ, check=False).returncode == 0


@pytest.mark.slow
@in_chromium
async def test_a_second_tab_and_a_reload_in_a_browser(shop, python):
    with serving(shop, python) as server:
        async with browsing() as context:
            tab = Tab(await context.new_page())
            await tab.page.goto(server.url)
            await tab.shown("24 tasks")
            [old] = server.sessions
            second = Tab(await context.new_page())
            await second.page.goto(tab.page.url)
            await second.shown("Another run of Golive is working on this project")
            await second.page.close()
            async with tab.page.expect_websocket():
                await tab.page.reload()
            assert await tab.shown("24 tasks", "Another run") == "24 tasks"
            assert not old.is_running()
            stranger = await (await context.browser.new_context()).new_page()
            for address in (server.url, tab.page.url):
                refused = await stranger.goto(address)
                assert refused.status == 403
                assert "Press Enter in the terminal" in await stranger.inner_text("body")


@contextmanager
def another_port():
    """A hostile server at another port of 127.0.0.1, and the headers it receives."""
    received = []

    class Hostile(BaseHTTPRequestHandler):
        def do_GET(self):
            received.append(self.headers)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Set-Cookie", "golive-1=tossed; path=/")
            self.end_headers()
            self.wfile.write(b"<p>hostile")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()


SOCKET = """url => new Promise(done => {
    const socket = new WebSocket(url);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
})"""
FETCH = "url => fetch(url, {credentials: 'include', mode: 'no-cors'}).then(() => 'loaded', () => 'refused')"
FRAME = """url => new Promise(done => {
    const frame = document.createElement("iframe");
    frame.onload = () => done(frame.contentDocument === null ? "refused" : "loaded");
    frame.src = url;
    document.body.append(frame);
})"""


@pytest.mark.slow
@in_chromium
async def test_a_page_at_another_port_gets_no_cookie_no_referrer_and_no_session(shop, python):
    """For a browser it is the same site: cookies ignore ports, so SameSite does not protect."""
    with serving(shop, python) as server, another_port() as (hostile, received):
        async with browsing() as context:
            tab = Tab(await context.new_page())
            await tab.page.goto(server.url)
            await tab.shown("24 tasks")
            inside = tab.page.url
            async with context.expect_page() as opening:
                await tab.page.evaluate("url => { window.open(url, '_blank') }", hostile)
            evil = await opening.value
            await evil.wait_for_load_state()
            assert await evil.evaluate("window.opener") is None
            await evil.reload()
            assert [(each["Cookie"] or "").count(inside.split("/")[3]) for each in received if each] == [0] * len(
                received
            )
            assert len(received) >= 2
            assert [each["Referer"] for each in received if (each["Referer"] or "").startswith(server.base)] == []
            assert await evil.evaluate(FETCH, inside) == "refused", "even if it knew the path"
            assert await evil.evaluate(FRAME, inside) == "refused"
            socket_url = f"ws{inside.removeprefix('http')}ws"
            assert await evil.evaluate(SOCKET, socket_url) == "refused"
            assert len(server.sessions) == 1
            assert await tab.page.evaluate(SOCKET, socket_url) == "open", "from the page itself it opens"
