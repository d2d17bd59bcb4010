"""The edge in front of a real service on loopback: headers, redirects, streaming, throttling and WebSockets."""

from __future__ import annotations

import hashlib
import time
from types import SimpleNamespace

import aiohttp
import httpx
import pytest
from aiohttp import web

from steps.shared import websockets
from wizard.base.errors import SiteError
from wizard.site.session import Site
from wizard.site.websocket import open_websocket
from wizard.targets.local.edge import SLOW_3G, Edge
from wizard.targets.local.event_loop import EventLoopThread
from wizard.targets.local.serving import serve

HOST = "shop.up.railway.app"


async def describe(request):
    digest, size = hashlib.sha256(), 0
    async for chunk in request.content.iter_chunked(65536):
        digest.update(chunk)
        size += len(chunk)
    return web.json_response({
        "headers": {name.lower(): value for name, value in request.headers.items()}, "path": request.raw_path,
        "size": size, "digest": digest.hexdigest(),
    })  # fmt: skip


async def echo(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data.upper())
    return socket


async def refuse(request):
    return web.Response(status=403)


async def break_off(request):
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(b"the beginning")
    request.transport.abort()
    return answer


@pytest.fixture(scope="module")
def loop():
    thread = EventLoopThread()
    yield thread
    thread.close()


@pytest.fixture(scope="module")
def edge(loop):
    app = web.Application(client_max_size=0)
    app.add_routes(
        [
            web.get("/socket", echo),
            web.get("/closed", refuse),
            web.get("/cut", break_off),
            web.route("*", "/{path:.*}", describe),
        ]
    )
    runner, port = loop.run(serve(app))
    server = Edge(HOST)
    loop.run(server.start())
    server.upstream = port
    yield server
    loop.run(server.stop())
    loop.run(runner.cleanup())


@pytest.fixture
def site(edge):
    with Site(edge.https_port, HOST, tls=edge.client_context(), plain_port=edge.http_port) as client:
        yield client


def test_forwarding_headers_of_clients_are_replaced_by_the_edges_own(site):
    claims = {"X-Real-IP": "6.6.6.6", "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"}
    received = site.get("/a?b=c%20d", client="192.0.2.9", headers={**claims, "X-Mine": "kept"}).json()
    assert received["path"] == "/a?b=c%20d"
    headers = received["headers"]
    assert headers["x-real-ip"] == "127.0.2.9"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["host"] == headers["x-forwarded-host"] == HOST
    assert headers["x-mine"] == "kept"
    assert headers["x-forwarded-for"] == "6.6.6.6, 127.0.2.9", "a limiter must not read the left end"


def test_http_is_redirected_to_https(site):
    answer = site.get("/shop/?page=2", https=False)
    assert answer.status_code == 301
    assert answer.headers["location"] == f"https://{HOST}/shop/?page=2"


def test_a_body_of_100_mb_is_streamed(site):
    size = 100 * 1024 * 1024

    def body():
        for _ in range(size // 65536):
            yield b"x" * 65536

    received = site.post("/upload", content=body()).json()
    assert received["size"] == size
    assert received["digest"] == hashlib.sha256(b"x" * size).hexdigest()


def test_an_unreachable_service_is_a_502(edge, site):
    upstream, edge.upstream = edge.upstream, 1
    answer = site.get("/")
    edge.upstream = upstream
    assert answer.status_code == 502
    assert "failed to respond" in answer.text


def test_a_cut_edge_answers_as_if_the_service_had_stopped(edge, site):
    edge.cut = True
    try:
        assert site.get("/").status_code == 502
        assert site.get("/", https=False).status_code == 301, "as at Railway, where the edge itself redirects"
    finally:
        edge.cut = False
    assert site.get("/").status_code == 200


def test_an_answer_that_the_service_breaks_off_is_broken_off(site, caplog):
    with pytest.raises(SiteError, match=r"peer closed connection|ReadError|incomplete"):
        site.get("/cut")
    assert not caplog.records


def test_other_clients_do_not_trust_the_edges_authority(edge):
    with pytest.raises(httpx.ConnectError, match="certificate"):
        httpx.get(f"https://127.0.0.1:{edge.https_port}/", trust_env=False)


def test_slow_3g_delays_and_throttles(edge, site):
    edge.shape = SLOW_3G
    try:
        began = time.perf_counter()
        site.post("/upload", content=b"x" * 50_000)
        took = time.perf_counter() - began
    finally:
        edge.shape = None
    assert SLOW_3G.rate == 50_000
    assert took >= SLOW_3G.latency + 50_000 / SLOW_3G.rate


def test_websockets_are_passed_through(edge, loop):
    async def talk():
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"https://127.0.0.1:{edge.https_port}/socket", ssl=edge.client_context(), server_hostname=HOST,
                headers={"Host": HOST},
            ) as socket,
        ):  # fmt: skip
            await socket.send_str("hello")
            return await socket.receive_str()

    assert loop.run(talk()) == "HELLO"


@pytest.mark.parametrize(("path", "status"), [("/socket", 101), ("/closed", 403), ("/anything", 200)])
def test_a_handshake_gets_the_services_own_answer(site, path, status):
    assert open_websocket(site, path) == status


def test_a_handshake_with_an_unreachable_service_is_a_502(edge, site):
    upstream, edge.upstream = edge.upstream, 1
    status = open_websocket(site, "/socket")
    edge.upstream = upstream
    assert status == 502


def test_a_site_without_an_answer_is_an_error():
    with pytest.raises(SiteError, match="WebSocket /socket got no response"):
        open_websocket(Site(1, HOST), "/socket")


@pytest.mark.parametrize(
    ("routes", "answers", "holds", "showed"),
    [
        ([], {}, None, None),
        (["closed$", "socket"], {"/closed": 403, "/socket": 101}, True, "WebSocket /socket: 101"),
        (["private"], {"/private": 403}, True, "WebSocket /private: 403 without a login, 101 as a superuser"),
        (["closed"], {"/closed": 403}, None, "it refuses this visitor"),
        (["a", "b"], {"/a": 404, "/b": 0}, False, "WebSocket /a: 404, /b: no response (expected 101)"),
    ],
)
def test_a_route_that_accepts_the_handshake_is_enough(monkeypatch, routes, answers, holds, showed):
    def answer(site, path, headers):
        if not answers[path]:
            raise SiteError("no response")
        return 101 if headers and path == "/private" else answers[path]

    monkeypatch.setattr(websockets, "open_websocket", answer)
    monkeypatch.setattr(websockets, "_cookies_of_a_user", lambda *arguments: {"Cookie": "sessionid=1"})
    monkeypatch.setattr(websockets.background_work, "explanation", lambda project, target: "")
    project = SimpleNamespace(snapshot=SimpleNamespace(answer={"websockets": routes}))
    observed = websockets.opened(project, SimpleNamespace(target=None), None)
    assert (observed is None) if showed is None else (observed.holds is holds and showed in observed.showed)


def test_without_the_server_for_its_messages_a_handshake_proves_nothing(monkeypatch):
    monkeypatch.setattr(websockets, "open_websocket", lambda site, path, headers: 500)
    monkeypatch.setattr(websockets.background_work, "explanation", lambda project, target: "needs Redis")
    project = SimpleNamespace(snapshot=SimpleNamespace(answer={"websockets": ["ws/"]}))
    observed = websockets.opened(project, SimpleNamespace(target=None), None)
    assert observed.holds is None and observed.showed == "WebSocket /ws/: 500 (expected 101); the site needs Redis"


@pytest.mark.parametrize(
    ("urls", "account", "logged_in", "headers"),
    [
        (["admin:login"], {"username": "owner", "email": "o@x.example", "password": "p"}, True, {"Cookie": "a=1"}),
        (["admin:login"], {"username": "owner", "email": "o@x.example", "password": "p"}, False, {}),
        (["admin:login"], {"failed": "there is no superuser yet"}, True, {}),
        (["index"], None, True, {}),
    ],
    ids=["logged in", "refused", "no superuser", "no admin"],
)
def test_a_superuser_brings_the_cookies_of_the_admin(monkeypatch, urls, account, logged_in, headers):
    def log_in(site, path, client, names, password, jar):
        jar.set("a", "1")
        return path == "/admin/" and names == ["owner", "o@x.example"] and logged_in, ""

    monkeypatch.setattr(websockets, "ensure_superuser", lambda sandbox: account)
    monkeypatch.setattr(websockets, "log_in", log_in)
    project = SimpleNamespace(urls=[SimpleNamespace(name=name, path="/admin/login/") for name in urls])
    assert websockets._cookies_of_a_user(project, None, None) == headers
