"""The uptime monitor: an outage sends two mails, a pause sends none, and a wrong key is refused."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from aiohttp import web

from wizard.base.errors import StepError
from wizard.services.http import Client
from wizard.services.uptimerobot import UptimeRobot
from wizard.targets.local.edge import Edge
from wizard.targets.local.event_loop import EventLoopThread
from wizard.targets.local.mailbox import Mailbox
from wizard.targets.local.serving import serve
from wizard.targets.local.uptime_monitor import UptimeMonitor

HOST = "shop.up.railway.app"


def robot(monitor, key):
    headers = {"Authorization": f"Bearer {key}"}
    client = Client("The uptime monitor", monitor.base_url + "/", headers, direct=True)
    return UptimeRobot(client, real=False, poll_intervals=(0.05,), timeout=10)


class Parts:
    def __init__(self):
        self.loop, self.status = EventLoopThread(), 200
        app = web.Application()
        app.add_routes([web.get("/health/", self.health)])
        self.runner, port = self.loop.run(serve(app))
        self.edge, self.mailbox = Edge(HOST), Mailbox()
        self.loop.run(self.edge.start())
        self.edge.upstream = port
        self.loop.run(self.mailbox.start())
        self.monitor = UptimeMonitor(HOST, self.edge.https_port, self.edge.client_context(), self.mailbox)
        self.loop.run(self.monitor.start())
        self.robot = robot(self.monitor, self.monitor.key)

    async def health(self, request):
        return web.json_response({"status": "healthy"}, status=self.status)

    def close(self):
        for part in (self.monitor, self.mailbox, self.edge):
            self.loop.run(part.stop())
        self.loop.run(self.runner.cleanup())
        self.loop.close()


@pytest.fixture
def parts():
    parts_of_monitor = Parts()
    yield parts_of_monitor
    parts_of_monitor.close()


def test_an_outage_and_its_end_are_mailed(parts):
    monitor = parts.robot.find_or_create_monitor(f"https://{HOST}/health/")
    assert monitor["interval"] == 300
    assert parts.robot.find_or_create_monitor(f"https://{HOST}/health/")["id"] == monitor["id"], (
        "an existing monitor is used again"
    )
    assert parts.robot.wait_for_status(monitor, "UP")
    parts.status = 503
    assert parts.robot.wait_for_status(monitor, "DOWN")
    parts.status = 200
    assert parts.robot.wait_for_status(monitor, "UP")
    assert parts.robot.wait_for(lambda: len(parts.mailbox.mails) == 2)
    subjects = [mail["Subject"] for mail in parts.mailbox.mails]
    assert ["DOWN" in subjects[0], "UP" in subjects[1]] == [True, True]
    assert "HTTP 503" in parts.mailbox.mails[0].get_content()
    assert [alert["status"] for alert in parts.robot.alerts(monitor)] == ["SUCCESS", "SUCCESS"]


def test_a_paused_monitor_sends_no_alert(parts):
    monitor = parts.robot.find_or_create_monitor(f"https://{HOST}/health/")
    assert parts.robot.wait_for_status(monitor, "UP")
    address = f"{parts.monitor.base_url}/monitors/{monitor['id']}"
    headers = {"Authorization": f"Bearer {parts.monitor.key}"}
    assert httpx.post(f"{address}/pause", headers=headers, trust_env=False).status_code == 201
    parts.status = 503
    assert not replace(parts.robot, timeout=1).wait_for(lambda: bool(parts.mailbox.mails))
    assert parts.robot.read(monitor)["status"] == "PAUSED"


def test_a_wrong_key_is_refused(parts):
    with pytest.raises(StepError, match="401"):
        robot(parts.monitor, "wrong").account()
