"""What a production of one's own shares, whoever carries the site: the services beside the platform.

Sentry, UptimeRobot, Razorpay and Cloudinary are asked with the person's own accounts; for one without, a stand-in on
this machine is used, and its items stay open or are rehearsed only. A target of another package begins here: it says
where the site is and how it is put up.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

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
from wizard.targets.local.edge import Shape
from wizard.targets.local.rehearsal import Rehearsal

ALERT = "golive-test-alert/"
"""A path no site has: what watches it sees an outage."""


class ExternalServices(Target):
    """A real production whose errors Sentry hears of and whose health UptimeRobot watches."""

    real = True

    # ---- what the platform's own class says

    @property
    @abstractmethod
    def name(self) -> str:
        """The project's name, also at Sentry."""

    @abstractmethod
    def platform_account(self) -> Observation:
        """Whether the platform knows who asks."""

    @property
    def addressed(self) -> bool:
        """Whether the site has a public name."""
        try:
            return bool(self.host)
        except NotYetError:
            return False

    @property
    def health(self) -> str:
        return f"https://{self.host}/health/"

    # ---- how each service is asked

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self.project)

    @cached_property
    def rehearsal(self) -> Rehearsal:
        """What stands in for a service nobody has an account at, and the database this machine can reach."""
        return Rehearsal(self.project, self.on_line, self.answers, self.facts, self.checklist)

    def _client(self, name: str, base_url: str, headers: dict[str, str] | None = None, **more: Any) -> Client:
        about = self.checklist.services[name]
        return Client(about.title, base_url, headers or {}, access_hint=about.access_hint, on_line=self.on_line, **more)

    def _bearer(self, name: str, base_url: str) -> Client | None:
        token = self.credentials.get(*self.checklist.services[name].variables)
        return self._client(name, base_url, {"Authorization": f"Bearer {token}"}) if token else None

    @cached_property
    def _own_sentry(self) -> Sentry | None:
        client = self._bearer("sentry", f"{address('sentry')}/api/0/")
        if client is None:
            return None
        if self.credentials.get("SENTRY_AUTH_TOKEN").startswith(NARROW):
            raise ServiceError("Sentry's token is an organisation token", "its rights are fixed, and too narrow",
                               client.access_hint, service="Sentry", status=403)  # fmt: skip
        wanted = self.answers.get("sentry.organisation") or self.credentials.get("SENTRY_ORG")
        slug = self.answers.get("sentry.project") or self.name
        return Sentry(client, "", slug).at_organisation(wanted)

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
        values = self.given()
        cloud, key, secret = (
            next((values[name] for name in self.reads(rf"CLOUDINARY\w*{part}$") if values.get(name)), "")
            for part in ("CLOUD_NAME", "API_KEY", "API_SECRET")
        )
        if not (cloud and key and secret):
            raise NotYetError("Cloudinary's three values are not in .env.production yet", "", "Task 15 sets them.")
        return Cloudinary(self._client("cloudinary", address("cloudinary"), auth=(key, secret)), cloud, key, secret)

    @property
    def razorpay(self) -> Razorpay | None:
        """The site's payments, where it has any."""
        values = self.given()
        names = self.reads(r"RAZORPAY\w*KEY_ID$"), self.reads(r"RAZORPAY\w*SECRET$")
        if not all(names):
            return None
        key, secret = (values.get(found[0], "").strip() for found in names)
        return Razorpay(self._client("razorpay", address("razorpay") + "/", auth=(key, secret)), key, secret)

    @cached_property
    def _till(self) -> Any:
        from wizard.targets.local.checkout import Checkout

        assert self.razorpay is not None
        made = Checkout(self.razorpay)
        self.rehearsal.loop.run(made.start())
        return made

    @property
    def checkout(self) -> str:
        if self.razorpay is None:
            return ""
        if razorpay.key_mode(self.razorpay.key_id) != "test":
            raise NotYetError("The site has no test keys of Razorpay, and a live payment is a person's to make", "",
                              "Pay one small order by hand, then waive the item with what you saw.")  # fmt: skip
        return str(self._till.url)

    def check_credentials(self, service: str) -> Observation | None:
        try:
            if service == "razorpay":
                assert self.razorpay is not None
                told = f"the keys belong together: {self.razorpay.validate()} mode"
                return Observation(True, "service", "Razorpay: one payment asked for, none looked at", told)
            self.cloudinary.validate()
        except StepError as error:
            return Observation(False, "service", f"{self.checklist.services[service].title}: the keys", str(error))
        return Observation(True, "service", "Cloudinary: a ping", "cloud, key and secret belong together")

    # ---- what plans may want to do

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        found: list[Action] = []
        if stage is Stage.SENTRY and (sentry := self._own_sentry) and (not sentry.project_exists() or not sentry.dsn()):
            found.append(CallService("Sentry", "sentry", f"make the project {sentry.project}"))
        if stage is Stage.MONITOR and self._own_robot and self.addressed:
            if not self._own_robot.find_monitor(self.health):
                found.append(CallService("UptimeRobot", "monitor", f"watch {self.health} every 5 minutes"))
            if not self.facts.get("uptimerobot.alert"):
                what = "send a test alert: watch an address that is missing, for a moment"
                found.append(CallService("UptimeRobot", "alert", what))
        return found

    def do(self, part: str) -> dict[str, str]:
        match part:
            case "sentry":
                assert self._own_sentry is not None
                self._make_sentry(self._own_sentry)
            case "monitor":
                assert self._own_robot is not None
                self._own_robot.find_or_create_monitor(self.health)
            case "alert":
                self._alert()
            case _:
                return super().do(part)
        return {}

    def _make_sentry(self, sentry: Sentry) -> None:
        if not sentry.project_exists():
            sentry.create_project(self.answers.get("sentry.team"))
        if not sentry.dsn():
            sentry.create_key()
        self.facts.put("sentry.project", f"{sentry.organisation}/{sentry.project}")

    def _alert(self) -> None:
        robot = self._own_robot
        assert robot is not None
        monitor = robot.find_or_create_monitor(f"https://{self.host}/{ALERT}", "Golive: test alert")
        try:
            if not robot.wait_for_status(monitor, "DOWN"):
                why = f"its monitor {monitor['id']} of a missing address is not down"
                hint = "Run task 19 again."
                raise ServiceError("UptimeRobot noticed nothing in 15 minutes", why, hint, service="UptimeRobot")
            sent = [each for each in self._sent(robot, monitor) if each.get("status") == "SUCCESS"]
        finally:
            robot.delete(monitor)
        if not sent:
            hint = "Confirm the e-mail contact: click the link in UptimeRobot's mail."
            raise ServiceError("UptimeRobot sent no alert", "no mail went out for its incident", hint,
                               service="UptimeRobot")  # fmt: skip
        first = sent[0]
        told = (
            f"an outage of {ALERT} was noticed, and mailed to {first.get('recipientValue')} at {first.get('timestamp')}"
        )
        self.facts.put("uptimerobot.alert", told)

    def _sent(self, robot: UptimeRobot, monitor: dict[str, Any]) -> list[dict[str, Any]]:
        robot.wait_for(lambda: bool(robot.alerts(monitor)))
        return robot.alerts(monitor)

    # ---- what was seen

    @property
    def database(self) -> Database:
        return self.rehearsal.database

    def connected_accounts(self) -> str:
        services = self.checklist.services.items()
        return ", ".join(name for name, about in services if about.account and self.credentials.get(*about.variables))

    def account_statuses(self) -> Iterator[Observation]:
        yield self.platform_account()
        for name, asked in (("sentry", self.sentry_account), ("uptimerobot", self.robot_account)):
            about = self.checklist.services[name]
            told = asked()
            if told:
                yield Observation(
                    True, "service", f"{about.title}, by {self.credentials.where(*about.variables)}", told
                )
            else:
                why = (
                    f"no token yet: sign up at {about.sign_up}, make one at {about.tokens} and put it into "
                    f".env.production as {about.variables[0]}; it needs {about.needs}. Until then a stand-in on this "
                    f"machine is used, and {about.items} stay open in production"
                )
                yield Observation(None, "service", about.title, why)

    def sentry_account(self) -> str:
        sentry = self._own_sentry
        return f"organisation {sentry.organisation}, scopes {sentry.check_token()}" if sentry else ""

    def robot_account(self) -> str:
        if self._own_robot is None:
            return ""
        account = self._own_robot.account()
        plan = (account.get("activeSubscription") or {}).get("plan", "plan unknown")
        return f"{account['email']}, {plan}, {account['monitorsCount']} of {account['monitorLimit']} monitors"

    @contextmanager
    def slow(self, shape: Shape) -> Iterator[Site]:
        from wizard.targets.local.edge import Edge

        edge = Edge(self.host, f"https://{self.host}")
        edge.shape = shape
        self.rehearsal.loop.run(edge.start())
        try:
            context = edge.client_context()
            with Site(edge.https_port, self.host, self.csrf(), tls=context, plain_port=edge.http_port) as site:
                yield site
        finally:
            self.rehearsal.loop.run(edge.stop())

    def rows(self) -> Observation:
        return Observation(None, "service", "production's database", "it can't be asked from outside")

    def find_monitor(self) -> dict[str, Any]:
        if self._own_robot is None:
            self.rehearsal.site().close()
            return self.rehearsal.find_monitor()
        if found := self._own_robot.find_monitor(self.health):
            return found
        raise NotYetError("Nothing watches the site yet", "", "Task 19 sets the monitor up.")

    def alert_status(self, monitor: dict[str, Any]) -> Observation:
        if self._own_robot is None:
            return dataclasses.replace(self.rehearsal.alert_status(monitor), real=False)
        if told := self.facts.get("uptimerobot.alert"):
            return Observation(True, "record", "a temporary monitor of a missing address", told)
        return Observation(None, "service", "UptimeRobot's incidents", "no test alert was sent yet")

    def interrupt(self) -> None:
        if self.has("rehearsal"):
            self.rehearsal.interrupt()

    def close(self) -> None:
        if self.has("_till"):
            self.rehearsal.loop.run(self._till.stop())
        if self.has("rehearsal"):
            self.rehearsal.close()
