"""The database of DATABASE_URL keeps the engine and the options that the project has."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from steps.shared import database_settings
from tests.steps.fakes import FakeProject
from wizard.plan.draft import Draft
from wizard.targets.verification.settings import unreachable_database_settings

PLAIN = "django.db.backends.postgresql"
PROMETHEUS = "django_prometheus.db.backends.postgresql"
URL = {"ENGINE": PLAIN, "NAME": "shop", "HOST": "db", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


def merged(monkeypatch, tmp_path, default, *, engines=None, options=None, **others):
    """The default database with DATABASE_URL set, and without it."""
    project = FakeProject(tmp_path, values={"DATABASES": {"default": default}})
    project.inspected["engines"] = engines or {}

    def config(*, engine=None, **arguments):
        return {**URL, **({"ENGINE": engine} if engine else {}), **({"OPTIONS": options} if options else {})}

    code = "\n".join(database_settings.url_block(project, "conn_max_age=600"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/shop")
    local = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    exec(code, {"os": os, "dj_database_url": SimpleNamespace(config=config), "DATABASES": local})
    assert local["default"]["NAME"] == "shop", "development may have fewer keys"
    found = []
    for url in ("postgresql://db/shop", ""):
        monkeypatch.setenv("DATABASE_URL", url)
        values = {
            "os": os,
            "dj_database_url": SimpleNamespace(config=config),
            "DATABASES": {"default": default, **others},
        }
        exec(code, values)
        assert {name: values["DATABASES"][name] for name in others} == others
        found.append(values["DATABASES"]["default"])
    return found


def test_a_plain_database_gets_the_url_and_keeps_its_transactions(monkeypatch, tmp_path):
    default = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "ATOMIC_REQUESTS": True}
    archive = {"ENGINE": "django.db.backends.sqlite3", "NAME": "archive.sqlite3"}
    default["OPTIONS"], default["TEST"] = {"timeout": 20}, {"NAME": "test.sqlite3"}
    with_url, without = merged(monkeypatch, tmp_path, default, archive=archive)
    assert with_url == {**URL, "ATOMIC_REQUESTS": True}, "options for SQLite do not suit PostgreSQL"
    assert without == default


TENANTS, GIS = "django_tenants.postgresql_backend", "django.contrib.gis.db.backends.postgis"


@pytest.mark.parametrize("engine", [TENANTS, "psqlextra.backend", GIS, PROMETHEUS])
def test_an_engine_that_is_not_djangos_own_is_kept_with_its_options(monkeypatch, tmp_path, engine):
    default = {
        "ENGINE": engine, "NAME": "local", "PASSWORD": "",
        "OPTIONS": {"options": "-c search_path=shop", "sslmode": "prefer"},
        "TEST": {"NAME": "tests"}, "TIME_ZONE": "Asia/Kolkata", "DISABLE_SERVER_SIDE_CURSORS": True,
    }  # fmt: skip
    with_url, _ = merged(monkeypatch, tmp_path, default, engines={engine: engine}, options={"sslmode": "require"})
    assert with_url["ENGINE"] == engine and with_url["NAME"] == "shop" and "PASSWORD" not in with_url
    assert with_url["OPTIONS"] == {"options": "-c search_path=shop", "sslmode": "require"}, "the URL wins"
    assert [with_url[key] for key in ("TEST", "TIME_ZONE", "DISABLE_SERVER_SIDE_CURSORS")] == [
        {"NAME": "tests"}, "Asia/Kolkata", True,
    ]  # fmt: skip


def test_a_wrapper_of_sqlite_becomes_the_same_wrapper_of_postgresql(monkeypatch, tmp_path):
    sqlite = "django_prometheus.db.backends.sqlite3"
    default = {"ENGINE": sqlite, "NAME": "db.sqlite3", "OPTIONS": {"timeout": 20}}
    with_url, _ = merged(monkeypatch, tmp_path, default, engines={sqlite: PROMETHEUS})
    assert with_url["ENGINE"] == PROMETHEUS and "OPTIONS" not in with_url


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('env.db("DATABASE_URL")', 'env.db("DATABASE_URL", engine="x.backend")'),
        ("env.db(\n    'DATABASE_URL',\n)", "env.db(\n    'DATABASE_URL', engine='x.backend',\n)"),
        ("dj_database_url.config(conn_max_age=60)", "dj_database_url.config(conn_max_age=60, engine='x.backend')"),
        ('dj_database_url.parse(os.environ["URL"])', 'dj_database_url.parse(os.environ["URL"], engine="x.backend")'),
    ],
)
def test_a_call_that_reads_the_url_gets_the_engine(tmp_path, before, after):
    project, draft = FakeProject(tmp_path, f"DATABASES = {{'default': {before}}}  # ours\n"), Draft()
    assert database_settings.keep_engine(project, draft, "x.backend", PLAIN) == []
    [action] = draft.actions()
    assert action.after.decode().replace("'", '"') == f'DATABASES = {{"default": {after}}}  # ours\n'.replace("'", '"')


@pytest.mark.parametrize(
    "call", ['env.db("DATABASE_URL", default="spatialite:///db")', "dj_database_url.config(**options)"]
)
def test_a_call_whose_default_may_be_another_database_is_left(tmp_path, call):
    project, draft = FakeProject(tmp_path, f"DATABASES = {{'default': {call}}}\n"), Draft()
    lines = database_settings.keep_engine(project, draft, "x.backend", PLAIN)
    assert not draft.actions()
    values = {"DATABASES": {"default": {"ENGINE": PLAIN}}}
    exec("\n".join(lines), values)
    assert values["DATABASES"]["default"]["ENGINE"] == "x.backend"
    values = {"DATABASES": {"default": {"ENGINE": "django.contrib.gis.db.backends.spatialite"}}}
    exec("\n".join(lines), values)
    assert "spatialite" in values["DATABASES"]["default"]["ENGINE"], "development keeps its database"


@pytest.mark.parametrize(
    ("engine", "used"),
    [("psqlextra.backend", "psqlextra.backend"), ("django.db.backends.postgresql", "django.db.backends.sqlite3")],
)
def test_a_package_that_needs_its_engine_also_loads_without_a_database(tmp_path, engine, used):
    values = {"DATABASES": {"default": {"ENGINE": engine}}}
    project = FakeProject(tmp_path, values=values, work=tmp_path)
    project.inspected["engines"] = {engine: engine if engine == used else ""}
    found = {}
    exec(unreachable_database_settings(project), found)
    assert found["DATABASES"]["default"]["ENGINE"] == used
