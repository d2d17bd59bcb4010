"""Which settings differ between what was judged and what runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.project.settings_differences import differences

COPY, SERVICE = Path("/cache/shop"), Path("/cache/shop.work/deployed")


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"DEBUG": False}, {"DEBUG": False}),
        ({"STATIC_ROOT": f"{COPY}/static"}, {"STATIC_ROOT": f"{SERVICE}/static"}),
        ({"ALLOWED_HOSTS": ["a", "b"]}, {"ALLOWED_HOSTS": ["b", "a"]}),
        ({}, {"CORS_ALLOW_ALL_ORIGINS": False, "STATIC_ROOT": None, "CSRF_TRUSTED_ORIGINS": []}),
        (
            {"DATABASES": {"default": {"ENGINE": "x", "HOST": "", "PASSWORD": {"length": 3}, "OPTIONS": {"a": 1}}}},
            {"DATABASES": {"default": {"ENGINE": "x", "HOST": "", "NAME": None, "PORT": ""}}},
        ),
    ],
)
def test_the_same_settings_have_no_differences(expected, found):
    assert differences(expected, found, [COPY, SERVICE]) == []


def test_differences_are_told_with_debug_first_and_without_secrets():
    expected = {
        "ALLOWED_HOSTS": ["shop.example.com"],
        "DATABASES": {"default": {"ENGINE": "postgresql", "HOST": "db", "NAME": "shop"}},
        "SECRET_KEY": {"length": 50, "fingerprint": "0123"},
        "DEBUG": False,
        "MIDDLEWARE": ["a", "b"],
    }
    found = {
        "ALLOWED_HOSTS": ["*"],
        "DATABASES": {"default": {"ENGINE": "sqlite3", "HOST": "", "NAME": "shop"}},
        "SECRET_KEY": {"length": 9, "fingerprint": "4567"},
        "DEBUG": True,
        "MIDDLEWARE": ["a"],
    }
    assert list(map(str, differences(expected, found, []))) == [
        "DEBUG is True instead of False",
        "ALLOWED_HOSTS is * instead of shop.example.com",
        "DATABASES is sqlite3 none instead of postgresql db",
        "SECRET_KEY is another key instead of the one of the judged settings",
        "MIDDLEWARE is without b instead of with it",
    ]
