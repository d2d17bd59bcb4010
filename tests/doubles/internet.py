"""All test doubles together, and the proxy that routes public names to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import ssl
import sys
from pathlib import Path

from aiohttp import web

from doubles.cloudinary import Cloudinary
from doubles.edge import Edge
from doubles.mailbox import Mailbox
from doubles.railway import executable
from doubles.railway.cloud import Cloud
from doubles.railway.command import Command
from doubles.railway.graphql import Api
from doubles.razorpay import Razorpay
from doubles.sentry import Sentry
from doubles.serving import EventLoop, serve
from doubles.uptimerobot import UptimeRobot

REAL = ("railway.com", "sentry.io", "uptimerobot.com", "razorpay.com", "cloudinary.com")


class Proxy:
    """An HTTP proxy that routes *.up.railway.app to the edge and blocks the real services.

    Other hosts are passed through: pip's package registry is one.
    """

    def __init__(self, edge):
        self.edge, self.requests, self.port = edge, [], 0

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        self._server.close()

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            line, rest = head.split(b"\r\n", 1)
            method, target, version = line.decode().split()
            host = target.split("/")[2] if "://" in target else target
            name, _, port = host.partition(":")
            self.requests.append(f"{method} {name}")
            if name.endswith(REAL):
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                writer.close()
                return
            secure = method == "CONNECT" and port == "443"
            place = ("127.0.0.1", self.edge.https_port if secure else self.edge.http_port)
            if not name.endswith(".up.railway.app"):
                place = (name, int(port or 80))
            upstream, to_upstream = await asyncio.open_connection(*place)
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[-1] if target.count("/") > 2 else "/"
                rest = rest.replace(b"Connection: keep-alive", b"Connection: close")
                to_upstream.write(f"{method} {path} {version}\r\n".encode() + rest)
            await asyncio.gather(_pipe(reader, to_upstream), _pipe(upstream, writer))


async def _pipe(source, to):
    with contextlib.suppress(OSError):
        while chunk := await source.read(65536):
            to.write(chunk)
            await to.drain()
    with contextlib.suppress(OSError):
        to.close()


class RailwayServer:
    """Railway's GraphQL API, and the endpoint that the `railway` executable calls."""

    def __init__(self, cloud):
        self.cloud, self.port, self.requests = cloud, 0, 0
        self.command = Command(cloud)

    async def start(self):
        app = web.Application()
        app.add_routes([web.post("/graphql/v2", self.graphql), web.post("/cli", self.cli)])
        self._runner, self.port = await serve(app)

    async def stop(self):
        await self._runner.cleanup()

    async def cli(self, request):
        return web.json_response(await asyncio.to_thread(self.command.run_call, await request.json()))

    async def graphql(self, request):
        self.requests += 1
        faults, identity = self.cloud.faults, None
        if faults.limited:
            faults.limited -= 1
            return web.json_response({"message": "rate limited"}, status=429,
                                     headers={"Retry-After": faults.retry_after})  # fmt: skip
        project = self.cloud.project_tokens.get(request.headers.get("Project-Access-Token", ""))
        if project:
            identity = ("project", project)
        elif request.headers.get("Authorization") == f"Bearer {self.cloud.api_token}":
            identity = ("account", None)
        body = await request.json()
        return web.json_response(await asyncio.to_thread(Api(self.cloud).answer, body, identity))


class Internet:
    """Every service that Golive uses, on loopback. `environment` makes a run of Golive use them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.loop = EventLoop()
        self.cloud = Cloud(folder / "cloud")
        self.edge = Edge("*.up.railway.app")
        self.proxy, self.railway, self.sentry = Proxy(self.edge), RailwayServer(self.cloud), Sentry()
        self.mailbox, self.razorpay = Mailbox(), Razorpay()
        for part in (self.edge, self.proxy, self.railway, self.sentry, self.mailbox, self.razorpay):
            self.loop.run(part.start())
        self.robot = UptimeRobot("", self.edge.https_port, self.edge.client_context(), self.mailbox)
        self.cloudinary = Cloudinary(self.edge.server_context())
        for part in (self.robot, self.cloudinary):
            self.loop.run(part.start())
        self.cloud.on_live = self._live
        self.bin, self.home = folder / "bin", folder / "home"
        self.home.mkdir()
        executable.install(self.bin, sys.executable, f"http://127.0.0.1:{self.railway.port}/cli")
        self.authority = folder / "authority.pem"
        usual = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
        usual_roots = Path(usual).read_bytes() if usual and Path(usual).is_file() else b""
        self.authority.write_bytes(usual_roots + b"\n" + self.edge.authority.cert_pem.bytes())

    def _live(self, host, port):
        self.edge.host, self.edge.upstream, self.robot.host = host, port, host

    def environment(self, **extra):
        proxy = f"http://127.0.0.1:{self.proxy.port}"
        inherited = {name: value for name, value in os.environ.items()
                if not name.startswith(("RAILWAY_", "SENTRY_", "UPTIMEROBOT_", "GOLIVE_"))}  # fmt: skip
        return {
            **inherited, "PATH": f"{self.bin}{os.pathsep}{inherited['PATH']}", "HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(self.authority),
            "GOLIVE_RAILWAY_URL": f"http://127.0.0.1:{self.railway.port}/graphql/v2",
            "SENTRY_URL": self.sentry.url, "GOLIVE_UPTIMEROBOT_URL": self.robot.base_url,
            "GOLIVE_RAZORPAY_URL": f"{self.razorpay.url}/v1", "GOLIVE_CLOUDINARY_URL": self.cloudinary.url, **extra,
        }  # fmt: skip

    def log_in(self):
        record = {"argv": ["login"], "cwd": "/", "home": str(self.home), "stdin": "", "env": {}, "names": []}
        assert self.railway.command.run_call(record)["code"] == 0

    def close(self):
        self.cloud.close()
        for part in (self.cloudinary, self.robot, self.razorpay, self.mailbox, self.sentry, self.railway, self.proxy,
                     self.edge):  # fmt: skip
            self.loop.run(part.stop())
        self.loop.close()
        shutil.rmtree(self.folder / "cloud", ignore_errors=True)
