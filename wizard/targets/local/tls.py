"""A TLS proxy for a PostgreSQL server that was built without TLS, for projects that require it as on Railway.

Source: PostgreSQL's documentation of its protocol: a client may first ask whether the server accepts TLS.
"""

from __future__ import annotations

import asyncio
import ssl

from wizard.targets.local.event_loop import EventLoopThread

TLS_REQUEST, GSS_REQUEST = 80877103, 80877104
"""Request codes, sent in place of the protocol version. Source: PostgreSQL's documentation of its message formats."""


class TlsProxy:
    """Listens on loopback at `port`, with or without TLS, and forwards to *server_port* without."""

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
            while (code := int.from_bytes(first[4:], "big")) in {TLS_REQUEST, GSS_REQUEST}:
                writer.write(b"S" if code == TLS_REQUEST else b"N")
                await writer.drain()
                if code == TLS_REQUEST:
                    await writer.start_tls(self._context)
                first = await reader.readexactly(8)
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
            server_writer.write(first)
            await asyncio.gather(_forward(reader, server_writer), _forward(server_reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client left, or the server is down; either way the connection is closed
        finally:
            writer.close()


async def _forward(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(65_536):
            to.write(chunk)
            await to.drain()
    except OSError:
        pass  # one side closed the connection; closing the other follows
    finally:
        to.close()
