"""A test double for UptimeRobot's API v3 on the free plan. Its monitors send requests, and its alerts are mails.

Source: UptimeRobot's published OpenAPI description, which every request is checked against, and the limits of its plans
and the errors as its own clients report them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from doubles.openapi import checked
from doubles.serving import serve

SCHEMA = "uptimerobot-openapi.yaml"
FREE_INTERVAL = 300
"""Seconds; the shortest interval of the free plan."""
CHECK_SECONDS = 0.3
"""The real time between two checks, in place of the interval."""


class UptimeRobot:
    """Checks URLs through the edge at *edge_port*, which serves *host*.

    Tests set *limit* and *used* monitors of the plan, whether the contact is *active* and the monitors are *paused*,
    and how many requests are *limited* with 429 and the header *retry_after*.
    """

    def __init__(self, host, edge_port, trust, mailbox):
        self.host, self.edge_port, self.trust, self.mailbox = host, edge_port, trust, mailbox
        self.key, self.address = f"u{secrets.token_hex(16)}", "owner@example.com"
        self.limit, self.used, self.limited, self.retry_after, self.active = 50, 3, 0, "1", True
        self.monitors, self.incidents, self.tasks = {}, [], {}
        self.paused = False
        self.problems, self.requests = [], []
        self.port = 0

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v3"

    async def start(self):
        app = web.Application(middlewares=[self._limit, self._authenticate, checked(SCHEMA, "/v3", self.problems)])
        app.add_routes([
            web.get("/v3/user/me", self.account),
            web.get("/v3/user/alert-contacts", self.list_contacts),
            web.get("/v3/monitors", self.list_monitors),
            web.post("/v3/monitors", self.create_monitor),
            web.get("/v3/monitors/{id}", self.read_monitor),
            web.delete("/v3/monitors/{id}", self.delete_monitor),
            web.get("/v3/incidents", self.list_incidents),
            web.get("/v3/incidents/{id}/alerts", self.list_alerts),
        ])  # fmt: skip
        self._runner, self.port = await serve(app)

    async def stop(self):
        for task in self.tasks.values():
            task.cancel()
        await self._runner.cleanup()

    # ---- refusals

    @web.middleware
    async def _limit(self, request, handler):
        self.requests.append((request.method, request.path))
        if self.limited:
            self.limited -= 1
            headers = {"Retry-After": self.retry_after, "X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0"}
            return web.json_response({"message": "Too many requests", "statusCode": 429}, status=429, headers=headers)
        return await handler(request)

    @web.middleware
    async def _authenticate(self, request, handler):
        authorization = request.headers.get("Authorization")
        if not authorization:
            return web.json_response("Token is required", status=401)
        if authorization != f"Bearer {self.key}":
            return _error(401, "Token is invalid")
        return await handler(request)

    # ---- account

    async def account(self, _):
        plan = {"plan": "Free", "monitorLimit": self.limit}
        return web.json_response({
            "email": self.address, "fullName": "Jane", "monitorsCount": self.used + len(self.monitors),
            "monitorLimit": self.limit, "smsCredits": 0, "activeSubscription": plan,
        })  # fmt: skip

    async def list_contacts(self, _):
        status = "Active" if self.active else "NotActivated"
        contact = {"id": 7, "friendlyName": "Jane", "type": "Email", "value": self.address, "status": status,
                   "enableNotificationsFor": 0}  # fmt: skip
        return web.json_response([contact])

    # ---- monitors

    async def list_monitors(self, request):
        url, size = request.query.get("url"), int(request.query.get("limit", 50))
        found = [monitor for monitor in self.monitors.values() if url in (None, monitor["url"])]
        return web.json_response({"data": found[:size], "nextLink": None})

    async def create_monitor(self, request):
        body = await request.json()
        if _is_private(urlsplit(body["url"]).hostname or ""):
            return _error(400, "The URL must not be a private address")
        if body["interval"] < FREE_INTERVAL:
            return web.json_response({"code": -28002, "details": "plan limit"}, status=400)
        if self.used + len(self.monitors) >= self.limit:
            return web.json_response({"code": -28001, "details": "monitor limit"}, status=400)
        number = 800_000_000 + len(self.requests)
        monitor = {"httpMethodType": "HEAD", "successHttpResponseCodes": ["2xx", "3xx"], "assignedAlertContacts": [],
                   **body, "id": number, "status": "STARTED", "createDateTime": _now()}  # fmt: skip
        self.monitors[number] = monitor
        self.tasks[number] = asyncio.ensure_future(self._watch(monitor))
        return web.json_response(monitor, status=201)

    def _requested(self, request):
        try:
            return self.monitors[int(request.match_info["id"])]
        except (KeyError, ValueError):
            text = '{"message": "Monitor not found", "error": "Not Found", "statusCode": 404}'
            raise web.HTTPNotFound(text=text, content_type="application/json") from None

    async def read_monitor(self, request):
        monitor = self._requested(request)
        return web.json_response({**monitor, "status": "PAUSED"} if self.paused else monitor)

    async def delete_monitor(self, request):
        number = self._requested(request)["id"]
        self.tasks.pop(number).cancel()
        del self.monitors[number]
        return web.Response(status=200)

    # ---- incidents

    async def list_incidents(self, request):
        number = request.query.get("monitor_id")
        found = [incident for incident in self.incidents if number in (None, str(incident["monitorId"]))]
        listed = [{name: value for name, value in incident.items() if name != "alerts"} for incident in found[::-1]]
        return web.json_response({"data": listed, "nextLink": None})

    async def list_alerts(self, request):
        for incident in self.incidents:
            if str(incident["id"]) == request.match_info["id"]:
                return web.json_response({"data": incident["alerts"]})
        return _error(404, "Incident not found")

    # ---- checks

    async def _watch(self, monitor):
        async with aiohttp.ClientSession() as session:
            while True:
                reason = await self._failure(session, monitor)
                previous, monitor["status"] = monitor["status"], "DOWN" if reason else "UP"
                if reason and previous != "DOWN":
                    self.incidents.append({"id": 900 + len(self.incidents), "monitorId": monitor["id"],
                                           "reason": reason, "startedAt": _now(), "alerts": []})  # fmt: skip
                    await self._alert(monitor, f"Monitor is DOWN: {monitor['friendlyName']}")
                elif previous == "DOWN" and not reason:
                    self.incidents[-1]["resolvedAt"] = _now()
                    await self._alert(monitor, f"Monitor is UP: {monitor['friendlyName']}")
                await asyncio.sleep(CHECK_SECONDS)

    async def _failure(self, session, monitor):
        """Check the URL once; returns the reason of a failure, or an empty text."""
        parts = urlsplit(monitor["url"])
        try:
            async with session.request(
                monitor["httpMethodType"], f"https://127.0.0.1:{self.edge_port}{parts.path}", ssl=self.trust,
                server_hostname=self.host, headers={"Host": parts.hostname}, allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=monitor["timeout"]),
            ) as answer:  # fmt: skip
                accepted = {f"{answer.status // 100}xx", str(answer.status)} & set(monitor["successHttpResponseCodes"])
                return "" if accepted else f"{answer.status} {answer.reason}"
        except (aiohttp.ClientError, OSError) as error:
            return f"Connection failed: {type(error).__name__}"

    async def _alert(self, monitor, subject):
        """Mail the assigned contacts. A contact that is not active gets no mail."""
        if not monitor["assignedAlertContacts"] or not self.active:
            return
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "alert@uptimerobot.example", self.address, subject
        mail.set_content(monitor["url"])
        await asyncio.to_thread(_send, mail, self.mailbox.port)
        self.incidents[-1]["alerts"].append({
            "timestamp": _now(), "recipientName": "Jane", "recipientValue": self.address, "channelType": "Email",
            "status": "SUCCESS",
        })  # fmt: skip


def _send(mail, port):
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.send_message(mail)


def _is_private(host):
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"


def _now():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _error(status, message):
    return web.json_response({"message": message, "statusCode": status}, status=status)
