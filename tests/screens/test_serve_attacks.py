"""`golive serve` under attack: by other sites, other ports, and broken requests."""

from __future__ import annotations

import os
import pty
import shutil
import socket
import subprocess
from http.cookies import SimpleCookie

import aiohttp
import pytest

from screens.web.access import Access
from tests.screens.serving import GOLIVE, gone, read_address, serving

UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


@pytest.fixture
def server(shop, python):
    with serving(shop, python) as server:
        yield server


def test_every_path_and_method_is_refused_without_the_cookie(server):
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


def test_the_cookie_opens_only_the_page(server):
    server.enter()
    for inside in ("", "static/js/textual.js"):
        assert server.request("GET", server.path + inside, **server.cookie)[0] == 200
    for escape in ("static/../../server.py", "static/%2e%2e/server.py", "static/..%2fserver.py", "static//etc/passwd"):
        assert server.request("GET", server.path + escape, **server.cookie)[0] in {403, 404}, escape
    for method in METHODS[2:]:
        assert server.request(method, server.path, **server.cookie)[0] == 405, method
    assert server.request("GET", "/", **server.cookie)[0] == 403
    assert server.request("GET", "/download/any", **server.cookie)[0] == 403


def test_only_the_websocket_of_the_page_starts_a_session(server, shop, python, tmp_path):
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
    assert server.request("GET", server.path, **valid)[0] == 200, "the page itself is not a websocket"
    assert server.sessions == []


def test_an_address_works_once_and_enter_prints_another(shop, python):
    terminal, stdin = pty.openpty()
    with serving(shop, python, stdin=stdin) as server:
        assert len(server.token) >= 43, "256 bits"
        assert server.request("HEAD", f"/?token={server.token}")[0] == 403, "a HEAD request does not use it up"
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
        assert server.request("GET", f"/?{url.partition('?')[2]}")[0] == 403, "only the latest address works"
        server.enter(newer)
        assert server.request("GET", server.path, **first)[0] == 200, "the first browser keeps its access"
    os.close(terminal)
    os.close(stdin)


def test_the_cookie_is_random_and_bound_to_its_server_and_path(server):
    entry, cookie = "Location", "Set-Cookie"
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
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; "), "nothing is loaded from other sites"


def test_malformed_requests_are_refused_without_a_traceback(server):
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
    assert server.request("GET", server.path, **server.cookie)[0] == 200, "the server still works"
    assert server.errors.read_text() == "", "nothing is written to the terminal"


async def test_an_invalid_message_ends_only_its_own_session(server):
    server.enter()
    for message in ("no JSON", "{}", "[]", '["stdin"]', '["stdin", 1]', '["resize", {}]'):
        async with server.page() as page:
            await page.shown("Inspecting the project")
            [session] = server.sessions
            await page.socket.send_str(message)
            assert await page.closed() == aiohttp.WSCloseCode.INVALID_TEXT, message
        assert await gone([session]), message
    assert server.request("GET", server.path, **server.cookie)[0] == 200
    assert server.errors.read_text() == ""


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999999999999"])
def test_an_invalid_port_is_a_usage_error(shop, port):
    result = subprocess.run(
        [*GOLIVE, "serve", "--project", str(shop), f"--port={port}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    problem = f"golive: --port: invalid port: '{port}' (expected 1-65535)."
    assert result.stderr == f"{problem} For example: golive serve --port 8765\n"


def test_the_address_omits_the_default_port_as_browsers_do():
    assert Access(80).new_address().startswith("http://127.0.0.1/?token=")
