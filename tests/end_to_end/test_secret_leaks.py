"""Planted secrets reach no command line of pip, screen, log, support bundle or browser."""

from __future__ import annotations

import asyncio
import html
import re
import signal
import zipfile

import psutil
import pytest

from screens.failure import FailureScreen
from screens.forms import Form
from tests.end_to_end.planted_secrets import SITE_RAISES, canary
from tests.screens.driving import press, session, wait_until_idle
from wizard.base import secrets
from wizard.project.trust import trust


@pytest.mark.slow
def test_a_password_in_a_package_address_reaches_pip_in_a_private_file(planted, index):
    planted.secrets["address"] = canary("address")
    address = f"http://shop:{planted.secrets['address']}@127.0.0.1:{index}/forecasts-1.0-py3-none-any.whl"
    with (planted.backend / "requirements.txt").open("a") as file:
        file.write(f"forecasts @ {address}\n")
    with planted.broken("\nimport forecasts\n"), planted.watched("an installation"):
        failed = planted.golive("--auto", "--trust", "--only", "2", code=1)
    assert "/forecasts-1.0-py3-none-any.whl" in failed.stderr
    planted.search_all("an installation")
    assert not planted.hits, "\n".join(planted.hits)


@pytest.mark.slow
async def test_no_secret_is_on_a_screen_in_a_log_or_in_a_support_bundle(planted, monkeypatch):
    for name, value in planted.given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(secrets, "_known", {})  # as in a new process
    trust(planted.place)
    async with session(planted.backend, str(planted.backend / "venv/bin/python"), task=1) as (app, pilot):

        def picture(place):
            svg = app.export_screenshot()
            assert place in " ".join(html.unescape(re.sub("<[^>]*>", "", svg)).split())
            planted.search(f"the picture with {place}", svg)

        picture("DJANGO_SECRET_KEY")
        await press(app, pilot, "a")
        picture("characters, used by the settings")
        with planted.broken(SITE_RAISES):
            app.open_task(app.engine_session.engine.checklist.tasks[3])
            await wait_until_idle(app, pilot)
            while isinstance(app.screen, Form):
                await press(app, pilot, "ctrl+s")
            await press(app, pilot, "a")
            assert isinstance(app.screen, FailureScreen)
            picture("no forecast from")
            await press(app, pilot, "b", "escape")
            app.screen.action_tab("output")
            await wait_until_idle(app, pilot)
            assert app.screen.log_view.find("no forecast from")
            await wait_until_idle(app, pilot)
            picture("no forecast from")
        log = app.engine_session.log.whole().decode()
    planted.search("the log of the session", log)
    assert "no forecast from" in log
    [bundle] = planted.backend.glob(".golive/runs/bundle-*.zip")
    with zipfile.ZipFile(bundle) as packed:
        for name in packed.namelist():
            planted.search(f"{name} of the bundle", packed.read(name).decode())
    planted.search_all("a session")
    assert not planted.hits, "\n".join(planted.hits)


@pytest.mark.slow
async def test_no_secret_is_sent_to_a_browser(planted):
    aiohttp = pytest.importorskip("aiohttp")
    pytest.importorskip("textual_serve")
    received = bytearray()

    async def until(socket, words):
        while words not in "".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", received.decode("utf-8", "replace"))):
            message = await socket.receive(60)
            assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, message
            received.extend(message.data if isinstance(message.data, bytes) else message.data.encode())

    with planted.watched("a session in a browser"):
        planted.golive("plan", "2", "--trust")
        server = await asyncio.create_subprocess_exec(
            *planted.argv("serve"), env=planted.environment, cwd=planted.place, stdout=asyncio.subprocess.PIPE
        )
        greeting = (await server.stdout.readline()).decode()
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            async with browser.get(greeting.split()[1]) as page:
                received.extend(await page.read())
                address, origin = str(page.url), str(page.url.origin())
            async with browser.ws_connect(f"{address}ws?width=110&height=40", origin=origin) as socket:
                await until(socket, "24 tasks")
                for words in ("Rotate Secrets", "Generate DJANGO_SECRET_KEY"):
                    await socket.send_json(["stdin", "\r"])
                    await until(socket, words)
            sessions = psutil.Process(server.pid).children(recursive=True)
        _, alive = await asyncio.to_thread(psutil.wait_procs, sessions, 60)
        assert not alive
        server.send_signal(signal.SIGINT)
        await server.wait()
    planted.search("the data sent to a browser", received.decode("utf-8", "replace"))
    planted.search_all("a session in a browser")
    assert not planted.hits, "\n".join(planted.hits)
