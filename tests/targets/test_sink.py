"""The error sink: what the real SDK sends arrives, what Sentry refuses is refused, and the client reads it back."""

from __future__ import annotations

import gzip
import json

import brotli
import httpx
import pytest

from wizard.base.errors import StepError
from wizard.services.http import Client
from wizard.services.sentry import Sentry
from wizard.targets.local.error_collector import NUMBER, ORGANISATION, PROJECT, Sink, envelope
from wizard.targets.local.loop import Loop

RAISED = {"values": [{"type": "KeyError", "value": "'x'"}]}
EVENT = {
    "event_id": "9ec79c33ec9942ab8353589fcb2e04dc",
    "exception": RAISED,
    "request": {"url": "https://shop.example.com/cart/"},
}


@pytest.fixture(scope="module")
def sink():
    loop, made = Loop(), Sink()
    loop.run(made.start())
    yield made
    loop.run(made.stop())
    loop.close()


def sent(sink, body, *, key="", **headers):
    url = f"http://127.0.0.1:{sink.port}/api/{NUMBER}/envelope/"
    auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key or sink.key}"}
    return httpx.post(url, content=body, headers={**auth, **headers}, trust_env=False)


def as_envelope(event):
    payload = json.dumps(event).encode()
    header = json.dumps({"type": "event", "length": len(payload)}).encode()
    return b'{"event_id": "9ec79c33ec9942ab8353589fcb2e04dc"}\n' + header + b"\n" + payload + b"\n"


def test_an_event_of_an_old_sdk_arrives_and_is_refused_like_an_envelope(sink):
    old = {**EVENT, "event_id": "0b8a2d2be1d34f1c8d0f0a8fb2a7a001", "message": "from long ago"}

    def stored(body, key=sink.key):
        auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}", "Content-Encoding": "gzip"}
        url = f"http://127.0.0.1:{sink.port}/api/{NUMBER}/store/"
        return httpx.post(url, content=gzip.compress(body), headers=auth, trust_env=False)

    assert stored(json.dumps(old).encode()).json() == {"id": old["event_id"]}
    assert sink.events[old["event_id"]]["message"] == "from long ago"
    assert stored(b"[]").status_code == 400
    assert stored(b"{}", key="0" * 32).status_code == 403


def client(sink, token=""):
    headers = {"Authorization": f"Bearer {token or sink.token}"}
    return Sentry(Client("The error sink", sink.base_url, headers, direct=True), ORGANISATION, PROJECT)


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_packed_envelope_arrives_and_is_read_back(sink, encoding, packed):
    answer = sent(sink, packed(as_envelope(EVENT)), **{"Content-Encoding": encoding})
    assert answer.status_code == 200
    assert answer.json() == {"id": EVENT["event_id"]}
    found = client(sink).wait_for_event(lambda event: "KeyError" in event["title"])
    assert found["eventID"] == EVENT["event_id"]
    assert client(sink).dsn() == sink.dsn
    assert client(sink).project_exists()
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
def test_what_sentry_refuses_is_refused(sink, body, more, status):
    assert sent(sink, body, **more).status_code == status


def test_a_wrong_token_is_told_with_the_next_move(sink):
    with pytest.raises(StepError, match=r"401.*Invalid token.*Check the token"):
        client(sink, "wrong").events()


def test_items_without_a_length_end_at_the_line():
    header, items = envelope(b'{"event_id": "1"}\n{"type": "session"}\n{"a": 1}\n{"type": "event"}\n{"b": 2}')
    assert header == {"event_id": "1"}
    assert items == [("session", b'{"a": 1}'), ("event", b'{"b": 2}')]
