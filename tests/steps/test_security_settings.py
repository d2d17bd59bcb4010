"""Settings for cookies, sessions and passwords that weaken a site are found, and meant ones can be confirmed."""

from __future__ import annotations

import pytest

from steps.shared import security_settings
from tests.steps.fakes import FakeProject

GOOD = {"SECURE_HSTS_SECONDS": 31_536_000}
CROSS_SITE = {
    "MIDDLEWARE": ["corsheaders.middleware.CorsMiddleware", "django.contrib.sessions.middleware.SessionMiddleware"],
    "CORS_ALLOW_CREDENTIALS": True,
}  # fmt: skip
HASHERS = "django.contrib.auth.hashers"


def problems(tmp_path, values, text="", overridden=()):
    project = FakeProject(tmp_path, text, {**GOOD, **values})
    project.inspected["overridden"] = list(overridden)
    return security_settings.problems(project)


@pytest.mark.parametrize(
    ("values", "found", "optional"),
    [
        ({"SECURE_HSTS_SECONDS": 60}, "SECURE_HSTS_SECONDS is 60", False),
        ({"SECURE_HSTS_SECONDS": 0}, "SECURE_HSTS_SECONDS is 0", False),
        ({"SECURE_HSTS_SECONDS": None}, "SECURE_HSTS_SECONDS is None", False),
        ({"SECURE_HSTS_SECONDS": "1y"}, "SECURE_HSTS_SECONDS is '1y'", False),
        ({"SECURE_HSTS_SECONDS": "31536000.0"}, "SECURE_HSTS_SECONDS is '31536000.0'", False),
        ({"SECURE_REDIRECT_EXEMPT": [".*"]}, "SECURE_REDIRECT_EXEMPT has '.*', so / is not redirected to HTTPS", False),
        ({"SECURE_REDIRECT_EXEMPT": ["^admin"]}, "SECURE_REDIRECT_EXEMPT has '^admin', so /admin/", False),
        ({"SESSION_COOKIE_HTTPONLY": False}, "SESSION_COOKIE_HTTPONLY is False", False),
        ({"SESSION_COOKIE_SAMESITE": "None"}, "SESSION_COOKIE_SAMESITE is 'None'", True),
        ({"SECURE_CROSS_ORIGIN_OPENER_POLICY": None}, "SECURE_CROSS_ORIGIN_OPENER_POLICY is None", True),
        ({"CSRF_COOKIE_SAMESITE": False}, "CSRF_COOKIE_SAMESITE is False", True),
        ({"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}, "SESSION_ENGINE is", True),
        ({"SESSION_SERIALIZER": "django.contrib.sessions.serializers.PickleSerializer"}, "SESSION_SERIALIZER is", True),
        ({"SESSION_COOKIE_AGE": 60 * 60 * 24 * 3650}, "SESSION_COOKIE_AGE is 315360000", True),
        ({"PASSWORD_HASHERS": [f"{HASHERS}.MD5PasswordHasher"]}, "PASSWORD_HASHERS is 'MD5PasswordHasher'", False),
        (
            {"AUTH_PASSWORD_VALIDATORS": [{"NAME": "x.MinimumLengthValidator", "OPTIONS": {"min_length": 1}}]},
            "AUTH_PASSWORD_VALIDATORS is 'passwords of 1 characters'", True,
        ),
        (
            {"SESSION_ENGINE": "django.contrib.sessions.backends.cache",
             "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}},
            "SESSION_ENGINE is", True,
        ),
    ],
)  # fmt: skip
def test_a_weak_setting_is_named_with_its_value(tmp_path, values, found, optional):
    [problem] = problems(tmp_path, values)
    assert problem.found.startswith(found)
    assert (problem.optional, bool(problem.expected), bool(problem.where)) == (optional, True, True)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"SECURE_REDIRECT_EXEMPT": [r"^health/$", r"^\.well-known/acme-challenge/"]},
        {"CSRF_COOKIE_HTTPONLY": False, "CSRF_COOKIE_SAMESITE": "Strict", "SESSION_COOKIE_SAMESITE": "Lax"},
        {**CROSS_SITE, "SESSION_COOKIE_SAMESITE": "None", "CSRF_COOKIE_SAMESITE": "None"},
        {"SESSION_ENGINE": "django.contrib.sessions.backends.cached_db", "SESSION_COOKIE_AGE": 60 * 60 * 24 * 90},
        {"PASSWORD_HASHERS": [f"{HASHERS}.Argon2PasswordHasher", f"{HASHERS}.MD5PasswordHasher"]},
        {"SECURE_HSTS_SECONDS": "31536000"},
        {"AUTH_PASSWORD_VALIDATORS": [{"NAME": "x.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}]},
        {"AUTH_PASSWORD_VALIDATORS": ["x.MinimumLengthValidator"]},
    ],
)
def test_good_settings_have_no_problem(tmp_path, values):
    assert problems(tmp_path, values) == []


def test_validators_count_only_if_the_project_emptied_them(tmp_path):
    name = "AUTH_PASSWORD_VALIDATORS"
    assert problems(tmp_path, {name: []}) == []
    assert [each.optional for each in problems(tmp_path, {name: []}, overridden=[name])] == [True]


def test_validators_that_were_removed_are_remembered(tmp_path):
    project = FakeProject(tmp_path, "", {**GOOD, "AUTH_PASSWORD_VALIDATORS": []})
    project.originals = {tmp_path / "settings.py": b"AUTH_PASSWORD_VALIDATORS = [1]\n"}
    [problem] = security_settings.problems(project)
    assert problem.found == "AUTH_PASSWORD_VALIDATORS is []"


def test_weak_hashers_get_a_strong_one_before_them(tmp_path):
    values = {"PASSWORD_HASHERS": [f"{HASHERS}.MD5PasswordHasher"], "SESSION_COOKIE_HTTPONLY": False}
    lines = security_settings.lines(FakeProject(tmp_path, "", values))
    assert lines[0] == "SESSION_COOKIE_HTTPONLY = True"
    assert lines[1].startswith(f'PASSWORD_HASHERS = ["{HASHERS}.PBKDF2PasswordHasher", *PASSWORD_HASHERS]')
