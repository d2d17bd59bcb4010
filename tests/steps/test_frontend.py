"""Task 23 on a site whose single-page frontend responds to every URL: a 404 can't be tested, a 500 can."""

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
    """Evidence by item for a site that responds with *answer* to unknown URLs."""
    fault = t23.Problem("another status")
    monkeypatch.setattr(t23, "find_fault", lambda project, code, page: None if page.status_code == code else fault)
    monkeypatch.setattr(t23, "_has_view", lambda project: False)
    site = Site(
        get=lambda path, headers=None: httpx.Response(500) if t23.ROUTE in path and not site.gone else answer(path),
        gone=False,
    )

    def as_evidence(item, ok, *details, **more):
        return SimpleNamespace(item=item, status=Status.REHEARSED if ok else Status.FAILED, showed=details[-1])

    sentry = SimpleNamespace(event_ids=set, real=False)
    platform = SimpleNamespace(sentry=sentry, site=lambda: site, host="shop.up.railway.app", real=False)
    target, step = SimpleNamespace(target=platform, evidence=as_evidence), t23.ErrorTesting(None)
    evidence = {each.item: each for each in step.verify(None, target, {})}
    site.gone = True
    return evidence | {each.item: each for each in step.after(None, target)}


def test_a_404_does_not_apply_where_every_url_responds(monkeypatch):
    evidence = verified(monkeypatch, lambda path: httpx.Response(200, text="<script src=/app.js></script>"))
    assert [evidence[item].kind for item in ("23.1", "23.2")] == ["not-applicable"] * 2
    assert evidence["23.7"].status is Status.REHEARSED


@pytest.mark.parametrize(
    ("answer", "statuses"),
    [
        (lambda path: httpx.Response(404), [Status.REHEARSED, Status.REHEARSED, Status.REHEARSED]),
        # One page at this URL is not a frontend for all URLs.
        (lambda path: httpx.Response(200 if path == "/nonexistent" else 404), [Status.FAILED] * 2 + [Status.REHEARSED]),
        (lambda path: httpx.Response(500), [Status.FAILED] * 3),
    ],
)
def test_an_unknown_url_must_return_404(monkeypatch, answer, statuses):
    evidence = verified(monkeypatch, answer)
    assert [evidence[item].status for item in ("23.1", "23.2", "23.7")] == statuses
