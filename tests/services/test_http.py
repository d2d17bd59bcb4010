"""The client of all services: what passes by itself is repeated, what doesn't is told, and no create is sent twice."""

from __future__ import annotations

import email.utils
import time

import httpx
import pytest

from wizard.base import process
from wizard.base.errors import ServiceError, Stopped
from wizard.services.http import Client, required_value


class Replies:
    """Answers one after the other; remembers what was asked."""

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
    made = Client("Shopify", "https://api.example.com/v1/", access_hint="Make a token at example.com/tokens.", **more)
    made._http = httpx.Client(transport=httpx.MockTransport(replies))
    return made


def status(code, **headers):
    return httpx.Response(code, json={"message": "no"}, headers=headers)


@pytest.mark.parametrize("code", [408, 425, 502, 503, 504])
def test_a_read_is_repeated_until_it_succeeds(waited, code):
    replies = Replies(status(code), status(code), httpx.Response(200, json={"ok": 1}))
    assert client(replies).json("GET", "things") == {"ok": 1}
    assert len(waited) == 2
    assert waited[1] > waited[0] * 0.5, "each wait is of the next size"


@pytest.mark.parametrize("code", [400, 404, 409, 500, 501])
def test_what_does_not_pass_is_not_repeated(waited, code):
    replies = Replies(status(code))
    with pytest.raises(ServiceError, match=f"Shopify answered {code}: no"):
        client(replies).json("GET", "things")
    assert len(replies.asked) == 1 and waited == []


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.ConnectError("cut"), status(503)])
def test_a_create_is_never_sent_twice(waited, failure):
    replies = Replies(failure)
    with pytest.raises(ServiceError):
        client(replies).json("POST", "things", json={})
    assert len(replies.asked) == 1


def test_retry_after_is_obeyed_in_seconds_and_as_a_date_even_for_a_create(waited):
    soon = email.utils.formatdate(time.time() + 30, usegmt=True)
    said = []
    replies = Replies(status(429, **{"Retry-After": "7"}), status(429, **{"Retry-After": soon}), httpx.Response(201))
    client(replies, on_line=said.append).send("POST", "things")
    assert waited[0] == 7
    assert 25 < waited[1] <= 30
    assert "Shopify limits how often it may be asked: once more in 7 s" in said


def test_a_window_that_ends_later_is_told_and_not_waited_for(waited):
    replies = Replies(status(429, **{"Retry-After": "1800"}))
    with pytest.raises(ServiceError, match="Run it again in about 30 minutes") as caught:
        client(replies).json("GET", "things")
    assert (caught.value.status, waited) == (429, [])


def test_the_end_of_a_window_is_read_from_the_limits_headers(waited):
    replies = Replies(status(429, **{"X-RateLimit-Reset": str(int(time.time()) + 20)}), httpx.Response(200, json=[]))
    assert client(replies).json("GET", "things") == []
    assert 15 < waited[0] <= 20


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_says_where_one_is_made(code):
    with pytest.raises(ServiceError, match=r"Make a token at example\.com/tokens") as caught:
        client(Replies(status(code))).json("GET", "things")
    assert caught.value.status == code


def test_a_login_page_instead_of_data_is_told_as_such():
    page = httpx.Response(200, html="<html>Hotel Wi-Fi</html>")
    with pytest.raises(ServiceError, match=r"no data but text/html.*a login page of a network"):
        client(Replies(page)).json("GET", "things")
    moved = httpx.Response(302, headers={"Location": "https://hotel.example.com/login"})
    with pytest.raises(ServiceError, match="Shopify redirects elsewhere"):
        client(Replies(moved)).json("GET", "things")


def test_no_network_says_which_host_and_what_to_check(waited):
    replies = Replies(*[httpx.ConnectError("no route") for _ in range(5)])
    with pytest.raises(
        ServiceError, match=r"gave no answer: ConnectError: no route.*reach api\.example\.com"
    ) as caught:
        client(replies).json("GET", "things")
    assert (len(replies.asked), len(waited), caught.value.status) == (5, 4, 0)


def test_an_endless_answer_is_cut_off(monkeypatch):
    monkeypatch.setattr("wizard.services.http.LARGEST", 1000)
    with pytest.raises(ServiceError, match="more than"):
        client(Replies(httpx.Response(200, content=b"x" * 2000))).json("GET", "things")


def test_a_person_ends_a_wait():
    replies = Replies(status(503), status(503))
    process.stop_running()
    try:
        with pytest.raises(Stopped):
            client(replies).json("GET", "things")
    finally:
        process.resume()
    assert len(replies.asked) == 1


def test_a_missing_field_is_named():
    with pytest.raises(ServiceError, match=r"Sentry left out dsn\.public"):
        required_value({"dsn": {"secret": "x"}}, "dsn", "public", of="Sentry")


def test_no_secret_is_in_what_a_client_says_of_itself():
    made = Client("Shopify", "https://x/", {"Authorization": "Bearer very-secret"}, auth=("id", "hidden-word"))
    assert "very-secret" not in repr(made) and "hidden-word" not in repr(made)
