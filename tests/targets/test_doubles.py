"""The test doubles: independent of the stubs that Golive ships, and strict where the services are."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import httpx
import pytest
from doubles.mailbox import Mailbox
from doubles.sentry import Sentry
from doubles.serving import EventLoop
from doubles.uptimerobot import UptimeRobot

DOUBLES = Path(__file__).parents[1] / "doubles"
REAL_SERVERS = {
    "wizard.targets.local.postgres", "wizard.targets.local.postgres_programs", "wizard.targets.local.redis_programs",
    "wizard.targets.local.redis_server",
}  # fmt: skip
"""These start a real PostgreSQL and a real Redis, so they are no model of a service."""


@pytest.fixture(scope="module")
def loop():
    event_loop = EventLoop()
    yield event_loop
    event_loop.close()


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_doubles_share_no_code_with_golive():
    names = {name for path in DOUBLES.rglob("*.py") for name in imported(path) if name.split(".")[0] == "wizard"}
    assert names <= REAL_SERVERS


# ---- Sentry


@pytest.fixture
def sentry(loop):
    double = Sentry()
    loop.run(double.start())
    yield double
    loop.run(double.stop())


def sentry_api(sentry, method, path, token="", **more):
    headers = {"Authorization": f"Bearer {token or sentry.token}"}
    return httpx.request(method, f"{sentry.url}/api/0/{path}", headers=headers, trust_env=False, **more)


def test_sentry_requires_a_known_token_with_the_right_scope(sentry):
    anonymous = httpx.get(f"{sentry.url}/api/0/organizations/", trust_env=False)
    assert (anonymous.status_code, anonymous.json()) == (
        401, {"detail": "Authentication credentials were not provided."},
    )  # fmt: skip
    assert sentry_api(sentry, "GET", "organizations/", token="wrong").json() == {"detail": "Invalid token"}
    sentry.scopes = ["project:read"]
    assert sentry_api(sentry, "GET", "organizations/").status_code == 403


def test_sentry_refuses_a_slug_that_exists(sentry):
    body = {"name": "shop", "slug": "shop", "platform": "python-django"}
    path = "teams/shop-inc/shop-inc/projects/"
    assert sentry_api(sentry, "POST", path, json=body).status_code == 201
    assert sentry_api(sentry, "POST", path, json=body).status_code == 409
    assert sentry_api(sentry, "POST", "teams/shop-inc/no-team/projects/", json=body).status_code == 404


def envelope(payload, **header):
    item = json.dumps({"type": "event", "length": len(payload)})
    return b"\n".join([json.dumps(header).encode(), item.encode(), payload, b""])


@pytest.mark.parametrize(
    ("content", "key", "status"),
    [
        (envelope(b'{"message": "x"}', event_id="a" * 32), "", 200),
        (envelope(b'{"message": "x"}', event_id="a" * 32), "0" * 32, 403),
        (envelope(b'{"message": "x"}'), "", 400),
        (b"not an envelope", "", 400),
        (b"x" * (20 * 10**6 + 1), "", 413),
    ],
    ids=["valid", "wrong key", "no event id", "not JSON", "too large"],
)
def test_sentry_accepts_only_valid_envelopes(sentry, content, key, status):
    sentry_api(sentry, "POST", "teams/shop-inc/shop-inc/projects/", json={"name": "shop", "slug": "shop"})
    project = sentry.projects["shop"]
    headers = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key or project['key']}"}
    url = f"{sentry.url}/api/{project['id']}/envelope/"
    assert httpx.post(url, content=content, headers=headers, trust_env=False).status_code == status
    assert len(sentry.events) == (status == 200)


# ---- UptimeRobot


@pytest.fixture
def robot(loop):
    mailbox = Mailbox()
    loop.run(mailbox.start())
    double = UptimeRobot("shop.example.com", 1, None, mailbox)
    loop.run(double.start())
    yield double
    loop.run(double.stop())
    loop.run(mailbox.stop())


def create(robot, **changes):
    body = {"friendlyName": "Shop", "type": "HTTP", "url": "https://shop.example.com/", "interval": 300, "timeout": 30}
    headers = {"Authorization": f"Bearer {robot.key}"}
    return httpx.post(f"{robot.base_url}/monitors", json=body | changes, headers=headers, trust_env=False)


def test_uptimerobot_requires_the_key(robot):
    assert httpx.get(f"{robot.base_url}/user/me", trust_env=False).json() == "Token is required"


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"interval": 60}, {"code": -28002, "details": "plan limit"}),
        ({"url": "http://127.0.0.1/"}, {"message": "The URL must not be a private address", "statusCode": 400}),
        ({"url": "http://localhost/"}, {"message": "The URL must not be a private address", "statusCode": 400}),
    ],
)
def test_uptimerobot_refuses_what_the_free_plan_does_not_include(robot, changes, answer):
    refused = create(robot, **changes)
    assert (refused.status_code, refused.json()) == (400, answer)


def test_uptimerobot_refuses_more_monitors_than_the_plan_includes(robot):
    robot.used = robot.limit - 1
    assert create(robot).status_code == 201
    assert create(robot).json() == {"code": -28001, "details": "monitor limit"}
