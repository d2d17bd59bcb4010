"""What the deployed service of a rehearsal sends: its mail, and the hosts that it wants to reach."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from functools import cached_property
from urllib.parse import urlsplit

from wizard.targets.base import Target
from wizard.targets.local.deployment import Deployment
from wizard.targets.local.servers import LocalServers
from wizard.targets.local.traffic import NAME, Traffic
from wizard.targets.site_traffic import MAIL_SECONDS, WantedHost


class ObservedSite(Target):
    """The part of a rehearsal with the local servers, where the site's traffic ends."""

    @cached_property
    def _closers(self) -> list[Callable[[], object]]:
        """Functions that stop the started parts, in the order in which they were started."""
        return []

    @cached_property
    def servers(self) -> LocalServers:
        return LocalServers(self.host, self._closers)

    def _observed(self, deployment: Deployment) -> Deployment:
        """Let the processes of *deployment* reach this machine and the hosts of `egress` only, and keep their mail."""
        allowed = [*self.config.egress, *_hosts(self.database.url)]
        deployment.traffic.configure(allowed=allowed, mail=self.servers.site_mailbox.port)
        return deployment

    def wanted_hosts(self) -> list[WantedHost]:
        return Traffic(self.project.work / NAME).wanted()

    def site_mails(self) -> list[EmailMessage]:
        return list(self.servers.site_mailbox.mails)

    def wait_for_mail(self, address: str, since: int = 0, seconds: float = MAIL_SECONDS) -> EmailMessage | None:
        return self.servers.site_mailbox.wait(address, since, seconds)


def _hosts(url: str) -> list[str]:
    """The host of a database's URL. GOLIVE_DATABASE_URL may name another machine, which the user then allows."""
    name = urlsplit(url).hostname
    return [name] if name else []
