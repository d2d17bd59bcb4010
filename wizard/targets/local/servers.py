"""The other servers of a rehearsal: edge, error collector, uptime monitor, mailbox, and stubs of three services.

Each starts when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from wizard.base.secrets import remember
from wizard.services.cloudinary import Cloudinary
from wizard.services.http import Client
from wizard.services.sentry import Sentry
from wizard.services.uptimerobot import UptimeRobot

if TYPE_CHECKING:
    from wizard.targets.local.edge import Edge
    from wizard.targets.local.error_collector import ErrorCollector
    from wizard.targets.local.event_loop import EventLoopThread
    from wizard.targets.local.fake_bucket import FakeBucket
    from wizard.targets.local.fake_cloudinary import FakeCloudinary
    from wizard.targets.local.fake_razorpay import FakeRazorpay
    from wizard.targets.local.mailbox import Mailbox
    from wizard.targets.local.uptime_monitor import UptimeMonitor

PACE, WITHIN = (0.1,), 30.0
"""Seconds between requests to the uptime monitor, and until it must have noticed a change."""


class Server(Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...


S = TypeVar("S", bound=Server)


class LocalServers:
    """Starts servers for the site *host*, and adds to *closers* a function that stops each."""

    def __init__(self, host: str, closers: list[Callable[[], object]]) -> None:
        self.host, self._closers = host, closers

    @cached_property
    def loop(self) -> EventLoopThread:
        from wizard.targets.local.event_loop import EventLoopThread

        loop = EventLoopThread()
        self._closers.insert(0, loop.close)  # the closers of all servers need the loop
        return loop

    def _start(self, server: S) -> S:
        self.loop.run(server.start())
        self._closers.append(lambda: self.loop.run(server.stop()))
        return server

    @cached_property
    def edge(self) -> Edge:
        from wizard.targets.local.edge import Edge

        return self._start(Edge(self.host))

    @cached_property
    def error_collector(self) -> ErrorCollector:
        from wizard.targets.local.error_collector import ErrorCollector

        collector = self._start(ErrorCollector())
        remember(collector.token)
        return collector

    @cached_property
    def mailbox(self) -> Mailbox:
        from wizard.targets.local.mailbox import Mailbox

        return self._start(Mailbox())

    @cached_property
    def site_mailbox(self) -> Mailbox:
        """The mailbox for what the site sends."""
        from wizard.targets.local.mailbox import Mailbox

        return self._start(Mailbox())

    @cached_property
    def uptime_monitor(self) -> UptimeMonitor:
        from wizard.targets.local.uptime_monitor import UptimeMonitor

        monitor = UptimeMonitor(self.host, self.edge.https_port, self.edge.client_context(), self.mailbox)
        remember(monitor.key)
        return self._start(monitor)

    @cached_property
    def razorpay(self) -> FakeRazorpay:
        from wizard.targets.local.fake_razorpay import FakeRazorpay

        razorpay = self._start(FakeRazorpay())
        remember(razorpay.key_secret)
        return razorpay

    @cached_property
    def cloudinary(self) -> FakeCloudinary:
        from wizard.targets.local.fake_cloudinary import FakeCloudinary

        cloudinary = self._start(FakeCloudinary(self.edge.server_context()))
        remember(cloudinary.api_secret)
        return cloudinary

    @cached_property
    def bucket(self) -> FakeBucket:
        from wizard.targets.local.fake_bucket import FakeBucket

        bucket = self._start(FakeBucket(takes_any_name=True))
        remember(bucket.key.secret)
        return bucket

    # ---- clients for them

    def sentry_client(self) -> Sentry:
        from wizard.targets.local.error_collector import ORGANISATION, PROJECT

        collector = self.error_collector
        client = _bearer_client("The error collector", collector.base_url, collector.token)
        return Sentry(client, ORGANISATION, PROJECT, real=False)

    def uptimerobot_client(self) -> UptimeRobot:
        client = _bearer_client("The uptime monitor", self.uptime_monitor.base_url + "/", self.uptime_monitor.key)
        return UptimeRobot(client, real=False, poll_intervals=PACE, timeout=WITHIN)

    def cloudinary_client(self) -> Cloudinary:
        fake = self.cloudinary
        auth = (fake.api_key, fake.api_secret)
        client = Client("The Cloudinary stub", fake.url, auth=auth, direct=True, verify=self.edge.client_context())
        return Cloudinary(client, fake.cloud, fake.api_key, fake.api_secret, real=False)


def _bearer_client(name: str, base_url: str, token: str) -> Client:
    return Client(name, base_url, {"Authorization": f"Bearer {token}"}, direct=True)
