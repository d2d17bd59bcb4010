"""The diff of a file as it is shown: its lines, and what is masked in it."""

from __future__ import annotations

import pytest

from wizard.base.public_values import is_public, looks_random
from wizard.plan.preview import diff

PUBLIC = [
    ("DEBUG", "False"),
    ("DJANGO_DEBUG", "on"),
    ("ALLOWED_HOSTS", "shop.example.com,.example.org, localhost:8000"),
    ("CSRF_TRUSTED_ORIGINS", "https://shop.example.com,https://www.example.com"),
    ("PORT", "8000"),
    ("DJANGO_SETTINGS_MODULE", "shop.settings.production"),
    ("SECURE_HSTS_SECONDS", "31536000"),
    ("SESSION_COOKIE_SECURE", "True"),
    ("EMAIL_HOST", "smtp.example.com"),
    ("EMAIL_PORT", "587"),
    ("TIME_ZONE", "Asia/Kolkata"),
    ("LANGUAGE_CODE", "en-us"),
    ("LOG_LEVEL", "INFO"),
    ("SITE_URL", "https://shop.example.com/"),
    ("REDIS_URL", "redis://localhost:6379/0"),
    ("DATABASE_URL", "sqlite:///db.sqlite3"),
    ("PYTHONPATH", "/app/src:/app/lib"),
    ("MEMCACHED", "127.0.0.1:11211"),
    ("ANYTHING", ""),
    ("SECRET_KEY", ""),
]
SECRET = [
    ("SECRET_KEY", "False"),
    ("DJANGO_SECRET_KEY", "x"),
    ("EMAIL_HOST_PASSWORD", "123456"),
    ("EMAIL_HOST_USER", "shop"),
    ("API_TOKEN", "8000"),
    ("DOOR_PIN", "1234"),
    ("ADMIN_CODE", "445566"),
    ("DB_PWD", "correct"),
    ("SENTRY_DSN", "https://abc@o1.ingest.sentry.io/2"),
    ("DATABASE_URL", "postgres://shop:hunter22@db.example.com/shop"),
    ("DATABASE_URL", "postgres://db.example.com/shop"),
    ("WEBHOOK_URL", "https://hooks.slack.com/services/T0/B0/XyZ"),
    ("SITE_URL", "https://shop.example.com/?token=abc"),
    ("ADMIN_URL", "hidden-door/"),
    ("ALLOWED_HOSTS", "user:pass@example.com"),
    ("ALLOWED_HOSTS", "3f9a8c1d2e4b5a69.example.com"),
    ("CSRF_TRUSTED_ORIGINS", "https://me:pw@shop.example.com"),
    ("CSRF_TRUSTED_ORIGINS", "https://shop.example.com,https://me:pw@shop.example.com"),
    ("ENVIRONMENT", "q8Zr2LmT5vX1pK7w"),
    ("STAGE", "XqPzRtYwBnMkLjHg"),
    ("MYSTERY", "correcthorse"),
    ("MYSTERY", "4111111111111111"),
    ("DEFAULT_FROM_EMAIL", "shop@example.com"),
]


@pytest.mark.parametrize(("name", "value"), PUBLIC)
def test_a_value_that_is_no_secret_is_shown(name, value):
    assert is_public(name, value)
    assert f"+{name}={value}" in diff(None, f"{name}={value}\n".encode(), ".env", secret=True).split("\n")


@pytest.mark.parametrize(("name", "value"), SECRET)
def test_a_value_that_may_be_a_secret_is_masked(name, value):
    shown = diff(None, f"{name}='{value}'\n# {name}={value}\nexport {name}={value}\n".encode(), ".env", secret=True)
    assert shown.split("\n")[3:] == [f"+{name}=…", f"+# {name}=…", f"+export {name}=…"]


def test_a_changed_secret_is_shown_as_changed_without_its_values():
    shown = diff(b"DEBUG=True\nKEY=old-one\n", b"DEBUG=False\nKEY=new-one\n", ".env", secret=True)
    assert shown.split("\n")[3:] == ["-DEBUG=True", "-KEY=…", "+DEBUG=False", "+KEY=…"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_further_line_of_a_value_is_masked(end):
    lines = ["DEBUG=off", "", '  PEM="-----BEGIN KEY-----', "", "DEBUG=on", 'abc=="', "PORT=80", ""]
    shown = diff(None, end.join(lines).encode(), ".env", secret=True)
    assert shown.split("\n")[3:] == ["+DEBUG=off", "+", "+  PEM=…", "+…", "+…", "+…", "+PORT=80"]


def test_nothing_is_shown_after_a_line_that_no_parser_understands():
    shown = diff(None, b"DEBUG=off\nPEM='abc\nDEBUG=on\nabc==\n", ".env", secret=True)
    assert shown.split("\n")[3:] == ["+DEBUG=off", "+PEM=…", "+…", "+…"]


def test_a_line_without_a_name_and_a_comment_after_a_value_are_masked():
    shown = diff(None, b"hunter22\nPORT=80 # or hunter22\n", ".env", secret=True)
    assert shown.split("\n")[3:] == ["+…", "+PORT=…"]


@pytest.mark.parametrize("value", ["3f9a8c1d2e4b", "q8Zr2LmT5vX1", "eyJhbGciOiJIUzI1NiJ9", "shop-3f9a8c1d2e4b5a69"])
def test_random_values_are_recognised(value):
    assert looks_random(value)


@pytest.mark.parametrize("value", ["shop.settings.production", "31536000000000", "example.com", "v1.2.3", "2026-11-28"])
def test_words_numbers_and_versions_are_not_random(value):
    assert not looks_random(value)


def test_a_missing_line_end_is_shown_as_git_shows_it():
    shown = diff(b"a\nb", b"a\nb\n", "x", secret=False)
    assert shown.split("\n") == ["--- x", "+++ x", "@@ -1,2 +1,2 @@", " a", "-b", "\\ No newline at end of file", "+b"]


def test_line_ends_are_shown_only_if_they_change():
    assert diff(b"a\r\n", b"b\r\n", "x", secret=False).split("\n")[3:] == ["-a", "+b"]
    assert diff(b"a\r\n", b"a\n", "x", secret=False).split("\n")[3:] == ["-a␍", "+a"]


def test_new_emptied_and_unchanged_files():
    assert diff(None, b"a\n", "x", secret=False).split("\n") == ["--- /dev/null", "+++ x", "@@ -0,0 +1 @@", "+a"]
    assert diff(b"a\n", b"", "x", secret=False).split("\n") == ["--- x", "+++ x", "@@ -1 +0,0 @@", "-a"]
    assert diff(b"a\n", b"a\n", "x", secret=False) == ""


def test_a_form_feed_is_no_line_end():
    assert diff(b"a\n", b"a\x0cb\n", "x", secret=False).split("\n")[2:] == ["@@ -1 +1 @@", "-a", "+a\x0cb"]
