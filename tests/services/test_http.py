"""The HTTP client of all services: it retries reads after temporary errors, and never sends a create twice."""

from __future__ import annotations

import email.utils
import gc
import io
import time
import weakref

import httpx
import pytest

from wizard.base import process
from wizard.base.errors import ServiceError, Stopped
from wizard.services.http import Client, fetch, readable, required_value


class Replies:
    """Sends the given responses in turn, and keeps the requests."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def waited(monkeypatch):
    found = []
    monkeypatch.setattr(process, "pause", found.append)
    return found


def client(replies, **more):
    http_client = Client(
        "Shopify", "https://api.example.com/v1/", access_hint="Make a token at example.com/tokens.", **more
    )
    http_client._http = httpx.Client(transport=httpx.MockTransport(replies))
    return http_client


def status(code, **headers):
    return httpx.Response(code, json={"message": "no"}, headers=headers)


@pytest.mark.parametrize("code", [408, 425, 502, 503, 504])
def test_a_read_is_retried_until_it_succeeds(waited, code):
    replies = Replies(status(code), status(code), httpx.Response(200, json={"ok": 1}))
    assert client(replies).json("GET", "things") == {"ok": 1}
    assert len(waited) == 2
    assert waited[1] > waited[0] * 0.5, "each wait is longer than the last"


@pytest.mark.parametrize("code", [400, 404, 409, 500, 501])
def test_a_permanent_error_is_not_retried(waited, code):
    replies = Replies(status(code))
    what = "failed" if code >= 500 else "refused the request"
    with pytest.raises(ServiceError, match=f'Shopify {what}: HTTP {code}: "no"'):
        client(replies).json("GET", "things")
    assert len(replies.asked) == 1 and waited == []


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.ConnectError("cut"), status(503)])
def test_a_create_is_never_sent_twice(waited, failure):
    replies = Replies(failure)
    with pytest.raises(ServiceError):
        client(replies).json("POST", "things", json={})
    assert len(replies.asked) == 1


def test_retry_after_is_honoured_in_seconds_and_as_a_date_even_for_a_create(waited):
    http_date = email.utils.formatdate(time.time() + 30, usegmt=True)
    lines = []
    replies = Replies(
        status(429, **{"Retry-After": "7"}), status(429, **{"Retry-After": http_date}), httpx.Response(201)
    )
    client(replies, on_line=lines.append).send("POST", "things")
    assert waited[0] == 7
    assert 25 < waited[1] <= 30
    assert "Shopify limits the rate of requests: retrying in 7 s" in lines


def test_a_long_wait_is_an_error_with_the_time_to_retry(waited):
    replies = Replies(status(429, **{"Retry-After": "1800"}))
    with pytest.raises(ServiceError, match="Run this again in about 30 minutes") as caught:
        client(replies).json("GET", "things")
    assert (caught.value.status, waited) == (429, [])


def test_the_wait_is_read_from_the_rate_limit_headers(waited):
    replies = Replies(status(429, **{"X-RateLimit-Reset": str(int(time.time()) + 20)}), httpx.Response(200, json=[]))
    assert client(replies).json("GET", "things") == []
    assert 15 < waited[0] <= 20


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_is_an_error_that_says_where_to_create_one(code):
    with pytest.raises(ServiceError, match=r"Make a token at example\.com/tokens") as caught:
        client(Replies(status(code))).json("GET", "things")
    assert caught.value.status == code


def test_a_login_page_instead_of_json_is_reported():
    page = httpx.Response(200, html="<html>Hotel Wi-Fi</html>")
    with pytest.raises(ServiceError, match=r"sent text/html.* instead of JSON.*the login page of a network"):
        client(Replies(page)).json("GET", "things")
    moved = httpx.Response(302, headers={"Location": "https://hotel.example.com/login"})
    with pytest.raises(ServiceError, match="Shopify redirects to another address"):
        client(Replies(moved)).json("GET", "things")


def test_a_network_error_names_the_host_and_what_to_check(waited):
    replies = Replies(*[httpx.ConnectError("no route") for _ in range(5)])
    with pytest.raises(
        ServiceError, match=r'did not respond: api\.example\.com: "no route"\. .*`curl -I https://api\.example\.com`'
    ) as caught:
        client(replies).json("GET", "things")
    assert (len(replies.asked), len(waited), caught.value.status) == (5, 4, 0)


def test_a_response_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr("wizard.services.http.LARGEST", 1000)
    with pytest.raises(ServiceError, match="more than"):
        client(Replies(httpx.Response(200, content=b"x" * 2000))).json("GET", "things")


def test_a_stop_ends_a_wait():
    replies = Replies(status(503), status(503))
    process.stop_running()
    try:
        with pytest.raises(Stopped):
            client(replies).json("GET", "things")
    finally:
        process.resume()
    assert len(replies.asked) == 1


def test_a_missing_field_is_named():
    with pytest.raises(ServiceError, match=r"Sentry sent no dsn\.public"):
        required_value({"dsn": {"secret": "x"}}, "dsn", "public", of="Sentry")


def test_the_repr_of_a_client_has_no_secrets():
    http_client = Client("Shopify", "https://x/", {"Authorization": "Bearer very-secret"}, auth=("id", "hidden-word"))
    assert "very-secret" not in repr(http_client) and "hidden-word" not in repr(http_client)


class Sent(io.BytesIO):
    """A body that can be watched."""


class Network(httpx.BaseTransport):
    """Reads what is sent, and keeps nothing."""

    def handle_request(self, request):
        assert sum(map(len, request.stream)) > 7000
        return httpx.Response(201, text="kept")


def test_a_response_does_not_keep_what_was_sent():
    body = Sent(b"picture" * 1000)
    watched = weakref.ref(body)
    gc.disable()  # so that a cycle of references would be seen
    try:
        with httpx.Client(transport=Network()) as sender:
            response = fetch(sender, "POST", "https://example.com/", files={"picture": ("one.png", body)})
        del body
        assert watched() is None
    finally:
        gc.enable()
    assert (response.status_code, response.text) == (201, "kept")


@pytest.mark.parametrize(("headers", "content", "shown"), [
    ({"content-type": "text/plain; charset=latin-1"}, b"Caf\xe9", "Café"),
    ({"content-type": "image/png"}, b"\x89PNG" * 10, "image/png, 40 bytes"),
    ({}, b"plain", "plain"),
])  # fmt: skip
def test_a_text_is_shown_and_anything_else_is_named(headers, content, shown):
    assert readable(httpx.Response(200, headers=headers, content=content)) == shown


def test_only_the_beginning_of_a_long_text_is_read():
    assert readable(httpx.Response(200, html="é" * 100_000)) == "é" * 40_000
