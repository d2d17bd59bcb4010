"""Base of every real target: Sentry, UptimeRobot, Razorpay and Cloudinary, with the user's own accounts.

Without an account at Sentry or UptimeRobot, a local stub replaces the service, and its items stay open or count as
rehearsed. A target from another package subclasses `ExternalServices` and adds the platform.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wizard.base.errors import NotYetError, ServiceError, StepError
from wizard.plan.actions import Action, CallService
from wizard.services import razorpay
from wizard.services.cloudinary import Cloudinary
from wizard.services.http import Client
from wizard.services.razorpay import Razorpay
from wizard.services.sentry import NARROW, Sentry
from wizard.services.uptimerobot import UptimeRobot
from wizard.site.session import Site
from wizard.targets.base import Database, Observation, Stage, Target
from wizard.targets.credentials import Credentials, address
from wizard.targets.local.edge import TrafficShape
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.outage_alert import send_test_alert

if TYPE_CHECKING:
    from wizard.targets.local.servers import LocalServers


class ExternalServices(Target):
    """A real production environment, with errors reported to Sentry and its health URL watched by UptimeRobot."""

    real = True

    # ---- for the platform's class to define

    @property
    @abstractmethod
    def name(self) -> str:
        """The project's name, which is also used at Sentry."""

    @abstractmethod
    def platform_account(self) -> Observation:
        """Return whether the platform accepts the login or token."""

    # ---- clients

    @property
    def has_host(self) -> bool:
        """Whether the site has a public name."""
        try:
            return bool(self.host)
        except NotYetError:
            return False

    @property
    def health_url(self) -> str:
        return f"https://{self.host}/health/"

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self.project)

    def local_servers(self) -> LocalServers:
        return self.rehearsal.servers

    @cached_property
    def rehearsal(self) -> Rehearsal:
        """The local rehearsal, for its database and its stubs of services without an account."""
        return Rehearsal(self.project, self.on_line, self.answers, self.facts, self.checklist)

    def _client(self, name: str, base_url: str, headers: dict[str, str] | None = None, **more: Any) -> Client:
        service = self.checklist.services[name]
        return Client(
            service.title,
            base_url,
            headers or {},
            access_hint=service.access_hint,
            status_page=service.status,
            on_line=self.on_line,
            **more,
        )

    def _bearer(self, name: str, base_url: str) -> Client | None:
        """Return a client with the service's token, or None without a token."""
        token = self.credentials.get(*self.checklist.services[name].variables)
        return self._client(name, base_url, {"Authorization": f"Bearer {token}"}) if token else None

    @cached_property
    def _own_sentry(self) -> Sentry | None:
        client = self._bearer("sentry", f"{address('sentry')}/api/0/")
        if client is None:
            return None
        if self.credentials.get("SENTRY_AUTH_TOKEN").startswith(NARROW):
            raise ServiceError("Sentry's token is an organisation token", "its scopes are fixed and not sufficient",
                               client.access_hint, service="Sentry", status=403)  # fmt: skip
        organisation = self.answers.get("sentry.organisation") or self.credentials.get("SENTRY_ORG")
        slug = self.answers.get("sentry.project") or self.name
        return Sentry(client, "", slug).at_organisation(organisation)

    @property
    def sentry(self) -> Sentry:
        return self._own_sentry or self.rehearsal.sentry

    @cached_property
    def _own_robot(self) -> UptimeRobot | None:
        client = self._bearer("uptimerobot", address("uptimerobot") + "/")
        return UptimeRobot(client) if client else None

    @property
    def uptimerobot(self) -> UptimeRobot:
        return self._own_robot or self.rehearsal.uptimerobot

    @property
    def cloudinary(self) -> Cloudinary:
        values = self.env_file_values()
        cloud, key, secret = (
            next((values[name] for name in self.settings_variables(rf"CLOUDINARY\w*{part}$") if values.get(name)), "")
            for part in ("CLOUD_NAME", "API_KEY", "API_SECRET")
        )
        if not (cloud and key and secret):
            raise NotYetError("Cloudinary's three values are not in .env.production yet", "", "Task 15 sets them.")
        return Cloudinary(self._client("cloudinary", address("cloudinary"), auth=(key, secret)), cloud, key, secret)

    def mail_client(self, provider: str) -> Client:
        return self._client(provider, address(provider))

    @property
    def razorpay(self) -> Razorpay | None:
        """The client of Razorpay with the site's keys; None if the settings read no keys."""
        values = self.env_file_values()
        ids = self.settings_variables(r"RAZORPAY\w*KEY_ID$")
        secrets = self.settings_variables(r"RAZORPAY\w*SECRET$")
        if not ids or not secrets:
            return None
        key, secret = values.get(ids[0], "").strip(), values.get(secrets[0], "").strip()
        return Razorpay(self._client("razorpay", address("razorpay") + "/", auth=(key, secret)), key, secret)

    @cached_property
    def _checkout(self) -> Any:
        from wizard.targets.local.checkout import HostedCheckout

        assert self.razorpay is not None
        checkout = HostedCheckout(self.razorpay)
        self.rehearsal.servers.loop.run(checkout.start())
        return checkout

    @property
    def checkout_url(self) -> str:
        if self.razorpay is None:
            return ""
        if razorpay.key_mode(self.razorpay.key_id) != "test":
            raise NotYetError(
                "The site has no test keys of Razorpay, and Golive never makes a live payment", "",
                "Pay one small order yourself, then skip the item with a note about it.",
            )  # fmt: skip
        return str(self._checkout.url)

    def check_credentials(self, service: str) -> Observation | None:
        try:
            if service == "razorpay":
                assert self.razorpay is not None
                mode = self.razorpay.validate()
                return Observation(
                    True, "service", "Razorpay: GET payments?count=1", f"the keys are valid: {mode} mode"
                )
            self.cloudinary.validate()
        except StepError as error:
            return Observation(False, "service", f"{self.checklist.services[service].title}: the keys", str(error))
        return Observation(True, "service", "Cloudinary: ping", "cloud name, key and secret are valid")

    # ---- plans

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        actions: list[Action] = []
        if stage is Stage.SENTRY and (sentry := self._own_sentry) and (not sentry.project_exists() or not sentry.dsn()):
            actions.append(CallService("Sentry", "sentry", f"create the project {sentry.project}"))
        if stage is Stage.MONITOR and self._own_robot and self.has_host:
            if not self._own_robot.find_monitor(self.health_url):
                actions.append(CallService("UptimeRobot", "monitor", f"monitor {self.health_url} every 5 minutes"))
            if not self.facts.get("uptimerobot.alert"):
                what = "send a test alert: monitor a missing address for a moment"
                actions.append(CallService("UptimeRobot", "alert", what))
        return actions

    def perform(self, part: str) -> dict[str, str]:
        match part:
            case "sentry":
                assert self._own_sentry is not None
                self._create_sentry_project(self._own_sentry)
            case "monitor":
                assert self._own_robot is not None
                self._own_robot.find_or_create_monitor(self.health_url)
            case "alert":
                assert self._own_robot is not None
                self.facts.put("uptimerobot.alert", send_test_alert(self._own_robot, self.host))
            case _:
                return super().perform(part)
        return {}

    def _create_sentry_project(self, sentry: Sentry) -> None:
        if not sentry.project_exists():
            sentry.create_project(self.answers.get("sentry.team"))
        if not sentry.dsn():
            sentry.create_key()
        self.facts.put("sentry.project", f"{sentry.organisation}/{sentry.project}")

    # ---- observations

    @property
    def database(self) -> Database:
        return self.rehearsal.database

    def connected_accounts(self) -> str:
        services = self.checklist.services.items()
        return ", ".join(
            name for name, service in services if service.account and self.credentials.get(*service.variables)
        )

    def account_statuses(self) -> Iterator[Observation]:
        yield self.platform_account()
        for name, ask in (("sentry", self.sentry_account), ("uptimerobot", self.uptimerobot_account)):
            service = self.checklist.services[name]
            if account := ask():
                source = self.credentials.source(*service.variables)
                yield Observation(True, "service", f"{service.title}, by {source}", account)
            else:
                why = (
                    f"no token yet. Sign up at {service.sign_up}, create a token at {service.tokens} and add it to "
                    f".env.production as {service.variables[0]}; it needs {service.needs}. Until then Golive uses a "
                    f"local stub, and {service.items} stay open in production"
                )
                yield Observation(None, "service", service.title, why)

    def sentry_account(self) -> str:
        """Return Sentry's organisation and the token's scopes; empty without a token."""
        sentry = self._own_sentry
        return f"organisation {sentry.organisation}, scopes {sentry.check_token()}" if sentry else ""

    def uptimerobot_account(self) -> str:
        """Return the account's mail address, plan and number of monitors; empty without a token."""
        if self._own_robot is None:
            return ""
        account = self._own_robot.account()
        plan = (account.get("activeSubscription") or {}).get("plan", "plan unknown")
        return f"{account['email']}, {plan}, {account['monitorsCount']} of {account['monitorLimit']} monitors"

    @contextmanager
    def throttled_site(self, shape: TrafficShape) -> Iterator[Site]:
        from wizard.targets.local.edge import Edge

        edge = Edge(self.host, f"https://{self.host}")
        edge.shape = shape
        self.rehearsal.servers.loop.run(edge.start())
        try:
            context = edge.client_context()
            with Site(
                edge.https_port, self.host, self.csrf_cookie_name(), tls=context, plain_port=edge.http_port
            ) as site:
                yield site
        finally:
            self.rehearsal.servers.loop.run(edge.stop())

    def data_status(self) -> Observation:
        return Observation(None, "service", "production's database", "it is not reachable from this machine")

    def health_monitor(self) -> dict[str, Any]:
        if self._own_robot is None:
            self.rehearsal.site().close()
            return self.rehearsal.health_monitor()
        if found := self._own_robot.find_monitor(self.health_url):
            return found
        raise NotYetError("The site has no uptime monitor yet", "", "Task 19 creates it.")

    def alert_status(self, monitor: dict[str, Any]) -> Observation:
        if self._own_robot is None:
            return dataclasses.replace(self.rehearsal.alert_status(monitor), real=False)
        if alert := self.facts.get("uptimerobot.alert"):
            return Observation(True, "record", "a temporary monitor of a missing address", alert)
        return Observation(None, "service", "UptimeRobot's incidents", "no test alert was sent yet")

    def interrupt(self) -> None:
        if self.is_started("rehearsal"):
            self.rehearsal.interrupt()

    def close(self) -> None:
        if self.is_started("_checkout"):
            self.rehearsal.servers.loop.run(self._checkout.stop())
        if self.is_started("rehearsal"):
            self.rehearsal.close()
