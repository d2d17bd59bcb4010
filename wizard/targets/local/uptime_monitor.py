"""The uptime monitor of the rehearsal: requests the health URL, and sends its alerts as real mail over SMTP.

It answers like UptimeRobot's API v3. Its interval runs a thousand times faster than UptimeRobot's.
Source: UptimeRobot's published OpenAPI description.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import aiohttp
from aiohttp import web

from wizard.base.secrets import constant_time_equal
from wizard.targets.local.mailbox import Mailbox
from wizard.targets.local.serving import serve

MIN_INTERVAL = 30
"""The shortest interval in seconds. Source: UptimeRobot's published OpenAPI description."""
REQUIRED = ("friendlyName", "type", "url", "interval", "timeout")


@dataclass
class UptimeMonitor:
    """Monitors URLs of *host* through the edge at *edge_port*. *pace*: real seconds for one second of an interval."""

    host: str
    edge_port: int
    trust: ssl.SSLContext
    mailbox: Mailbox
    pace: float = 1 / 1000
    key: str = field(default_factory=lambda: "u" + secrets.token_hex(16))
    address: str = "owner@example.com"
    port: int = 0
    monitors: dict[int, dict[str, Any]] = field(default_factory=dict)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    _tasks: dict[int, asyncio.Future[None]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1001))
    _runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v3"

    async def start(self) -> None:
        app = web.Application(middlewares=[self._require_key])
        app.add_routes([
            web.get("/v3/user/me", self.account),
            web.get("/v3/user/alert-contacts", self.list_contacts),
            web.get("/v3/monitors", self.list_monitors),
            web.post("/v3/monitors", self.create_monitor),
            web.get("/v3/monitors/{id}", self.read_monitor),
            web.post("/v3/monitors/{id}/pause", self.pause),
            web.post("/v3/monitors/{id}/start", self.resume),
            web.get("/v3/incidents", self.list_incidents),
            web.get("/v3/incidents/{id}/alerts", self.list_alerts),
        ])  # fmt: skip
        self._runner, self.port = await serve(app)

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    # ---- API

    @web.middleware
    async def _require_key(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not constant_time_equal(request.headers.get("Authorization", ""), f"Bearer {self.key}"):
            return web.json_response({"message": "Token is invalid", "statusCode": 401}, status=401)
        response: web.StreamResponse = await handler(request)
        return response

    async def account(self, _: web.Request) -> web.Response:
        plan = {"plan": "Free", "monitorLimit": 50}
        return web.json_response(
            {"email": self.address, "monitorsCount": len(self.monitors), "monitorLimit": 50, "activeSubscription": plan}
        )

    async def list_contacts(self, _: web.Request) -> web.Response:
        contact = {
            "id": 1, "friendlyName": "Owner", "type": "Email", "value": self.address, "status": "Active",
            "enableNotificationsFor": 0,
        }  # fmt: skip
        return web.json_response([contact])

    async def list_monitors(self, _: web.Request) -> web.Response:
        return web.json_response({"data": list(self.monitors.values()), "nextLink": None})

    async def create_monitor(self, request: web.Request) -> web.Response:
        body = await request.json()
        missing = [name for name in REQUIRED if name not in body]
        if missing or body["interval"] < MIN_INTERVAL or not str(body["url"]).startswith(("http://", "https://")):
            messages = [f"{name} is required" for name in missing] or ["invalid input"]
            return web.json_response({"message": messages, "statusCode": 400}, status=400)
        monitor = {**body, "id": next(self._numbers), "status": "STARTED", "createDateTime": _now()}
        self.monitors[monitor["id"]] = monitor
        self._begin(monitor)
        return web.json_response(monitor, status=201)

    def _requested(self, request: web.Request) -> dict[str, Any]:
        number = request.match_info["id"]
        if not number.isdigit() or int(number) not in self.monitors:
            text = '{"message": "Monitor not found", "statusCode": 404}'
            raise web.HTTPNotFound(text=text, content_type="application/json")
        return self.monitors[int(number)]

    async def read_monitor(self, request: web.Request) -> web.Response:
        return web.json_response(self._requested(request))

    async def pause(self, request: web.Request) -> web.Response:
        """Stop the checks; a paused monitor therefore sends no alert. Source: UptimeRobot's OpenAPI description."""
        monitor = self._requested(request)
        self._tasks.pop(monitor["id"]).cancel()
        monitor["status"] = "PAUSED"
        return web.json_response(monitor, status=201)

    async def resume(self, request: web.Request) -> web.Response:
        monitor = self._requested(request)
        if monitor["status"] == "PAUSED":
            monitor["status"] = "STARTED"
            self._begin(monitor)
        return web.json_response(monitor, status=201)

    async def list_incidents(self, request: web.Request) -> web.Response:
        wanted = request.query.get("monitor_id")
        found = [incident for incident in self.incidents if wanted in {None, str(incident["monitorId"])}]
        data = [{k: v for k, v in incident.items() if k != "alerts"} for incident in reversed(found)]
        return web.json_response({"data": data})

    async def list_alerts(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        incident = next((incident for incident in self.incidents if str(incident["id"]) == number), None)
        return web.json_response({"data": incident["alerts"] if incident else []}, status=200 if incident else 404)

    # ---- checks

    def _begin(self, monitor: dict[str, Any]) -> None:
        self._tasks[monitor["id"]] = asyncio.ensure_future(self._watch(monitor))

    async def _watch(self, monitor: dict[str, Any]) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                healthy, reason = await self._check(session, monitor)
                await self._record(monitor, healthy=healthy, reason=reason)
                await asyncio.sleep(monitor["interval"] * self.pace)

    async def _check(self, session: aiohttp.ClientSession, monitor: dict[str, Any]) -> tuple[bool, str]:
        """Request the URL once. Returns whether it is healthy, and the status or the error."""
        path = str(monitor["url"]).split("/", 3)[-1]
        try:
            async with session.request(
                monitor.get("httpMethodType", "HEAD"), f"https://127.0.0.1:{self.edge_port}/{path}", ssl=self.trust,
                server_hostname=self.host, headers={"Host": self.host}, allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=monitor["timeout"]),
            ) as response:  # fmt: skip
                accepted = monitor.get("successHttpResponseCodes", ["2xx", "3xx"])
                return f"{response.status // 100}xx" in accepted, f"HTTP {response.status}"
        except (aiohttp.ClientError, OSError) as error:
            return False, type(error).__name__

    async def _record(self, monitor: dict[str, Any], *, healthy: bool, reason: str) -> None:
        """Set the monitor's status; open or resolve an incident and send an alert if it changed."""
        before, monitor["status"] = monitor["status"], "UP" if healthy else "DOWN"
        name, url = monitor["friendlyName"], monitor["url"]
        if before == "DOWN" and healthy:
            self.incidents[-1]["resolvedAt"] = _now()
            await self._alert(monitor, f"Monitor is UP: {name}", f"{url} is up again: {reason}")
        elif before != "DOWN" and not healthy:
            number = next(self._numbers)
            incident = {"id": number, "monitorId": monitor["id"], "reason": reason, "startedAt": _now(), "alerts": []}
            self.incidents.append(incident)
            await self._alert(monitor, f"Monitor is DOWN: {name}", f"{url} is down: {reason}")

    async def _alert(self, monitor: dict[str, Any], subject: str, text: str) -> None:
        if not monitor.get("assignedAlertContacts"):
            return
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "alert@monitor.example", self.address, subject
        mail.set_content(text)
        try:
            await asyncio.to_thread(_send, mail, self.mailbox.port)
            status = "SUCCESS"
        except (OSError, smtplib.SMTPException):
            status = "NOT_DELIVERED"
        self.incidents[-1]["alerts"].append({
            "timestamp": _now(), "recipientName": "Owner", "recipientValue": self.address, "channelType": "Email",
            "status": status,
        })  # fmt: skip


def _send(mail: EmailMessage, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.send_message(mail)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
