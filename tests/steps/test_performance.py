"""Task 22, response times: a slow URL fails, and a busy moment of the machine is measured again."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from steps import t22_performance
from steps.shared.page_answers import MOST_SILENT
from steps.t22_performance import RETRIES, RETRY_ROUNDS, ROUNDS, ROUNDS_PUBLIC, Performance
from wizard.base.errors import SiteError

PROJECT = SimpleNamespace(urls=[])
QUICK, TAIL, SLOW = [20.0] * 20, [20.0] * 17 + [900.0] * 3, [700.0] * 20


@pytest.mark.parametrize(
    ("series", "public", "requests", "holds", "expected"),
    [
        ([QUICK], False, ROUNDS, True, "/ p50 20 p95 20 p99 20 ms of 20 ████████"),
        ([TAIL, QUICK], False, ROUNDS + RETRY_ROUNDS, True, "p95 20 p99 20 ms of 20, attempt 2"),
        ([TAIL, TAIL, TAIL, QUICK], False, ROUNDS + 3 * RETRY_ROUNDS, True, ", attempt 4"),
        ([TAIL] * 9, False, ROUNDS + RETRIES * RETRY_ROUNDS, False, "p50 20 p95 900 p99 900 ms of 20, attempt 4"),
        ([SLOW] * 9, False, ROUNDS, False, "p50 700 p95 700 p99 700 ms of 20 "),
        ([[20.0] * 4 + [900.0], QUICK], True, ROUNDS_PUBLIC + RETRY_ROUNDS, True, ", attempt 2"),
    ],
)
def test_a_url_is_slow_only_if_every_attempt_is_slow(monkeypatch, series, public, requests, holds, expected):
    times = iter([each for one in series for each in one])
    used = []
    monkeypatch.setattr(t22_performance, "list_addresses", lambda project: ["/"])
    monkeypatch.setattr(
        t22_performance, "_milliseconds", lambda site, path, headers: used.append(next(times)) or used[-1]
    )
    target = SimpleNamespace(evidence=lambda item, holds, kind, ran, showed, **more: (item, holds, showed))
    site = SimpleNamespace(public=public, get=lambda path, **more: httpx.Response(200))
    item, held_result, showed = Performance(None)._latency(PROJECT, target, site)
    assert (item, held_result, len(used)) == ("22.1", holds, requests)
    assert expected in showed, showed
    assert showed.startswith("1 URLs, limit 500 ms. ")


def test_errors_and_redirects_are_not_measured(monkeypatch):
    pages = {
        "/": httpx.Response(200),
        "/broken/": httpx.Response(500),
        "/login/": httpx.Response(302, headers={"location": "/accounts/login/"}),
        "/away/": httpx.Response(302, headers={"location": "http://127.0.0.1:8000/away/"}),
    }
    monkeypatch.setattr(t22_performance, "list_addresses", lambda project: list(pages))
    monkeypatch.setattr(t22_performance, "_milliseconds", lambda site, path, headers: 20.0)
    target = SimpleNamespace(evidence=lambda item, holds, kind, ran, showed, **more: (item, holds, showed))
    site = SimpleNamespace(public=False, host="shop.example", get=lambda path, **more: pages[path])
    _, holds, showed = Performance(None)._latency(PROJECT, target, site)
    assert holds and showed.startswith("1 URLs")
    assert showed.endswith("Not measured: /broken/ 500, /login/ leads to /accounts/login/, /away/ leads to 127.0.0.1")
    del pages["/"]
    assert not Performance(None)._latency(PROJECT, target, site)[1], "without an answer there is no evidence"


def test_a_url_that_needs_a_login_is_measured_as_a_user(monkeypatch):
    token, requests = {"Authorization": "Bearer x"}, []

    def get(path, headers=None, **more):
        requests.append(headers)
        return httpx.Response(200 if headers else 401)

    monkeypatch.setattr(t22_performance, "list_addresses", lambda project: ["/cart/"])
    monkeypatch.setattr(t22_performance, "authorization", lambda project, sandbox, site: token)
    target = SimpleNamespace(evidence=lambda item, holds, *given, **more: (holds, given[2]))
    target.target = SimpleNamespace(may_write=True)
    site = SimpleNamespace(public=False, host="shop.example", get=get)
    holds, showed = Performance(None)._latency(PROJECT, target, site)
    assert holds and showed.startswith("1 URLs")
    assert requests == [None, token, *[token] * ROUNDS]


def test_a_very_slow_url_is_not_requested_for_long(monkeypatch):
    monkeypatch.setattr(t22_performance, "list_addresses", lambda project: ["/"])
    monkeypatch.setattr(t22_performance, "_milliseconds", lambda site, path, headers: 5000.0)
    target = SimpleNamespace(evidence=lambda item, holds, *given, **more: (holds, given[2]))
    site = SimpleNamespace(public=False, get=lambda path, **more: httpx.Response(200))
    assert Performance(None)._latency(PROJECT, target, site)[1].startswith("1 URLs, limit 500 ms. / p50 5000")
    assert "ms of 5 " in Performance(None)._latency(PROJECT, target, site)[1]


def test_a_url_without_an_answer_leaves_the_item_open(monkeypatch):
    def get(path, **more):
        if path.startswith("/slow"):
            raise SiteError(f"GET {path} got no response", "ReadTimeout")
        return httpx.Response(200)

    monkeypatch.setattr(t22_performance, "_milliseconds", lambda site, path, headers: 20.0)
    target = SimpleNamespace(evidence=lambda *given, **more: given)
    site = SimpleNamespace(public=False, host="shop.example", get=get)
    monkeypatch.setattr(t22_performance, "list_addresses", lambda project: ["/slow/", "/"])
    evidence = Performance(None)._latency(PROJECT, target, site)
    assert (evidence.item, evidence.status.value) == ("22.1", "open")
    assert evidence.showed.endswith("Not measured: GET /slow/ got no response: ReadTimeout")
    paths = [f"/slow{number}/" for number in range(9)]
    monkeypatch.setattr(t22_performance, "list_addresses", lambda project: [*paths, "/"])
    assert Performance(None)._latency(PROJECT, target, site).showed.count("no response") == MOST_SILENT
    monkeypatch.setattr(t22_performance, "_milliseconds", lambda site, path, headers: 900.0)
    monkeypatch.setattr(t22_performance, "list_addresses", lambda project: ["/slow/", "/"])
    assert Performance(None)._latency(PROJECT, target, site)[1] is False
