"""An SMTP server on loopback that keeps mail in memory."""

from __future__ import annotations

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope


class Mailbox:
    """Receives the mail of the rehearsal's uptime monitor, or of the site; `mails` has the newest last."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = 0
        self._recipients: list[set[str]] = []
        """The addresses that each mail was sent to, in lower case. A blind copy is in no header."""
        self._arrived = threading.Condition()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            return SMTP(self, loop=loop, hostname="localhost", enable_SMTPUTF8=True)

        self._server = await loop.create_server(protocol, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        with self._arrived:
            self._recipients.append({str(address).lower() for address in envelope.rcpt_tos})
            self.mails.append(message_from_bytes(raw, policy=policy.default))
            self._arrived.notify_all()
        return "250 Message accepted for delivery"

    def wait(self, address: str, since: int, seconds: float) -> EmailMessage | None:
        """Return the first mail to *address* after the first *since* mails, or None if none arrives in *seconds*."""

        def found() -> EmailMessage | None:
            pairs = zip(self.mails[since:], self._recipients[since:], strict=True)
            return next((mail for mail, recipients in pairs if address.lower() in recipients), None)

        with self._arrived:
            return self._arrived.wait_for(found, seconds)
