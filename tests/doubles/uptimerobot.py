"""The stand-in for UptimeRobot's API v3: the rehearsal's monitor, with the limits of a plan and the service's manners.

Source: UptimeRobot's published OpenAPI description, and the limits its plans are quoted with.
"""

from __future__ import annotations

import asyncio
import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from doubles.openapi import checked
from wizard.targets.local import monitor
from wizard.targets.local.serving import serve

SCHEMA = "uptimerobot-openapi.yaml"


class UptimeRobot(monitor.UptimeMonitor):
    """A free plan: *limit* monitors, one check in five minutes. *limited* requests are answered 429 first."""

    limit, used, limited, retry_after, active = 50, 3, 0, "1", True

    async def start(self):
        self.problems, self.requests = [], []
        app = web.Application(middlewares=[self._limit, self._authorised, checked(SCHEMA, "/v3", self.problems)])
        app.add_routes([
            web.get("/v3/user/me", self.me),
            web.get("/v3/user/alert-contacts", self.contacts),
            web.get("/v3/monitors", self.list_monitors),
            web.post("/v3/monitors", self.make),
            web.get("/v3/monitors/{id}", self.one),
            web.delete("/v3/monitors/{id}", self.remove),
            web.get("/v3/incidents", self.list_incidents),
            web.get("/v3/incidents/{id}/alerts", self.list_alerts),
        ])  # fmt: skip
        self._runner, self.port = await serve(app)

    @web.middleware
    async def _limit(self, request, handler):
        self.requests.append((request.method, request.path))
        if self.limited:
            self.limited -= 1
            headers = {"Retry-After": self.retry_after, "X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0"}
            return web.json_response({"message": "Too many requests", "statusCode": 429}, status=429, headers=headers)
        return await handler(request)

    async def me(self, _):
        plan = {"plan": "Free", "monitorLimit": self.limit}
        count = self.used + len(self.monitors)
        return web.json_response({"email": self.address, "fullName": "Jane", "monitorLimit": self.limit,
                                  "monitorsCount": count, "activeSubscription": plan})  # fmt: skip

    async def contacts(self, _):
        contact = {"id": 1, "friendlyName": "Jane", "type": "Email", "value": self.address,
                   "status": "Active" if self.active else "NotActivated", "enableNotificationsFor": 0}  # fmt: skip
        return web.json_response([contact])

    async def list_monitors(self, request):
        found = [monitor._public(each) for each in self.monitors.values()
                 if each["url"] == request.query.get("url", each["url"])]  # fmt: skip
        return web.json_response({"data": found, "nextLink": None})

    async def make(self, request):
        body = await request.json()
        host = urlsplit(str(body["url"])).hostname or ""
        if host == "localhost" or _private(host):
            return _wrong(400, "The URL must not be a private address")
        if body["interval"] < 300:
            return web.json_response({"code": -28002, "details": "plan limit"}, status=400)
        if self.used + len(self.monitors) >= self.limit:
            return web.json_response({"code": -28001, "details": "monitor limit"}, status=400)
        made = {**body, "id": next(self._numbers), "status": "STARTED", "createDateTime": monitor._now()}
        self.monitors[made["id"]] = made
        made["task"] = asyncio.ensure_future(self._watch(made))
        return web.json_response(monitor._public(made), status=201)

    async def remove(self, request):
        found = self._found(request)
        found["task"].cancel()
        del self.monitors[found["id"]]
        return web.Response(status=200)


def _private(host):
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _wrong(status, message):
    return web.json_response({"message": message, "statusCode": status}, status=status)
