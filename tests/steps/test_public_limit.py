"""Task 20, the login limit at the public address, where Golive is a single client and others may have used it up."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from steps import t20_security_testing as t20
from steps.shared.rate_limited_views import REFUSAL

EXACT = [200] * 5 + [429]
SPOILED = [200] * 3 + [429] * 3  # the same client already logged in twice in this window
EMPTY = [429] * 6  # it already logged in five times or more
ACROSS = [200] * 6  # the window rolled over during the requests


def answer(status):
    refused = {"text": REFUSAL, "headers": {"Retry-After": "17"}} if status == 429 else {}
    return httpx.Response(status, **refused)


@pytest.mark.parametrize(
    ("tries", "holds", "pauses", "expected"),
    [
        ([EXACT], True, [], "200 × 5, 429 × 1"),
        ([ACROSS, EXACT], True, [t20.WINDOW], "200 × 6; next try: 200 × 5, 429 × 1"),
        ([SPOILED, EXACT], True, [18], "200 × 3, 429 × 3; next try: 200 × 5, 429 × 1"),
        ([EMPTY, EXACT], True, [18], "429 × 6; next try: 200 × 5, 429 × 1"),
        ([ACROSS, ACROSS], False, [t20.WINDOW], "200 × 6; next try: 200 × 6"),
    ],
)
def test_an_inconclusive_window_is_retried_at_the_start_of_the_next(monkeypatch, tries, holds, pauses, expected):
    answers, paused = iter([answer(status) for each in tries for status in each]), []
    monkeypatch.setattr(t20, "place_of_limit", lambda project, url: "views.py:3")
    monkeypatch.setattr(t20.process, "pause", paused.append)
    login = SimpleNamespace(url=SimpleNamespace(path="/login/", file=None), mutation=False)
    monkeypatch.setattr(t20, "find_views", lambda project, kind: [login])

    def post(path, *, headers, **more):
        return answer(429) if headers else next(answers)  # a forged address makes no other client

    site = SimpleNamespace(public=True, form=lambda path, client: {}, post=post)
    platform = SimpleNamespace(may_write=True)
    target = SimpleNamespace(target=platform, evidence=lambda item, ok, *details, **more: (item, (ok, details)))
    evidence = dict(t20.SecurityTesting(None)._limits(None, target, site, 5))
    assert evidence["20.10"][0] is holds
    assert evidence["20.9"][1][-1] == f"POST /login/: {expected}"
    assert paused == pauses
    assert next(answers, None) is None
