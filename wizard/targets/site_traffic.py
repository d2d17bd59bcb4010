"""What the site sends while a target runs it: mail, and connections to other hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.message import EmailMessage
from typing import IO, TYPE_CHECKING, NamedTuple

from wizard.base.errors import NotYetError

if TYPE_CHECKING:
    from wizard.checklist.answers import Question
    from wizard.services.http import Client

FACT = "egress.wanted"
"""The fact that lists the wanted hosts of the last rehearsal, for reports."""
MAIL_SECONDS = 10.0
"""How long to wait for a mail. The site may send it from a thread or a queue."""


class WantedHost(NamedTuple):
    """A host outside this machine that the site tried to reach.

    Arguments:
        host: the name, or the address if the name is not known.
        port: 0 if it is not known.
        where: the line of the project that asked, as in `shop/views.py:12`, else the kind of process.
    """

    host: str
    port: int
    where: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host


def wanted_hosts(facts: Mapping[str, str]) -> list[WantedHost]:
    """Return the wanted hosts of the last rehearsal from *facts*."""
    try:
        return [WantedHost(str(host), int(port), str(where)) for host, port, where in json.loads(facts.get(FACT, "[]"))]
    except (ValueError, TypeError, RecursionError):  # changed by hand
        return []


class SiteTraffic:
    """The part of a target that observes what the site sends. A real target observes nothing."""

    def wanted_hosts(self) -> list[WantedHost]:
        """Return the hosts that the site tried to reach and could not, in the order of their first use."""
        return []

    def site_mails(self) -> list[EmailMessage]:
        """Return the mails that the site has sent, the newest last. They are kept in memory only."""
        return []

    def wait_for_mail(self, address: str, since: int = 0, seconds: float = MAIL_SECONDS) -> EmailMessage | None:
        """Return the first mail to *address* after the first *since* mails, or None if none arrives in *seconds*.

        *since* is the length of `site_mails()` before the request that lets the site send a mail.
        """
        return None

    def command_questions(self) -> list[Question]:
        """Return the question whether Golive may run commands in the service. Empty where it can't."""
        return []

    def run_in_service(self, command: str, stdin: IO[bytes] | None = None) -> str:
        """Run a shell *command* beside the running service, in its container. Returns the standard output.

        Raises:
            NotYetError: the target can't do that, or the user has not allowed it.
        """
        raise NotYetError("Golive can't run a command in the service")

    def mail_client(self, provider: str) -> Client:
        """Return a client of a mail *provider*'s API, without a key.

        Raises:
            NotYetError: the target sends nothing to providers.
        """
        raise NotYetError("A rehearsal sends nothing to a mail provider")
