"""Eleven faults in a rehearsed project. The first hint of each diagnosis names the cause."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli_runner import golive
from tests.conftest import copied


@dataclass(frozen=True)
class Fault:
    name: str
    task: int
    hint: str
    says: str
    inject: Callable[[Path], None]
    environment: dict[str, str] = field(default_factory=dict)


def settings(shop):
    return shop / "election_cart" / "settings.py"


def add(text):
    def inject(shop):
        settings(shop).write_text(settings(shop).read_text() + "\n" + text + "\n")

    return inject


def replace(name, old, new):
    def inject(shop):
        path = shop / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return inject


def lose_the_key(shop):
    path = shop / ".env.production"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "SECRET_KEY" not in line))


def decorate_in_the_wrong_order(shop):
    """The library's own limiter below @api_view, with block=True. DRF turns its exception into a 403."""
    path = shop / "authentication" / "views.py"
    limiter = "@ratelimit(key='ip', rate='5/m', method='POST', block=True)\n"
    ours = "@limit('login', '5/m')\n@api_view(['POST'])\n@permission_classes([AllowAny])\ndef login("
    text = path.read_text()
    assert ours in text
    text = text.replace(ours, f"@api_view(['POST'])\n@permission_classes([AllowAny])\n{limiter}def login(")
    path.write_text("from django_ratelimit.decorators import ratelimit\n" + text)
    limits = shop / "election_cart" / "ratelimits.py"
    row = "LIMITS['admin:login'] = ('login', '5/m', client_ip)\n"
    assert row in limits.read_text()
    limits.write_text(limits.read_text().replace(row, ""))


FAULTS = [
    Fault("missing variable", 15, "missing environment variables", "DJANGO_SECRET_KEY", lose_the_key),
    Fault("wrong ALLOWED_HOSTS", 17, "ALLOWED_HOSTS", "would get a 400", add('ALLOWED_HOSTS = ["shop.example.com"]')),
    Fault(
        "database down", 17, "database connection", "OperationalError", lambda shop: None,
        {"GOLIVE_DATABASE_URL": "postgresql://shop:secret-of-the-shop@127.0.0.1:1/shop"},
    ),
    Fault(
        "unapplied migration", 18, "migrations ran", "lacks migrations",
        replace("Procfile", "python manage.py migrate --noinput && ", ""),
    ),
    Fault("bad Procfile", 17, "Procfile syntax", "Procfile", replace("Procfile", "web: ", 'web: "exec" ')),
    Fault(
        "collectstatic missing", 18, "Run collectstatic again", "no staticfiles/",
        replace("Procfile", "python manage.py collectstatic --noinput && ", ""),
    ),
    Fault("STATIC_ROOT unset", 17, "STATIC_ROOT", "not set", add("STATIC_ROOT = None")),
    Fault("decorators in the wrong order", 20, "decorator syntax", "below @api_view", decorate_in_the_wrong_order),
    Fault(
        "LocMemCache with several workers", 20, "limited attribute", "LocMemCache",
        add('RATELIMIT_USE_CACHE = "default"'),
    ),
    Fault("redirect loop", 18, "logs for errors", "SECURE_PROXY_SSL_HEADER", add("SECURE_PROXY_SSL_HEADER = None")),
]  # fmt: skip


SAMPLED = {"missing variable", "bad Procfile", "STATIC_ROOT unset"}
"""Faults that are tested in every run; the others are nightly."""


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=fault.name, marks=[pytest.mark.nightly] * (fault.name not in SAMPLED)) for fault in FAULTS],
)
def test_the_first_hint_names_the_cause(fault, rehearsed, tmp_path):
    shop = copied(rehearsed, tmp_path / "shop") / "backend"
    fault.inject(shop)
    arguments = ("--auto", "--json", "--no-commit", "--only", fault.task, "--project", ".", shop)
    result = golive(*arguments, env={**os.environ, **fault.environment})
    failed = [record for line in result.stdout.splitlines() if (record := json.loads(line))["event"] == "TaskFailed"]
    assert failed, result.stdout[-2000:] + result.stderr
    first = failed[0]["diagnoses"][0]
    hints = "\n".join(f"{hint['confirmed']} {hint['hint']}: {hint['seen']}" for hint in failed[0]["diagnoses"])
    assert first["confirmed"] is True, hints
    assert fault.hint in first["hint"], hints
    assert fault.says in first["seen"], hints
    assert first["fix"]
    assert "secret-of-the-shop" not in result.stdout + result.stderr


@pytest.mark.nightly
def test_missing_pages_are_reported_on_request(rehearsed, tmp_path):
    shop = copied(rehearsed, tmp_path / "shop") / "backend"
    environment = {**os.environ, "GOLIVE_REPORT_404": "yes"}
    result = golive("--auto", "--no-commit", "--only", "14,23", "--project", ".", shop, env=environment)
    assert result.returncode == 0, result.stderr[-2000:]
    line = next(line for line in result.stderr.splitlines() if "◐ 23.3 Sentry is checked for it" in line)
    assert re.search(r"→ event [0-9a-f]{8}: Missing page: /nonexistent", line)
    assert "23.7" in result.stderr


@pytest.mark.nightly
def test_migrations_can_run_before_the_deployment(rehearsed, tmp_path):
    shop = copied(rehearsed, tmp_path / "shop") / "backend"
    replace("Procfile", "python manage.py migrate --noinput && ", "")(shop)
    environment = {**os.environ, "GOLIVE_MIGRATE": "pre-deploy"}
    result = golive("--auto", "--no-commit", "--only", "17,18", "--project", ".", shop, env=environment)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "Running migrations" in result.stderr
    assert "migrate" not in (shop / "Procfile").read_text()
