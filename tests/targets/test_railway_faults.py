"""Failures at Railway: each leads to the troubleshooting guide and the hint that explain it."""

from __future__ import annotations

import pytest

from tests.targets.railway_project import failure
from wizard.targets.railway import provisioning


def command_missing(small):
    (small.internet.bin / "railway").unlink()


def command_too_old(small):
    small.internet.cloud.faults.version = "4.20.0"


def not_logged_in(small):
    small.tokens = {}


def token_expired(small):
    small.internet.cloud.faults.expired = True


def name_taken(small):
    small.internet.cloud.make_project("small-shop", small.internet.cloud.workspaces[0])


def slow_database(small):
    small.internet.cloud.faults.slow_database = True
    small.monkeypatch.setattr(provisioning, "DATABASE_SECONDS", 1.0)


def rate_limited(small):
    small.internet.cloud.faults.limited, small.internet.cloud.faults.retry_after = 99, "1800"


def deployment_ends(*endings):
    def arrange(small):
        small.internet.cloud.faults.deployments = list(endings)

    return arrange


def connection_lost(small):
    small.internet.cloud.faults.cut = ["up", "up"]


def variable_missing(small):
    path = small.folder / "site_" / "settings.py"
    path.write_text(path.read_text() + 'PAYMENT_PASSPHRASE = os.environ["PAYMENT_PASSPHRASE"]\n')


FAULTS = [
    ("the command is missing", command_missing, "11", "services", "railway command", "not installed"),
    ("the command is old", command_too_old, "11", "services", "railway command", "too old: 4.20.0"),
    ("not logged in", not_logged_in, "11", "services", "login", "Unauthorized. Please login"),
    ("the token has expired", token_expired, "11", "services", "login", "refused the token"),
    ("the name is taken", name_taken, "12", "services", "name is taken", 'has a project "small-shop" already'),
    ("PostgreSQL is slow to start", slow_database, "12", "services", "database is running", "DEPLOYING"),
    ("Railway limits requests", rate_limited, "11", "services", "asks to wait", "Railway limits"),
    ("the build fails", deployment_ends("build fails"), "17", "deployment", "Railway logs", "No matching distribution"),
    ("it crashes at its start", deployment_ends("crashes"), "17", "deployment", "Railway logs",
     "No module named 'psycopg'"),
    ("it crashes after a success", deployment_ends("crashes later"), "17", "deployment", "Railway logs", "MemoryError"),
    ("the health check gets 400", deployment_ends("health check fails"), "17", "health", "ALLOWED_HOSTS",
     "healthcheck.railway"),
    ("the connection is lost", connection_lost, "17", "services", "connection", "lost the connection"),
    ("a variable is missing", variable_missing, "15", "deployment", "environment variables", "PAYMENT_PASSPHRASE"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arrange", "task", "guide", "hint", "expected"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_a_fault_is_diagnosed_by_the_right_guide_and_first_hint(small, arrange, task, guide, hint, expected):
    if task in {"15", "17"}:
        assert small.golive("--only", "11-12")[0] == 3, "Sentry and UptimeRobot have no account"
    arrange(small)
    code, events = small.golive("--only", task)
    assert code == 1
    first = failure(events)["diagnoses"][0]
    assert (first["guide"], first["confirmed"]) == (guide, True), first
    assert hint in first["hint"] and expected in first["seen"], first
