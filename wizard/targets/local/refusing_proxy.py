"""A proxy that refuses all requests. Programs such as curl ask it for hosts outside this machine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress

REQUEST = re.compile(
    rb"(?:CONNECT |[A-Z]+ (https?)://)(?:[^/@\s]*@)?(\[[0-9a-fA-F:]+\]|[^/:\s]{1,253})(?::(\d{1,5}))?[/\s?]"
)
SECONDS = 5.0


class RefusingProxy:
    """Calls *refused* with each host and port that a program asks for, and closes the connection."""

    def __init__(self, refused: Callable[[str, int], None]) -> None:
        self.refused = refused
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0, limit=8192)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, TimeoutError):
            line = await asyncio.wait_for(reader.readline(), SECONDS)
            if found := REQUEST.match(line):
                default = 80 if found[1] == b"http" else 443
                self.refused(found[2].decode("ascii", "replace").strip("[]").lower(), int(found[3] or default))
        writer.transport.abort()
