"""The error collector of the rehearsal: accepts events as Sentry does, and lists them as Sentry's API does.

Source: Sentry's developer documentation of envelopes, and its published API schema.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from wizard.base.secrets import constant_time_equal
from wizard.targets.local.sentry_envelopes import MAX_BYTES, decompress, event_summary, parse_envelope, parse_object

ORGANISATION, PROJECT, PROJECT_ID = "rehearsal", "service", "1"


@dataclass
class ErrorCollector:
    """Keeps events by id, the newest last. *key* is part of the DSN, and API requests need *token*."""

    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    token: str = field(default_factory=lambda: "sntryu_" + secrets.token_hex(32))
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    transactions: list[dict[str, Any]] = field(default_factory=list)
    """Records of requests that are traced. They use up a quota of their own."""
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def dsn(self) -> str:
        return f"http://{self.key}@127.0.0.1:{self.port}/{PROJECT_ID}"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/0/"

    async def start(self) -> None:
        app = web.Application(client_max_size=MAX_BYTES)
        project = f"/api/0/projects/{ORGANISATION}/{PROJECT}"
        organisation = {"id": "1", "slug": ORGANISATION, "name": "Rehearsal"}
        details = {"id": PROJECT_ID, "slug": PROJECT, "platform": "python-django"}
        app.add_routes([
            web.post("/api/{project}/envelope/", self.receive),
            web.post("/api/{project}/store/", self.receive),
            web.get("/api/0/", self.whoami),
            web.get("/api/0/organizations/", self._constant([organisation])),
            web.get(f"{project}/", self._constant(details)),
            web.get(f"{project}/keys/", self.list_keys),
            web.get(f"{project}/events/", self.list_events),
            web.get(f"{project}/events/{{event}}/", self.read_event),
        ])  # fmt: skip
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    # ---- events

    async def receive(self, request: web.Request) -> web.Response:
        """Accept an envelope, or a single event from an SDK before 2.0."""
        if _key_in(request) != self.key or request.match_info["project"] != PROJECT_ID:
            return _refusal(403, "event submission rejected with_reason: ProjectId")
        try:
            body = decompress(await request.read(), request.headers.get("Content-Encoding", ""))
            if request.path.endswith("/store/"):
                header = parse_object(body, "an event")
                events, traced = [header], list[dict[str, Any]]()
            else:
                header, items = parse_envelope(body)
                events = [parse_object(payload, "an event") for kind, payload in items if kind == "event"]
                traced = [parse_object(payload, "a transaction") for kind, payload in items if kind == "transaction"]
        except ValueError as error:
            return _refusal(400, f"invalid event envelope: {error}")
        self.transactions += traced
        for event in events:
            self.events[str(event.get("event_id") or header.get("event_id")).replace("-", "")] = event
        return web.json_response({"id": header.get("event_id", uuid.uuid4().hex)})

    # ---- API

    def _has_token(self, request: web.Request) -> bool:
        return constant_time_equal(request.headers.get("Authorization", ""), f"Bearer {self.token}")

    async def whoami(self, request: web.Request) -> web.Response:
        auth = {"scopes": ["org:read", "project:read", "event:read"]} if self._has_token(request) else None
        return web.json_response({"version": "0", "auth": auth, "user": None})

    def _constant(self, content: Any) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Return a handler that always answers *content*."""

        async def answer(request: web.Request) -> web.Response:
            return web.json_response(content) if self._has_token(request) else _unauthorized()

        return answer

    async def list_keys(self, request: web.Request) -> web.Response:
        if not self._has_token(request):
            return _unauthorized()
        dsn = {"public": self.dsn}
        key = {"id": self.key, "name": "Default", "public": self.key, "projectId": 1, "isActive": True, "dsn": dsn}
        return web.json_response([key])

    async def list_events(self, request: web.Request) -> web.Response:
        if not self._has_token(request):
            return _unauthorized()
        return web.json_response([event_summary(name, event) for name, event in reversed(self.events.items())])

    async def read_event(self, request: web.Request) -> web.Response:
        if not self._has_token(request):
            return _unauthorized()
        name = request.match_info["event"].replace("-", "")
        if name not in self.events:
            return web.json_response({"detail": "Event not found"}, status=404)
        event = self.events[name]
        return web.json_response({**event_summary(name, event), "entries": [], "context": event.get("extra", {})})


def _key_in(request: web.Request) -> str:
    found = re.search(r"sentry_key=([0-9a-f]+)", request.headers.get("X-Sentry-Auth", ""))
    return found[1] if found else request.query.get("sentry_key", "")


def _refusal(status: int, detail: str) -> web.Response:
    return web.json_response({"detail": detail, "causes": []}, status=status, headers={"X-Sentry-Error": detail})


def _unauthorized() -> web.Response:
    return web.json_response({"detail": "Invalid token"}, status=401)
