"""One rule decides whether the answer of /health/ is right."""

from __future__ import annotations

import pytest

from steps.shared.health_answer import is_healthy, leaks
from tests.steps.fakes import response


@pytest.mark.parametrize(
    "body",
    [
        '{"status": "healthy"}',
        '{"status": "healthy", "database": "connected", "memory_mb": 180}',
        '{"status": "ok", "errors": [], "error": null, "debug": false}',
        '{"healthy": true, "checks": {"cache": "ok"}}',
        '{"DatabaseBackend": "working", "Cache backend": "working"}',
        '"OK"',
        "OK",
        "fine",
        "<h1>All systems up</h1>",
    ],
)
def test_an_answer_that_says_healthy_is_right_whatever_else_it_says(body):
    assert is_healthy(response(200, body))
    assert not leaks(response(200, body))
    assert not is_healthy(response(503, body))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        '{"status": "unhealthy"}',
        '{"status": "degraded", "database": "ok"}',
        '{"healthy": false}',
        '{"database": "disconnected"}',
        "not ready",
        "database down",
        "<p>Error</p>",
    ],
)
def test_an_answer_that_does_not_say_healthy_is_wrong(body):
    assert not is_healthy(response(200, body))


@pytest.mark.parametrize(
    "body",
    [
        '{"status": "healthy", "url": "postgres://shop:secret@db/shop"}',
        '{"status": "unhealthy", "detail": "connection to server at 10.0.0.1 failed"}',
        "Traceback (most recent call last):",
        '{"path": "/home/me/shop"}',
    ],
)
def test_details_of_the_site_in_the_answer_are_found(body):
    assert leaks(response(503, body))
