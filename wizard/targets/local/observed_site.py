"""What the deployed service of a rehearsal sends: its mail, and the hosts that it wants to reach."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wizard.base.errors import CommandError
from wizard.targets.base import Target
from wizard.targets.local import service_variables
from wizard.targets.local.private_network.network import PrivateNetwork
from wizard.targets.local.servers import LocalServers
from wizard.targets.local.traffic import Traffic, wanted
from wizard.targets.site_traffic import FACT, MAIL_SECONDS, WantedHost

if TYPE_CHECKING:
    from wizard.targets.local.deployment import Deployment

RIGHTS = re.compile(r"Operation not permitted|PermissionError|\bEPERM\b|setgroups|setuid|Can't drop privileges")
"""Errors of a program that needs more rights than a network namespace leaves it."""


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
        traffic = deployment.traffic
        allowed = [*self.config.egress, *_host(self.database.url)]
        traffic.configure(allowed=allowed, mail=self.servers.site_mailbox.port, proxy=0, services=self._services())
        deployment.network = PrivateNetwork(self.project.root, traffic.folder)
        self._closers.append(deployment.network.stop)
        deployment.network.start(allowed)
        if not deployment.network.running:
            self._guard_programs(traffic)
        return deployment

    def _services(self) -> dict[str, str]:
        """The services whose packages use a stub of this machine, with its URL."""
        used = service_variables.uses_razorpay(self.project, self.config)
        return {"razorpay": self.servers.razorpay.url} if used else {}

    def _guard_programs(self, traffic: Traffic) -> None:
        """Without a network namespace, only Python guards itself. Other programs get a proxy that refuses."""
        self._closers.append(traffic.refuse_programs().stop)

    def _start(self, deployment: Deployment, environment: Mapping[str, str], *, server_only: bool = False) -> None:
        """Start *deployment*, or its server only; outside of its network if it needs rights that it lacks there.

        Raises:
            StepError, CommandError: it doesn't start, or is unhealthy.
        """
        try:
            deployment.start(environment, server_only=server_only)
        except CommandError as error:
            network = deployment.network
            if network is None or not network.running or not RIGHTS.search(error.why + "\n".join(deployment.log)):
                raise
            network.stop()
            network.problem = "the start command needs rights that it does not have in a network namespace"
            self._guard_programs(deployment.traffic)
            self.on_line(f"The service starts again without a network namespace: {network.problem}")
            deployment.start(environment, server_only=server_only)

    def wanted_hosts(self) -> list[WantedHost]:
        work = self.project.work
        return wanted([*Traffic.of_checks(work).attempts(), *Traffic.of_service(work).attempts()])

    def _record_wanted_hosts(self) -> None:
        """Keep the wanted hosts for reports."""
        hosts = self.wanted_hosts()
        self.facts.put(FACT, json.dumps(hosts) if hosts else "")

    def egress_description(self, deployment: Deployment) -> str:
        """Return how the processes of *deployment* are kept from other hosts, for evidence."""
        network = deployment.network
        way = "network namespace" if network and network.running else "guard in the interpreter"
        text = f"reaches this machine only ({way})"
        if allowed := ", ".join(self.config.egress):
            text += f", and {allowed}"
        return text

    def site_mails(self) -> list[EmailMessage]:
        return list(self.servers.site_mailbox.mails)

    def wait_for_mail(self, address: str, since: int = 0, seconds: float = MAIL_SECONDS) -> EmailMessage | None:
        return self.servers.site_mailbox.wait(address, since, seconds)


def _host(url: str) -> list[str]:
    """The host and port of a database's URL. The user allows them by giving GOLIVE_DATABASE_URL."""
    parts = urlsplit(url)
    if not parts.hostname:
        return []
    return [f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname]
