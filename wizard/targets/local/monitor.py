"""The uptime monitor of the rehearsal: it really asks the health address, and sends its alerts as real mail.

It answers as UptimeRobot's API v3 does; the minutes of its interval pass as fractions of a second. The mail goes by
SMTP to a sink on loopback that keeps it in memory.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import aiohttp
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope

from wizard.base.secrets import constant_time_equal

MINIMUM = 30
"""Seconds; the least interval UptimeRobot takes."""


class Mailbox:
    """An SMTP server on loopback that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, loop=loop, hostname="localhost"), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.mails.append(message_from_bytes(raw, policy=policy.default))
        return "250 Message accepted for delivery"


@dataclass
class Monitor:
    """Watches addresses of *host* through the edge at *edge_port*; *pace* real seconds stand for one second."""

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
    _numbers: Any = field(default_factory=lambda: itertools.count(1001))
    _runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v3"

    async def start(self) -> None:
        app = web.Application(middlewares=[self._authorised])
        app.add_routes([
            web.get("/v3/user/me", self.me),
            web.get("/v3/user/alert-contacts", self.contacts),
            web.get("/v3/monitors", self.list_monitors),
            web.post("/v3/monitors", self.make),
            web.get("/v3/monitors/{id}", self.one),
            web.post("/v3/monitors/{id}/pause", self.pause),
            web.post("/v3/monitors/{id}/start", self.resume),
            web.get("/v3/incidents", self.list_incidents),
            web.get("/v3/incidents/{id}/alerts", self.list_alerts),
        ])  # fmt: skip
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    # ---- the API

    @web.middleware
    async def _authorised(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not constant_time_equal(request.headers.get("Authorization", ""), f"Bearer {self.key}"):
            return web.json_response({"message": "Token is invalid", "statusCode": 401}, status=401)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def me(self, _: web.Request) -> web.Response:
        plan = {"plan": "Free", "monitorLimit": 50}
        return web.json_response(
            {"email": self.address, "monitorsCount": len(self.monitors), "monitorLimit": 50, "activeSubscription": plan}
        )

    async def contacts(self, _: web.Request) -> web.Response:
        contact = {
            "id": 1,
            "friendlyName": "Owner",
            "type": "Email",
            "value": self.address,
            "status": "Active",
            "enableNotificationsFor": 0,
        }
        return web.json_response([contact])

    async def list_monitors(self, _: web.Request) -> web.Response:
        return web.json_response({"data": [_public(each) for each in self.monitors.values()], "nextLink": None})

    async def make(self, request: web.Request) -> web.Response:
        body = await request.json()
        missing = [name for name in ("friendlyName", "type", "url", "interval", "timeout") if name not in body]
        if missing or body["interval"] < MINIMUM or not str(body["url"]).startswith(("http://", "https://")):
            return web.json_response(
                {"message": [f"{name} is required" for name in missing] or ["invalid input"], "statusCode": 400},
                status=400,
            )
        monitor = {**body, "id": next(self._numbers), "status": "STARTED", "createDateTime": _now()}
        self.monitors[monitor["id"]] = monitor
        monitor["task"] = asyncio.ensure_future(self._watch(monitor))
        return web.json_response(_public(monitor), status=201)

    def _found(self, request: web.Request) -> dict[str, Any]:
        number = request.match_info["id"]
        if not number.isdigit() or int(number) not in self.monitors:
            raise web.HTTPNotFound(
                text='{"message": "Monitor not found", "statusCode": 404}', content_type="application/json"
            )
        return self.monitors[int(number)]

    async def one(self, request: web.Request) -> web.Response:
        return web.json_response(_public(self._found(request)))

    async def pause(self, request: web.Request) -> web.Response:
        monitor = self._found(request)
        monitor["task"].cancel()  # a paused monitor asks nothing, so it sends no alert
        monitor["status"] = "PAUSED"
        return web.json_response(_public(monitor), status=201)

    async def resume(self, request: web.Request) -> web.Response:
        monitor = self._found(request)
        if monitor["status"] == "PAUSED":
            monitor["status"] = "STARTED"
            monitor["task"] = asyncio.ensure_future(self._watch(monitor))
        return web.json_response(_public(monitor), status=201)

    async def list_incidents(self, request: web.Request) -> web.Response:
        wanted = [
            each
            for each in self.incidents
            if str(each["monitorId"]) == request.query.get("monitor_id", str(each["monitorId"]))
        ]
        return web.json_response(
            {"data": [{k: v for k, v in each.items() if k != "alerts"} for each in reversed(wanted)]}
        )

    async def list_alerts(self, request: web.Request) -> web.Response:
        found = next((each for each in self.incidents if str(each["id"]) == request.match_info["id"]), None)
        return web.json_response({"data": found["alerts"] if found else []}, status=200 if found else 404)

    # ---- watching

    async def _watch(self, monitor: dict[str, Any]) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                healthy, why = await self._ask(session, monitor)
                await self._conclude(monitor, healthy=healthy, why=why)
                await asyncio.sleep(monitor["interval"] * self.pace)

    async def _ask(self, session: aiohttp.ClientSession, monitor: dict[str, Any]) -> tuple[bool, str]:
        path = str(monitor["url"]).split("/", 3)[-1]
        try:
            async with session.request(
                monitor.get("httpMethodType", "HEAD"), f"https://127.0.0.1:{self.edge_port}/{path}", ssl=self.trust,
                server_hostname=self.host, headers={"Host": self.host}, allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=monitor["timeout"]),
            ) as answer:  # fmt: skip
                accepted = monitor.get("successHttpResponseCodes", ["2xx", "3xx"])
                return f"{answer.status // 100}xx" in accepted, f"HTTP {answer.status}"
        except (aiohttp.ClientError, OSError) as error:
            return False, type(error).__name__

    async def _conclude(self, monitor: dict[str, Any], *, healthy: bool, why: str) -> None:
        before, monitor["status"] = monitor["status"], "UP" if healthy else "DOWN"
        if before == "DOWN" and healthy:
            self.incidents[-1]["resolvedAt"] = _now()
            await self._alert(
                monitor, f"Monitor is UP: {monitor['friendlyName']}", f"{monitor['url']} answers again: {why}"
            )
        elif before != "DOWN" and not healthy:
            self.incidents.append(
                {
                    "id": next(self._numbers),
                    "monitorId": monitor["id"],
                    "reason": why,
                    "startedAt": _now(),
                    "alerts": [],
                }
            )
            await self._alert(
                monitor, f"Monitor is DOWN: {monitor['friendlyName']}", f"{monitor['url']} does not answer: {why}"
            )

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
        alert = {
            "timestamp": _now(),
            "recipientName": "Owner",
            "recipientValue": self.address,
            "channelType": "Email",
            "status": status,
        }
        self.incidents[-1]["alerts"].append(alert)


def _send(mail: EmailMessage, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.send_message(mail)


def _public(monitor: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in monitor.items() if name != "task"}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
