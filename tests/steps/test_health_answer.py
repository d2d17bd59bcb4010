"""One rule decides whether the answer of /health/ is right."""

from __future__ import annotations

import pytest

from steps.shared.health_answer import cached_for, find_leak, is_healthy
from tests.steps.fakes import FakeProject, response


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
def test_an_answer_that_says_healthy_is_right_whatever_else_it_says(tmp_path, body):
    assert is_healthy(response(200, body))
    assert not find_leak(FakeProject(tmp_path, host="shop.example"), response(200, body))
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
        "ok, answered in <5 ms, database down",
        "<p>Error</p>",
        "<h1>Welcome</h1><p>Sign up for our newsletter, and be the first to hear of new books.</p>",
        "It works!",
        '{"uptime": 3}',
        '{"checks": {"database": "down", "cache": "ok"}}',
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
        '{"status": "unhealthy", "error": "unable to open database file"}',
        '{"status": "unhealthy", "detail": "OperationalError"}',
        '{"status": "unhealthy", "why": "[Errno 111] Connection refused"}',
        '{"status": "healthy", "django": "4.2.30"}',
        '{"status": "healthy", "versions": {"python": "3.11.7"}}',
        '{"status": "healthy", "version": "5.2.0"}',
        '{"status": "healthy", "hostname": "web-7d9f"}',
        '{"status": "healthy", "db_host": "shop-db.internal"}',
        '{"status": "healthy", "peer": "10.1.2.3"}',
        '{"status": "healthy", "database": "shop_production"}',
        '{"status": "healthy", "settings": "shop.settings.production"}',
        '{"status": "healthy", "engine": "django.db.backends.postgresql"}',
    ],
)
def test_details_of_the_site_in_the_answer_are_found(tmp_path, body):
    values = {"DATABASES": {"default": {"NAME": "shop_production", "HOST": "localhost"}}}
    project = FakeProject(tmp_path, "", values, production_module="shop.settings.production", django=(5, 2, 0))
    project.host = "shop.example"
    assert find_leak(project, response(503, body))


@pytest.mark.parametrize(
    "body",
    [
        '{"status": "ok", "version": "2.14.1", "commit": "3f2a9c1", "uptime_s": 86400, "host": "shop.example"}',
        '{"status": "ok", "redis": "ok", "server": "up", "environment": "production", "debug": false}',
    ],
)
def test_an_answer_may_have_more_keys(tmp_path, body):
    assert not find_leak(FakeProject(tmp_path, host="shop.example"), response(200, body))


@pytest.mark.parametrize(
    ("control", "cached"),
    [
        ("max-age=0, no-cache, no-store, must-revalidate, private", False),
        ("", False),
        ("private, max-age=600", False),
        ("max-age=600", True),
        ("public, s-maxage=60", True),
    ],
)
def test_an_answer_that_caches_may_keep_is_recognised(control, cached):
    assert bool(cached_for(response(200, "ok", Cache_Control=control))) is cached
