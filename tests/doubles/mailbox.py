"""A mail server that keeps its mail in memory."""

from __future__ import annotations

import asyncio
import email

from aiosmtpd.smtp import SMTP


class Mailbox:
    def __init__(self):
        self.mails, self.port = [], 0

    async def start(self):
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, loop=loop, hostname="localhost"), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        self._server.close()
        await self._server.wait_closed()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 OK"
