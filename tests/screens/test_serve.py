"""`golive serve`: a real browser on it, and those who should not get in."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx
import psutil
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def serving(folder, python, *more):
    """The address that a server on *folder* prints, token and all."""
    (folder / "wizard.py").write_text("raise SystemExit('a module of the project in the place of Golive')\n")
    command = [sys.executable, "-P", "-m", "wizard", "serve", "--project", str(folder), "--python", python, *more]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        try:
            yield re.search(r"http://\S+", server.stdout.readline())[0], server
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


@pytest.fixture
def client():
    with httpx.Client(trust_env=False) as client:
        yield client


def test_only_who_has_the_token_gets_in(shop, python, client):
    with serving(shop, python) as (url, _):
        base, _, token = url.partition("/?token=")
        assert len(token) >= 32
        for path in ("/", "/ws", "/static/js/textual.js", "/download/any", "/?token=wrong", "/?token="):
            assert client.get(base + path).status_code == 403, path
        entered = client.get(url)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        page = client.get(base + "/")
        assert page.status_code == 200
        assert token not in page.text
        assert client.get(base + "/", headers={"Host": "rebound.example"}).status_code == 403, "DNS rebinding"
        assert client.get(base + "/ws", headers={"Origin": "https://evil.example"}).status_code == 403, "another site"
        assert "default-src 'none'" in page.headers["content-security-policy"]


def test_it_listens_on_loopback_alone(shop, python):
    with serving(shop, python) as (url, server):
        port = httpx.URL(url).port
        listening = [each.laddr for each in psutil.Process(server.pid).net_connections() if each.status == "LISTEN"]
        assert [(each.ip, each.port) for each in listening] == [("127.0.0.1", port)]


def test_a_port_that_is_taken_is_an_error_in_one_breath(shop):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "wizard", "serve", "--project", str(shop), "--port", str(port)]
        told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 2
    assert f"Port {port} can't be used" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
async def test_a_session_in_a_browser(shop, python):
    """From the welcome to the first task's plan; when the page is left, the session ends and lets go."""
    from playwright.async_api import async_playwright

    drawn, elsewhere, news = bytearray(), [], asyncio.Event()

    def received(frame):
        drawn.extend(frame if isinstance(frame, bytes) else frame.encode())
        news.set()

    async def shown(words):
        text = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", bytes(drawn))
        while words.encode() not in text:
            news.clear()
            await asyncio.wait_for(news.wait(), 60)
            text = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", bytes(drawn))
        drawn.clear()

    with serving(shop, python) as (url, server):
        here = url.partition("/?")[0]
        async with async_playwright() as browsers:
            browser = await browsers.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": 1100, "height": 700})
            page.on("websocket", lambda socket: socket.on("framereceived", received))
            page.on("requestfinished", lambda r: r.url.startswith(here) or elsewhere.append(r.url))
            await page.goto(url)
            assert page.url == f"{here}/", "the token is out of the address"
            await shown("24 tasks")
            assert len(psutil.Process(server.pid).children()) == 1
            await page.mouse.click(5, 600)
            await page.keyboard.press("Enter")
            await shown("Rotate Secrets")
            await page.keyboard.press("Enter")
            await shown("SECRET_KEY")
            await shown("Generate DJANGO_SECRET_KEY")  # the plan stands: while it is made, the report has to wait
            await page.keyboard.press("Escape")
            await shown("Report")
            async with page.context.expect_page() as opening:
                await page.keyboard.press("b")
            report = await opening.value
            await report.wait_for_load_state()
            assert report.url.startswith(f"{here}/download/")
            assert "Rotate Secrets" in await report.inner_text("body")
            session = psutil.Process(server.pid).children()
            await browser.close()
        gone, alive = await asyncio.to_thread(psutil.wait_procs, session, 30)
        assert gone
        assert not alive, "a session without a page ends"
    assert not elsewhere, "nothing is loaded from elsewhere"
    status = [sys.executable, "-m", "wizard", "plan", "2", "--python", python, "--project", str(shop)]
    assert subprocess.run(status, capture_output=True, timeout=60, env=os.environ, check=False).returncode == 0
