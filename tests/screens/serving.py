"""A running `golive serve`, with HTTP and websocket clients that send requests unchanged."""

from __future__ import annotations

import asyncio
import http.client
import re
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import psutil

GOLIVE = [sys.executable, "-E", "-P", "-m", "wizard"]


class Served:
    """A server: `url` is the address with the token that it printed, `base` the same without path and token."""

    def __init__(self, process, url, errors):
        self.process, self.url, self.errors = process, url, errors
        self.base, _, self.token = url.partition("/?token=")
        self.host = self.base.removeprefix("http://")
        self.path = self.name = self.value = ""

    @property
    def sessions(self):
        return psutil.Process(self.process.pid).children()

    @property
    def cookie(self):
        return {"Cookie": f"{self.name}={self.value}"}

    def request(self, method, target, **headers):
        """Send this request without normalising the path or adding headers; returns status, headers and text."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in ({"Host": self.host} | headers).items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def enter(self, url=""):
        """Open the address, as a browser would; keeps the path and the cookie."""
        _, _, token = (url or self.url).partition("token=")
        status, headers, _ = self.request("GET", f"/?token={token}")
        assert status == 303
        self.path = headers["Location"]
        self.name, self.value = re.match(r"([^=]+)=([^;]+);", headers["Set-Cookie"]).groups()
        return headers

    @asynccontextmanager
    async def page(self, path="", **headers):
        """Open a websocket as the page does."""
        headers = {"Origin": self.base} | self.cookie | headers
        async with aiohttp.ClientSession() as client:
            url = f"{self.base}{path or self.path}ws?width=100&height=40"
            async with client.ws_connect(url, headers=headers) as socket:
                yield Page(socket)


class Page:
    """The websocket of an open page."""

    def __init__(self, socket):
        self.socket, self.drawn = socket, ""

    async def shown(self, *any_of):
        """Wait until one of *any_of* is drawn; returns it and discards the earlier output."""
        while True:
            for words in any_of:
                if words in self.drawn:
                    self.drawn = ""
                    return words
            message = await self.socket.receive(60)
            assert message.type is aiohttp.WSMsgType.BINARY, f"{message} after {self.drawn[-500:]}"
            self.drawn += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", message.data.decode())

    async def press(self, key):
        await self.socket.send_json(["stdin", key])

    async def closed(self):
        """Read until the server closes the websocket; returns the close code."""
        async with asyncio.timeout(60):
            async for _ in self.socket:
                pass
        return self.socket.close_code


@contextmanager
def serving(folder, python, *more, ends=signal.SIGINT, **how):
    """A server for the project in *folder*, stopped at the end."""
    command = [*GOLIVE, "serve", "--project", str(folder), "--python", python, *more]
    how = {"cwd": folder, "start_new_session": True, "stdin": subprocess.DEVNULL} | how
    errors = folder.parent / "errors.txt"
    with errors.open("w") as stderr, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=stderr, text=True, **how
    ) as server:  # fmt: skip
        try:
            yield Served(server, read_address(server), errors)
        finally:
            if server.poll() is None:
                server.send_signal(ends)
            server.wait(30)


def read_address(server):
    for line in server.stdout:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise AssertionError(f"the server ended with {server.wait()}")


async def gone(processes):
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, 30)
    return not alive
