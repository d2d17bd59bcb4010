"""TLS in front of a PostgreSQL server that was built without it: Railway's has it, and some projects insist on it.

Source: PostgreSQL's description of its protocol: the first thing a client may ask is whether the server takes TLS.
"""

from __future__ import annotations

import asyncio
import ssl

from wizard.targets.local.loop import EventLoopThread

TLS_ASKED, GSS_ASKED = 80877103, 80877104
"""Codes in place of the protocol's version."""


class TlsFront:
    """Listens on loopback at `port`, and passes on to the server's port, in clear."""

    def __init__(self, context: ssl.SSLContext, server_port: int) -> None:
        self.port = 0
        self._context, self._server_port = context, server_port
        self._loop = EventLoopThread()
        self._loop.run(self._start())

    async def _start(self) -> None:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._listener.close()

    def close(self) -> None:
        self._loop.run(self._stop())
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await reader.readexactly(8)
            while (code := int.from_bytes(first[4:], "big")) in {TLS_ASKED, GSS_ASKED}:
                writer.write(b"S" if code == TLS_ASKED else b"N")
                await writer.drain()
                if code == TLS_ASKED:
                    await writer.start_tls(self._context)
                first = await reader.readexactly(8)
            there = await asyncio.open_connection("127.0.0.1", self._server_port)
            there[1].write(first)
            await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # whoever it was has left, or the server is not there: the client sees its connection end
        finally:
            writer.close()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(65_536):
            to.write(chunk)
            await to.drain()
    except OSError:
        pass  # one side has left, and the other is told so
    finally:
        to.close()
