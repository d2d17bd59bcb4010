"""`golive serve` under attack: by other sites, other ports, other users, broken requests and hostile folders."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from http.cookies import SimpleCookie
from pathlib import Path

import aiohttp
import psutil
import pytest
from textual_serve.download_manager import DownloadManager

from screens import served
from screens.serve import Access
from tests.screens.serving import GOLIVE, gone, read_address, serving
from wizard.project.trust import trust

UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


@pytest.fixture
def server(shop, python):
    with serving(shop, python) as server:
        yield server


def test_no_path_and_no_method_answers_without_the_cookie(server):
    server.enter()
    inside = ("", "ws", "static/js/textual.js", "static/", "download/any", "no-such-page")
    tricks = (
        "//",
        "/./",
        "/%2e/",
        "/static/..",
        "/?token=",
        "/?token=wrong",
        "/?token=%ff%ed%a0%80",
        f"/?token={'a' * 4000}",
    )
    outside = ("/", "/ws", "/static/js/textual.js", "/download/any", "/no-such-page", *tricks)
    own = [server.path + each for each in inside]
    bent = [f"/{server.path}", f"/.{server.path}", server.path.replace("/", "//"), server.path.rstrip("/")]
    for target in (*outside, *own, *bent, f"{server.base}/", f"http://evil.example{server.path}"):
        for method in METHODS:
            assert server.request(method, target)[0] == 403, (method, target)
    for target in ("/", "/?token=wrong", server.path):
        assert "open the address that it prints" in server.request("GET", target)[2]
    assert server.sessions == []


def test_the_cookie_opens_the_page_and_nothing_beside_it(server):
    server.enter()
    for inside in ("", "static/js/textual.js"):
        assert server.request("GET", server.path + inside, **server.cookie)[0] == 200
    for escape in ("static/../../server.py", "static/%2e%2e/server.py", "static/..%2fserver.py", "static//etc/passwd"):
        assert server.request("GET", server.path + escape, **server.cookie)[0] in {403, 404}, escape
    for method in METHODS[2:]:
        assert server.request(method, server.path, **server.cookie)[0] == 405, method
    assert server.request("GET", "/", **server.cookie)[0] == 403
    assert server.request("GET", "/download/any", **server.cookie)[0] == 403


def test_only_the_handshake_of_the_page_itself_starts_a_session(server, shop, python, tmp_path):
    server.enter()
    target, valid = f"{server.path}ws", UPGRADE | server.cookie | {"Origin": server.base}
    port = server.host.partition(":")[2]
    without = [{name: each for name, each in valid.items() if name != left} for left in ("Cookie", "Origin")]
    other = tmp_path / "other" / "backend"
    shutil.copytree(shop, other)
    with serving(other, python) as second:
        second.enter()
        attempts = [
            *without,
            *[valid | {"Host": host} for host in (f"localhost:{port}", f"rebound.example:{port}", "127.0.0.1", "")],
            *[valid | {"Origin": origin} for origin in (
                "null", "", "https://evil.example", f"http://localhost:{port}", f"https://{server.host}",
                second.base, f"{server.base}.evil.example", f"{server.base}/")],
            valid | second.cookie,
            valid | {"Cookie": f"{server.name}={second.value}"},
            valid | {"Cookie": f"{server.name}={server.token}"},
            valid | {"Cookie": f"{server.name}="},
        ]  # fmt: skip
        for each in (server, second):
            assert each.request("GET", each.path, **each.cookie)[0] == 200
        for headers in attempts:
            assert server.request("GET", target, **headers)[0] == 403, headers
        assert second.request("GET", target, **valid)[0] == 403, "the path of another server"
    for elsewhere in ("/ws", "/", "/download/any", f"{server.path}/ws"):
        assert server.request("GET", elsewhere, **valid)[0] in {403, 404}, elsewhere
    assert server.request("GET", server.path, **valid)[0] == 200, "the page is no websocket"
    assert server.sessions == []


def test_an_address_works_once_and_enter_prints_another(shop, python):
    terminal, stdin = pty.openpty()
    with serving(shop, python, stdin=stdin) as server:
        assert len(server.token) >= 43, "256 bits"
        assert server.request("HEAD", f"/?token={server.token}")[0] == 403, "a preview does not use it up"
        server.enter()
        first = server.cookie
        status, headers, text = server.request("GET", f"/?token={server.token}")
        assert (status, headers["Set-Cookie"]) == (403, None)
        assert "Each address works once" in text
        os.write(terminal, b"\n")
        url = read_address(server.process)
        assert server.token not in url
        os.write(terminal, b"\n")
        newer = read_address(server.process)
        assert server.request("GET", f"/?{url.partition('?')[2]}")[0] == 403, "only the last address works"
        server.enter(newer)
        assert server.request("GET", server.path, **first)[0] == 200, "the first browser stays in"
    os.close(terminal)
    os.close(stdin)


def test_the_cookie_is_random_and_leaves_neither_its_server_nor_its_path(server):
    [entry, cookie] = ["Location", "Set-Cookie"]
    headers = server.enter()
    [morsel] = SimpleCookie(headers[cookie]).values()
    set_to = {name: value for name, value in morsel.items() if value}
    assert set_to == {"httponly": True, "samesite": "Strict", "path": headers[entry]}, "no domain, no lifetime"
    assert len(server.path) >= 22, "128 bits"
    assert len(server.value) >= 43, "256 bits"
    assert server.token not in str(headers)
    status, headers, text = server.request("GET", server.path, **server.cookie)
    assert status == 200
    assert not any(secret in text + str(headers) for secret in (server.token, server.value))
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; "), "nothing is loaded from elsewhere"


def test_broken_and_absurd_requests_are_refused_without_a_traceback(server):
    server.enter()
    host = f"Host: {server.host}\r\n".encode()
    start = b"GET / HTTP/1.1\r\n" + host
    cookie = f"Cookie: {server.name}=".encode()
    broken = {
        b"GET %s HTTP/1.1\r\n%s%s\xff\xed\xa0\x80\r\n\r\n" % (server.path.encode(), host, cookie): b"403",
        b"GET /?token=\xff\xed\xa0\x80 HTTP/1.1\r\n%s\r\n" % host: b"40",
        b"GET http://[::1 HTTP/1.1\r\n%s\r\n" % host: b"400",
        b"rubbish\r\n\r\n": b"400",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03": b"400",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n": b"400",
        b"GET / HTTP/1.1\r\n\r\n": b"400",
        start + host + b"\r\n": b"400",
        start + b"X: " + b"a" * 100_000 + b"\r\n\r\n": b"400",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + host + b"\r\n": b"400",
        start + b"".join(b"X-%d: a\r\n" % number for number in range(50_000)) + b"\r\n": b"400",
        b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 99999999999999\r\n\r\n" + b"a" * 100_000: b"403",
        b"POST / HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n": b"400",
        b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n": b"40",
    }
    for request, status in broken.items():
        with socket.create_connection(server.host.split(":"), timeout=20) as connection:
            connection.sendall(request)
            answer = connection.recv(1000)
        assert answer.split()[1].startswith(status), (request[:60], answer)
        assert b"Traceback" not in answer
    assert server.request("GET", server.path, **server.cookie)[0] == 200, "and the server goes on"
    assert server.errors.read_text() == "", "nothing is written to the terminal"


async def test_a_message_that_is_none_ends_its_session_alone(server):
    server.enter()
    for message in ("no JSON", "{}", "[]", '["stdin"]', '["stdin", 1]', '["resize", {}]'):
        async with server.page() as page:
            await page.shown("Looking at the project")
            [session] = server.sessions
            await page.socket.send_str(message)
            assert await page.closed() == aiohttp.WSCloseCode.INVALID_TEXT, message
        assert await gone([session]), message
    assert server.request("GET", server.path, **server.cookie)[0] == 200
    assert server.errors.read_text() == ""


TRAP = """import pathlib, sys
with pathlib.Path({marks!r}).open("a") as marks:
    marks.write(f"{{sys.prefix}} {{__name__}}\\n")
"""


async def test_nothing_of_the_project_is_imported_by_the_server_or_a_session(shop, python, tmp_path):
    """The project's own interpreter may import what it likes: its folder is trusted."""
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
    """The sample in a folder that every user of this machine can enter."""
    with tempfile.TemporaryDirectory(prefix="golive-open-") as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(shop, Path(folder) / "backend")
        trust(Path(folder))
        yield Path(folder) / "backend"


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can become another user")
async def test_another_user_of_this_machine_finds_no_way_in(open_shop, python):
    spy = shutil.which("python3", path="/usr/bin:/bin:/usr/local/bin")
    if not spy or not Path("/proc/self/environ").exists():
        pytest.skip("another user needs a python3 of the system and /proc")
    with serving(open_shop, python) as server:
        server.enter()
        async with server.page() as page:
            await page.shown("24 tasks")
            processes = [server.process.pid, *(each.pid for each in server.sessions)]
            asked = json.dumps([server.host, server.path, str(open_shop), processes])
            found = subprocess.run(
                [spy, "-I", "-c", SPY], input=asked, capture_output=True, text=True, check=True, cwd="/",
                user="nobody", group=65534, extra_groups=[],
            )  # fmt: skip
            seen, refused, statuses = json.loads(found.stdout)
        assert statuses == [403] * 6
        assert {f"{pid}/environ" for pid in processes} <= set(refused)
        assert any("-m\0wizard\0serve" in text for text in seen), "it does read command lines"
        assert any("execute_from_command_line(" in text for text in seen), "and files of the project"
        for secret in (server.token, server.path.strip("/"), server.value):
            assert not [text for text in seen if secret in text]


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


async def test_a_session_that_can_not_start_closes_its_page(shop, python):
    with serving(shop, python, "--answers", str(shop / "no-such.yaml")) as server:
        server.enter()
        async with server.page() as page:
            assert await page.closed() == aiohttp.WSCloseCode.OK
        assert await gone(server.sessions)


async def test_a_session_that_hangs_is_killed(monkeypatch):
    monkeypatch.setattr(served, "GRACE", 0.1)

    async def ignore(*_):
        pass

    session = served.Session(
        "exec sleep 600", write_bytes=ignore, write_str=ignore, close=ignore, download_manager=DownloadManager()
    )
    await session.start(80, 24)
    [process] = psutil.Process().children()
    await session.end()
    assert not process.is_running()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 1001), (signal.SIGKILL, 1006)])
async def test_when_the_server_is_stopped_its_sessions_end_and_free_the_project(shop, python, number, code):
    with serving(shop, python) as server:
        server.enter()
        async with server.page() as page:
            await page.shown("24 tasks")
            sessions = server.sessions
            server.process.send_signal(number)
            assert await page.closed() == code, "the page is told at once"
            server.process.wait(10)
            assert await gone(sessions)
    with (shop / ".golive/lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert lock.read() == "", "no session was cut off"


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999999999999"])
def test_a_port_that_is_none_is_a_usage_error(shop, port):
    told = subprocess.run(
        [*GOLIVE, "serve", "--project", str(shop), f"--port={port}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 2
    assert told.stderr == f"golive: Port {port} can't be used: it is not between 0 and 65535. Use another --port.\n"


def test_the_default_port_of_http_is_left_out_as_browsers_do():
    assert Access(80).new_address().startswith("http://127.0.0.1/?token=")
