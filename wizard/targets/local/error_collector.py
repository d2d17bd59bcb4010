"""The error sink of the rehearsal: takes Sentry's envelopes and answers its API for the events in them.

Source: Sentry's developer documentation of envelopes, and its published API schema.
"""

from __future__ import annotations

import json
import re
import secrets
import uuid
import zlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from wizard.base.secrets import constant_time_equal

ORGANISATION, PROJECT, NUMBER = "rehearsal", "service", "1"
LIMIT = 20 * 1024 * 1024
"""Bytes of a compressed envelope; Sentry answers 413 above. Source: its developer documentation."""


@dataclass
class Sink:
    """Events by id, newest last. *key* stands in the DSN, *token* is asked for by the API."""

    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    token: str = field(default_factory=lambda: "sntryu_" + secrets.token_hex(32))
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def dsn(self) -> str:
        return f"http://{self.key}@127.0.0.1:{self.port}/{NUMBER}"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/0/"

    async def start(self) -> None:
        app = web.Application(client_max_size=LIMIT)
        project = f"/api/0/projects/{ORGANISATION}/{PROJECT}"
        organisation = {"id": "1", "slug": ORGANISATION, "name": "Rehearsal"}
        listed = {"id": NUMBER, "slug": PROJECT, "platform": "python-django"}
        app.add_routes([
            web.post("/api/{project}/envelope/", self.take),
            web.post("/api/{project}/store/", self.take),
            web.get("/api/0/", self.whoami),
            web.get("/api/0/organizations/", self.listed(organisation)),
            web.get(f"{project}/", self.told(listed)),
            web.get(f"{project}/keys/", self.keys),
            web.get(f"{project}/events/", self.list_events),
            web.get(f"{project}/events/{{event}}/", self.one_event),
        ])  # fmt: skip
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    # ---- envelopes

    async def take(self, request: web.Request) -> web.Response:
        if self._key_of(request) != self.key or request.match_info["project"] != NUMBER:
            return _refused(403, "event submission rejected with_reason: ProjectId")
        try:
            body = unpacked(await request.read(), request.headers.get("Content-Encoding", ""))
            if request.path.endswith("/store/"):  # where an SDK before 2.0 leaves an event
                header = _object(body, "an event")
                events = [header]
            else:
                header, items = envelope(body)
                events = [_object(payload, "an event") for kind, payload in items if kind == "event"]
        except ValueError as error:
            return _refused(400, f"invalid event envelope: {error}")
        for event in events:
            self.events[str(event.get("event_id") or header.get("event_id")).replace("-", "")] = event
        return web.json_response({"id": header.get("event_id", uuid.uuid4().hex)})

    def _key_of(self, request: web.Request) -> str:
        found = re.search(r"sentry_key=([0-9a-f]+)", request.headers.get("X-Sentry-Auth", ""))
        return found[1] if found else request.query.get("sentry_key", "")

    # ---- the API

    def _known(self, request: web.Request) -> bool:
        return constant_time_equal(request.headers.get("Authorization", ""), f"Bearer {self.token}")

    async def whoami(self, request: web.Request) -> web.Response:
        auth = {"scopes": ["org:read", "project:read", "event:read"]} if self._known(request) else None
        return web.json_response({"version": "0", "auth": auth, "user": None})

    def listed(self, entry: dict[str, str]) -> Any:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response([entry]) if self._known(request) else _denied()

        return answer

    def told(self, entry: dict[str, str]) -> Any:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response(entry) if self._known(request) else _denied()

        return answer

    async def keys(self, request: web.Request) -> web.Response:
        if not self._known(request):
            return _denied()
        dsn = {"public": self.dsn}
        key = {"id": self.key, "name": "Default", "public": self.key, "projectId": 1, "isActive": True, "dsn": dsn}
        return web.json_response([key])

    async def list_events(self, request: web.Request) -> web.Response:
        if not self._known(request):
            return _denied()
        return web.json_response([_listed(name, event) for name, event in reversed(self.events.items())])

    async def one_event(self, request: web.Request) -> web.Response:
        if not self._known(request):
            return _denied()
        name = request.match_info["event"].replace("-", "")
        if name not in self.events:
            return web.json_response({"detail": "Event not found"}, status=404)
        return web.json_response(
            {**_listed(name, self.events[name]), "entries": [], "context": self.events[name].get("extra", {})}
        )


def _listed(name: str, event: dict[str, Any]) -> dict[str, Any]:
    # Sentry makes tags of these two by itself.
    made = {"url": _mapping(event.get("request")).get("url"), "transaction": event.get("transaction")}
    tags = {**{name: value for name, value in made.items() if value}, **_mapping(event.get("tags"))}
    return {
        "eventID": name,
        "id": name,
        "title": title(event),
        "message": str(event.get("message") or ""),
        "dateCreated": event.get("timestamp"),
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }


def _mapping(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def title(event: dict[str, Any]) -> str:
    """`RuntimeError: what was raised`, or the message of an event without an exception."""
    values = _mapping(event.get("exception")).get("values")
    raised = _mapping(values[-1]) if isinstance(values, list) and values else {}
    if raised.get("type"):
        return f"{raised['type']}: {raised.get('value', '')}"
    message = _mapping(event.get("logentry"))
    return str(message.get("formatted") or message.get("message") or event.get("message") or "(no message)")


def _refused(status: int, detail: str) -> web.Response:
    return web.json_response({"detail": detail, "causes": []}, status=status, headers={"X-Sentry-Error": detail})


def _denied() -> web.Response:
    return web.json_response({"detail": "Invalid token"}, status=401)


def unpacked(body: bytes, encoding: str) -> bytes:
    """*body* without its Content-Encoding.

    Raises:
        ValueError: an encoding nobody asked for, or a body that isn't in it.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding in {"gzip", "deflate"}:
        inflating = zlib.decompressobj(zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS)
        try:
            whole = inflating.decompress(body, LIMIT)
        except zlib.error as error:
            raise ValueError(f"not {encoding}: {error}") from error
        if not inflating.eof:
            raise ValueError("cut short, or larger than it may be")
        return whole
    if encoding == "br":  # what the SDK chooses where its environment happens to have Brotli
        import brotli

        try:
            return bytes(brotli.decompress(body))
        except brotli.error as error:
            raise ValueError(f"not Brotli: {error}") from error
    raise ValueError(f"unknown encoding {encoding}")


def envelope(body: bytes) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """The header of an envelope, and type and payload of each item in it.

    Raises:
        ValueError: it is none.
    """
    first, _, rest = body.partition(b"\n")
    header = _object(first, "the envelope's header")
    items = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        told = _object(line, "an item's header")
        size = told.get("length")
        if size is None:
            payload, _, rest = rest.partition(b"\n")
        elif isinstance(size, int) and 0 <= size <= len(rest):
            payload, rest = rest[:size], rest[size:].removeprefix(b"\n")
        else:
            raise ValueError("an item is cut short")
        items.append((str(told.get("type")), payload))
    return header, items


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{what} is nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError(f"{what} is no object")  # noqa: TRY004 - it is what was sent, not how we call
    return found
