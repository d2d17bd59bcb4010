"""Errors that each have the same fix in any project."""

from __future__ import annotations

import pytest

from wizard.diagnosis.known_errors import known_fix


@pytest.mark.parametrize(
    ("finding", "fix"),
    [
        ("ModuleNotFoundError: No module named 'shop.pages'", "has the module shop.pages"),
        ("ModuleNotFoundError: No module named 'pkg_resources'", "Add `setuptools<81`"),
        ("kombu.exceptions.VersionMismatch: Redis transport requires redis-py versions 6.1.0 or later. You have 3.5.3",
         "Raise redis to 6.1.0 or later"),
        ('psycopg.errors.UndefinedTable: relation "shop_order" does not exist', "there is no table shop_order"),
        ("redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379", "golive --auto --only 27"),
        ("django.core.exceptions.AppRegistryNotReady: Apps aren't loaded yet.", "golive --auto --only 16"),
        ("ImproperlyConfigured: Requested setting INSTALLED_APPS, but settings are not configured. You must either",
         "below `get_asgi_application()`"),
        ("ValueError: Redis URL must specify one of the following schemes (redis://, rediss://)", "Set the variable"),
        ("KeyError: 'total'", ""),
    ],
)  # fmt: skip
def test_the_fix_of_a_known_error_names_what_is_missing(finding, fix):
    assert fix in known_fix(finding)
    assert bool(known_fix(finding)) is bool(fix)
