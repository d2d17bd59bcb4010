"""What the deployed service of a rehearsal sends: its mail, and the hosts that it wants to reach."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from functools import cached_property

from wizard.targets.base import Target
from wizard.targets.local.servers import LocalServers
from wizard.targets.site_traffic import MAIL_SECONDS


class ObservedSite(Target):
    """The part of a rehearsal with the local servers, where the site's traffic ends."""

    @cached_property
    def _closers(self) -> list[Callable[[], object]]:
        """Functions that stop the started parts, in the order in which they were started."""
        return []

    @cached_property
    def servers(self) -> LocalServers:
        return LocalServers(self.host, self._closers)

    def site_mails(self) -> list[EmailMessage]:
        return list(self.servers.site_mailbox.mails)

    def wait_for_mail(self, address: str, since: int = 0, seconds: float = MAIL_SECONDS) -> EmailMessage | None:
        return self.servers.site_mailbox.wait(address, since, seconds)
