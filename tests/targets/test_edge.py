"""The edge in front of a real service on loopback: headers, redirects, streaming, throttling and WebSockets."""

from __future__ import annotations

import hashlib
import time

import aiohttp
import httpx
import pytest
from aiohttp import web

from wizard.site.session import Site
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


@pytest.fixture(scope="module")
def loop():
    thread = EventLoopThread()
    yield thread
    thread.close()


@pytest.fixture(scope="module")
def edge(loop):
    app = web.Application(client_max_size=0)
    app.add_routes([web.get("/socket", echo), web.route("*", "/{path:.*}", describe)])
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
