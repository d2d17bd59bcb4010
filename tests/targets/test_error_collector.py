"""The error collector: it accepts what SDKs send, refuses what Sentry refuses, and the client reads events back."""

from __future__ import annotations

import gzip
import json

import brotli
import httpx
import pytest

from wizard.base.errors import StepError
from wizard.services.http import Client
from wizard.services.sentry import Sentry
from wizard.targets.local.error_collector import ORGANISATION, PROJECT, PROJECT_ID, ErrorCollector
from wizard.targets.local.event_loop import EventLoopThread
from wizard.targets.local.sentry_envelopes import parse_envelope

RAISED = {"values": [{"type": "KeyError", "value": "'x'"}]}
EVENT = {
    "event_id": "9ec79c33ec9942ab8353589fcb2e04dc",
    "exception": RAISED,
    "request": {"url": "https://shop.example.com/cart/"},
}


@pytest.fixture(scope="module")
def collector():
    loop, server = EventLoopThread(), ErrorCollector()
    loop.run(server.start())
    yield server
    loop.run(server.stop())
    loop.close()


def send(collector, body, *, key="", **headers):
    url = f"http://127.0.0.1:{collector.port}/api/{PROJECT_ID}/envelope/"
    auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key or collector.key}"}
    return httpx.post(url, content=body, headers={**auth, **headers}, trust_env=False)


def as_envelope(event):
    payload = json.dumps(event).encode()
    header = json.dumps({"type": "event", "length": len(payload)}).encode()
    return b'{"event_id": "9ec79c33ec9942ab8353589fcb2e04dc"}\n' + header + b"\n" + payload + b"\n"


def test_the_store_endpoint_of_old_sdks_accepts_and_refuses_like_the_envelope_endpoint(collector):
    old = {**EVENT, "event_id": "0b8a2d2be1d34f1c8d0f0a8fb2a7a001", "message": "from an old SDK"}

    def stored(body, key=collector.key):
        auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}", "Content-Encoding": "gzip"}
        url = f"http://127.0.0.1:{collector.port}/api/{PROJECT_ID}/store/"
        return httpx.post(url, content=gzip.compress(body), headers=auth, trust_env=False)

    assert stored(json.dumps(old).encode()).json() == {"id": old["event_id"]}
    assert collector.events[old["event_id"]]["message"] == "from an old SDK"
    assert stored(b"[]").status_code == 400
    assert stored(b"{}", key="0" * 32).status_code == 403


def client(collector, token=""):
    headers = {"Authorization": f"Bearer {token or collector.token}"}
    return Sentry(Client("The error collector", collector.base_url, headers, direct=True), ORGANISATION, PROJECT)


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_compressed_envelope_is_accepted_and_its_event_listed(collector, encoding, packed):
    answer = send(collector, packed(as_envelope(EVENT)), **{"Content-Encoding": encoding})
    assert answer.status_code == 200
    assert answer.json() == {"id": EVENT["event_id"]}
    found = client(collector).wait_for_event(lambda event: "KeyError" in event["title"])
    assert found["eventID"] == EVENT["event_id"]
    assert client(collector).dsn() == collector.dsn
    assert client(collector).project_exists()
    assert {"key": "url", "value": "https://shop.example.com/cart/"} in found["tags"]


@pytest.mark.parametrize(
    ("body", "more", "status"),
    [
        (as_envelope(EVENT), {"key": "0" * 32}, 403),
        (b"not json\n", {}, 400),
        (b"[]\n", {}, 400),
        (b'{}\n{"type": "event", "length": 999}\n{}', {}, 400),
        (as_envelope(EVENT), {"Content-Encoding": "gzip"}, 400),
        (as_envelope(EVENT), {"Content-Encoding": "br"}, 400),
        (as_envelope(EVENT), {"Content-Encoding": "zstd"}, 400),
    ],
)
def test_invalid_envelopes_and_keys_are_refused_with_sentrys_status(collector, body, more, status):
    assert send(collector, body, **more).status_code == status


def test_a_wrong_token_is_an_error_with_a_hint(collector):
    with pytest.raises(StepError, match=r"401.*Invalid token.*Check the token"):
        client(collector, "wrong").events()


def test_items_without_a_length_end_at_the_newline():
    header, items = parse_envelope(b'{"event_id": "1"}\n{"type": "session"}\n{"a": 1}\n{"type": "event"}\n{"b": 2}')
    assert header == {"event_id": "1"}
    assert items == [("session", b'{"a": 1}'), ("event", b'{"b": 2}')]
