"""The sessions of `golive serve`: their imports, their isolation from other users, and their end."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import aiohttp
import psutil
import pytest
from textual_serve.download_manager import DownloadManager

from screens.web import sessions
from tests.screens.serving import GOLIVE, gone, serving
from wizard.project.trust import trust


@pytest.fixture
def server(shop, python):
    with serving(shop, python) as server:
        yield server


TRAP = """import pathlib, sys
with pathlib.Path({marks!r}).open("a") as marks:
    marks.write(f"{{sys.prefix}} {{__name__}}\\n")
"""


async def test_neither_the_server_nor_a_session_imports_modules_of_the_project(shop, python, tmp_path):
    """The project's own interpreter may import them: its folder is trusted."""
    marks, here = tmp_path / "marks", shop.parent
    for name in ("wizard", "screens", "sitecustomize", "usercustomize", "json", "asyncio", "textual", "aiohttp"):
        (here / name).mkdir()
        (here / name / "__init__.py").write_text(TRAP.format(marks=str(marks)))
    (here / "secrets.py").write_text(TRAP.format(marks=str(marks)))
    trapped = os.environ | {"PYTHONPATH": ".", "PYTHONSTARTUP": str(here / "secrets.py")}
    with serving(shop, python, cwd=here, env=trapped) as server:
        server.enter()
        async with server.page() as page:
            await page.shown("24 tasks")
            [session] = server.sessions
            assert session.cmdline()[: len(GOLIVE)] == GOLIVE
    subprocess.run([python, "-c", "pass"], cwd=here, env=trapped, check=False)
    imported = marks.read_text().splitlines()
    assert any("sitecustomize" in line for line in imported), "the traps work"
    assert [line for line in imported if line.startswith(sys.prefix)] == []


SPY = """
import http.client, json, pathlib, sys
host, path, folder, processes = json.load(sys.stdin)
seen, refused, statuses = [], [], []
for process in pathlib.Path("/proc").glob("[0-9]*"):
    for name in ("cmdline", "environ"):
        try:
            seen.append((process / name).read_text(errors="replace"))
        except OSError:
            refused.append(f"{process.name}/{name}")
for file in pathlib.Path(folder).rglob("*"):
    try:
        seen.append(file.read_text(errors="replace"))
    except OSError:
        pass
for target in ("/", "/ws", "/static/js/textual.js", "/download/any", "/?token=" + "a" * 43, path):
    client = http.client.HTTPConnection(host, timeout=20)
    client.request("GET", target, headers={"Origin": "http://" + host})
    statuses.append(client.getresponse().status)
json.dump([seen, refused, statuses], sys.stdout)
"""


@pytest.fixture
def open_shop(shop):
    """The sample in a folder that every user of this machine can read."""
    with tempfile.TemporaryDirectory(prefix="golive-open-") as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(shop, Path(folder) / "backend")
        trust(Path(folder))
        yield Path(folder) / "backend"


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can run a process as another user")
async def test_another_user_of_this_machine_has_no_access(open_shop, python):
    spy = shutil.which("python3", path="/usr/bin:/bin:/usr/local/bin")
    if not spy or not Path("/proc/self/environ").exists():
        pytest.skip("needs a system python3 and /proc")
    with serving(open_shop, python) as server:
        server.enter()
        async with server.page() as page:
            await page.shown("24 tasks")
            processes = [server.process.pid, *(each.pid for each in server.sessions)]
            request = json.dumps([server.host, server.path, str(open_shop), processes])
            found = subprocess.run(
                [spy, "-I", "-c", SPY], input=request, capture_output=True, text=True, check=True, cwd="/",
                user="nobody", group=65534, extra_groups=[],
            )  # fmt: skip
            readable, refused, statuses = json.loads(found.stdout)
        assert statuses == [403] * 6
        assert {f"{pid}/environ" for pid in processes} <= set(refused)
        assert any("-m\0wizard\0serve" in text for text in readable), "the spy can read command lines"
        assert any("execute_from_command_line(" in text for text in readable), "the spy can read files of the project"
        for secret in (server.token, server.path.strip("/"), server.value):
            assert not [text for text in readable if secret in text]


def everything_written(*folders):
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path, path.read_bytes()


async def test_the_secrets_are_in_no_command_line_environment_or_file(server, shop):
    server.enter()
    async with server.page() as page:
        await page.shown("24 tasks")
        secrets = [each.encode() for each in (server.token, server.path.strip("/"), server.value)]
        assert all(len(secret) >= 22 for secret in secrets)
        parts = []
        for process in psutil.process_iter():
            try:
                parts += [*process.cmdline(), *process.environ().values()]
            except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        assert "serve" in parts
        assert not [part for part in parts if any(secret in os.fsencode(part) for secret in secrets)]
    assert (shop / ".golive/runs").is_dir()
    written = list(everything_written(shop.parent, Path(os.environ["XDG_CONFIG_HOME"])))
    assert [path for path, content in written if any(secret in content for secret in secrets)] == []
    server.process.send_signal(signal.SIGINT)
    printed, _ = server.process.communicate(timeout=30)
    assert "If it was not yours" in printed
    assert not any(secret.decode() in printed for secret in secrets), "the address is printed once"


async def test_a_session_that_fails_to_start_closes_its_page(shop, python):
    with serving(shop, python, "--answers", str(shop / "no-such.yaml")) as server:
        server.enter()
        async with server.page() as page:
            assert await page.closed() == aiohttp.WSCloseCode.OK
        assert await gone(server.sessions)


async def test_a_session_that_does_not_quit_is_killed(monkeypatch):
    monkeypatch.setattr(sessions, "GRACE", 0.1)

    async def ignore(*_):
        pass

    session = sessions.Session(
        "exec sleep 600", write_bytes=ignore, write_str=ignore, close=ignore, download_manager=DownloadManager()
    )
    others = psutil.Process().children()
    await session.start(80, 24)
    [process] = [child for child in psutil.Process().children() if child not in others]
    await session.end()
    assert not process.is_running()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 1001), (signal.SIGKILL, 1006)])
async def test_sessions_end_and_unlock_the_project_when_the_server_stops(shop, python, number, code):
    with serving(shop, python) as server:
        server.enter()
        async with server.page() as page:
            await page.shown("24 tasks")
            sessions = server.sessions
            server.process.send_signal(number)
            assert await page.closed() == code, "the page is closed immediately"
            server.process.wait(10)
            assert await gone(sessions)
    with (shop / ".golive/lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert lock.read() == "", "no session was interrupted"
