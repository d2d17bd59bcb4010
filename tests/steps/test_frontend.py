"""A single-page frontend that answers every URL: no page is missing, but errors still count."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from steps import t23_errors as t23
from wizard.checklist.evidence import Status


class Site(SimpleNamespace):
    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def verified(monkeypatch, answer):
    """Evidence by item for a site that gives *answer* at unknown URLs."""
    monkeypatch.setattr(t23, "own_page", lambda project, code, answer: True)
    monkeypatch.setattr(t23, "_there", lambda project: False)
    site = Site(
        get=lambda path: httpx.Response(500) if t23.ROUTE in path and not site.gone else answer(path), gone=False
    )

    def seen(item, ok, *told, **more):
        return SimpleNamespace(item=item, status=Status.REHEARSED if ok else Status.FAILED, showed=told[-1])

    sentry = SimpleNamespace(known=set, real=False)
    there = SimpleNamespace(sentry=sentry, site=lambda: site, host="shop.up.railway.app", real=False)
    target, step = SimpleNamespace(target=there, evidence=seen), t23.ErrorTesting(None)
    found = {each.item: each for each in step.verify(None, target, {})}
    site.gone = True
    return found | {each.item: each for each in step.after(None, target)}


def test_404_items_do_not_apply_if_every_url_has_a_page(monkeypatch):
    found = verified(monkeypatch, lambda path: httpx.Response(200, text="<title>App</title>"))
    assert [found[item].kind for item in ("23.1", "23.2")] == ["not-applicable"] * 2
    assert found["23.7"].status is Status.REHEARSED


@pytest.mark.parametrize(
    ("answer", "statuses"),
    [
        (lambda path: httpx.Response(404), [Status.REHEARSED, Status.REHEARSED, Status.REHEARSED]),
        # A page at this single URL is not a catch-all frontend.
        (lambda path: httpx.Response(200 if path == "/nonexistent" else 404), [Status.FAILED] * 2 + [Status.REHEARSED]),
        (lambda path: httpx.Response(500), [Status.FAILED] * 3),
    ],
)
def test_unknown_urls_must_give_a_404(monkeypatch, answer, statuses):
    found = verified(monkeypatch, answer)
    assert [found[item].status for item in ("23.1", "23.2", "23.7")] == statuses
