"""The variables of a service that have no value yet, and the CORS settings of its API."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest

from steps.t13_database import decodes_password, engine_from_url
from steps.t15_variables import Variables
from tests.steps.fakes import FakeProject, FakeSandbox
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.project import database
from wizard.project.agent.values import as_json


@pytest.mark.parametrize(
    ("settings", "status", "expected"),
    [
        ({}, Status.NOT_APPLICABLE, "no CORS_ALLOWED_ORIGINS"),
        ({"CORS_ALLOWED_ORIGINS": ["https://tea.example.com"]}, Status.REHEARSED, "https://tea.example.com"),
        ({"CORS_ORIGIN_WHITELIST": ["http://localhost:3000"]}, Status.FAILED, "http://localhost:3000"),
        ({"CORS_ALLOWED_ORIGINS": []}, Status.FAILED, "empty"),
        (
            {"CORS_ALLOWED_ORIGINS": ["https://tea.example.com"], "MIDDLEWARE": []},
            Status.FAILED,
            "no CorsMiddleware in MIDDLEWARE sends them",
        ),
        ({"CORS_ALLOWED_ORIGINS": ["https://127.0.0.1"]}, Status.FAILED, "https://127.0.0.1 is not a public name"),
        ({"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.tea\.in$"]}, Status.REHEARSED, "tea"),
        ({"CORS_ALLOWED_ORIGIN_REGEXES": [".*"]}, Status.OPEN, "CORS_ALLOWED_ORIGIN_REGEXES: .* matches every website"),
        # django-cors-headers reads the old name first.
        (
            {"CORS_ORIGIN_WHITELIST": ["http://x.example"], "CORS_ALLOWED_ORIGINS": ["https://tea.example.com"]},
            Status.FAILED,
            "http://x.example",
        ),
        ({"CORS_ORIGIN_ALLOW_ALL": True}, Status.OPEN, "CORS_ORIGIN_ALLOW_ALL lets every website"),
        ({"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOWED_ORIGINS": []}, Status.OPEN, "set in settings.py:7"),
    ],
)
def test_the_cors_settings_decide_item_15_10(tmp_path, settings, status, expected):
    settings = {"MIDDLEWARE": ["corsheaders.middleware.CorsMiddleware"], **settings}
    project = FakeProject(tmp_path, values=settings, set_by=lambda name: "; set in settings.py:7")
    project.origin = lambda name: "settings.py:7"
    sandbox = FakeSandbox(target=SimpleNamespace(host="shop.up.railway.app"))
    found = Variables(None)._cors(project, sandbox, settings, Answers())
    assert (found.item, found.status) == ("15.10", status) and expected in found.showed
    assert found.where == ("settings.py:7" if status is Status.FAILED else "")


@pytest.mark.parametrize(
    ("unset", "remarks"),
    [
        (["REDIS_URL"], ("REDIS_URL is required and has no value in .env.production",)),
        ([], ("Every required variable has a value.",)),
        (
            ["DB_HOST", "RDS_DB_NAME"],
            ("DB_HOST, RDS_DB_NAME: the settings require them, so Golive takes them from DATABASE_URL.",),
        ),
    ],
)
def test_variables_without_a_value_are_listed(tmp_path, unset, remarks):
    project = FakeProject(tmp_path, unset=unset, placeholders={"DATABASE_URL": "sqlite://"})
    sandbox = SimpleNamespace(target=SimpleNamespace(actions=lambda task: [], host="shop.up.railway.app"))
    assert Variables(None).plan(project, sandbox, Answers()).remarks == remarks


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("DB_HOST", "PGHOST"),
        ("DB_HOSTNAME", "PGHOST"),
        ("POSTGRES_DB", "PGDATABASE"),
        ("DATABASE_NAME", "PGDATABASE"),
        ("SQL_DATABASE", "PGDATABASE"),
        ("RDS_DB_NAME", "PGDATABASE"),
        ("DB_USERNAME", "PGUSER"),
        ("PGPASSWORD", "PGPASSWORD"),
        ("DB_PASS", "PGPASSWORD"),
        ("POSTGRES_PORT", "PGPORT"),
        ("DB_ENGINE", ""),
        ("EMAIL_HOST", ""),
        ("DATABASE_URL", ""),
        ("MYDB_HOST", ""),
    ],
)
def test_variables_of_a_database_map_to_those_of_postgresql(name, part):
    assert database.postgres_variable(name) == part


POSTGRES = "django.db.backends.postgresql"


@pytest.mark.parametrize(
    ("default", "read"),
    [
        (lambda env: {"ENGINE": POSTGRES, "NAME": urlsplit(env["DATABASE_URL"]).path[1:], "PORT": 1}, True),
        # The placeholder of a port is 1, and so is the port at which nothing listens.
        (lambda env: {"ENGINE": POSTGRES, "NAME": env["DB_NAME"], "PORT": env["DB_PORT"]}, False),
        (lambda env: {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}, False),
    ],
)
def test_a_database_from_database_url_is_recognised_by_its_name(default, read):
    assert engine_from_url(with_database(default)) == (POSTGRES if read else "")


def with_database(default):
    """A project whose default database is what the function *default* makes of the environment."""
    return SimpleNamespace(
        inspect_settings=lambda: None,
        production_environment=lambda **more: {"DB_PORT": "1", "DB_NAME": "placeholder"} | more,
        settings_under=lambda environment: [{"settings": as_json({"DATABASES": {"default": default(environment)}})}],
    )


@pytest.mark.parametrize(
    ("password", "decoded"),
    [
        (lambda env: urlsplit(env["DATABASE_URL"]).password, False),
        (lambda env: unquote(urlsplit(env["DATABASE_URL"]).password), True),
        (lambda env: "from another variable", True),
    ],
)
def test_a_password_that_is_not_decoded_is_seen(password, decoded):
    project = with_database(lambda env: {"ENGINE": POSTGRES, "PASSWORD": password(env)})
    assert decodes_password(project) is decoded
