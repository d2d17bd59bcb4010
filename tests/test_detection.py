"""What is made of a project's errors before it can be read: the variable it misses, and a harmless value for it."""

from __future__ import annotations

import re

import pytest

from wizard import interpreter
from wizard.project import PLACEHOLDERS, _missing_variable


@pytest.mark.parametrize(
    ("kind", "message", "variable"),
    [
        ("KeyError", "'SECRET_KEY'", "SECRET_KEY"),
        ("KeyError", "'not a variable'", None),
        ("ImproperlyConfigured", "Set the DATABASE_URL environment variable", "DATABASE_URL"),
        ("UndefinedValueError", "EMAIL_HOST not found. Declare it as envvar or define a default value.", "EMAIL_HOST"),
        ("EnvNotSetError", 'Environment variable "DJANGO_SECRET_KEY" not set', "DJANGO_SECRET_KEY"),
        (
            "ValidationError",
            "1 validation error for Settings\nsecret_key\n  Field required [type=missing]",
            "SECRET_KEY",
        ),
        ("RuntimeError", "STRIPE_KEY must be set", "STRIPE_KEY"),
        ("NameError", "name 'BASE' is not defined", None),
    ],
)
def test_the_variable_an_error_tells_of(kind, message, variable):
    assert _missing_variable({"type": kind, "message": message}) == variable


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SENTRY_DSN", ""),
        ("REDIS_URL", "redis://127.0.0.1:1/0"),
        ("DJANGO_ADMIN_URL", "admin/"),
        ("FRONTEND_URL", "https://placeholder.invalid"),
        ("EMAIL_PORT", "1"),
        ("USE_S3", "False"),
        ("BUCKET", "placeholder"),
    ],
)
def test_a_harmless_value_for_it(variable, value):
    assert next(value for pattern, value in PLACEHOLDERS if re.search(pattern, variable)) == value


@pytest.mark.parametrize("name", [".venv", "ve", "env_mac"])
def test_an_environment_is_found_whatever_its_name(tmp_path, name):
    python = tmp_path / name / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    (tmp_path / name / "pyvenv.cfg").write_text("home = /usr\n")
    assert interpreter.find(tmp_path, tmp_path, None).path == python
