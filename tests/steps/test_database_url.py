"""Task 13: whether the settings read DATABASE_URL, and whether the database can be reached and keeps its data."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from steps import t13_database as t13
from tests.steps.deployed import Site, by_item, make_sandbox, observe
from tests.steps.fakes import FakeProject
from tests.steps.served import CHANNELS_ASGI, PLAIN_ASGI, Served
from wizard.editing.source import Source
from wizard.targets.base import Database

ERROR = {"error": {"type": "OperationalError", "message": "connection refused"}}


class Server:
    """A PostgreSQL server that can be restarted."""

    def __init__(self):
        self.calls = []

    def restart(self):
        self.calls.append("restart")

    def make_role(self, name, password):
        self.calls.append(name)

    def url(self, role, password):
        return f"postgresql://{role}@localhost/shop"


def check(answers, server):
    """The observation for a database that answers each operation with *answers*; `special` is the special password."""

    def ask(op, url="", **options):
        return answers.get("special" if url else op, {"value": "golive"})

    return t13.ConfigureDatabase(None)._check_connection(Database("postgresql://x", "PostgreSQL 18", server), ask)


@pytest.mark.parametrize(
    ("answers", "holds", "showed"),
    [
        ({}, True, "a row after a restart: ok"),
        ({"connect": ERROR}, False, "connection: OperationalError: connection refused"),
        ({"mark": ERROR}, False, "a row after a restart: OperationalError: connection refused"),
        ({"marked": ERROR}, False, "a row after a restart: OperationalError: connection refused"),
        ({"marked": {"value": None}}, False, "a row after a restart: not found"),
        ({"special": ERROR}, False, "percent-encoded: OperationalError: connection refused"),
    ],
)
def test_a_connection_needs_a_row_after_a_restart_and_a_password_with_special_characters(answers, holds, showed):
    server = Server()
    observed = check(answers, server)
    assert observed.holds is holds
    assert server.calls == ["restart", "every_sign"]
    assert showed in observed.showed


def test_a_database_that_cannot_be_restarted_only_reads_the_row_back():
    observed = check({"special": ERROR}, None)
    assert observed.holds and "a row written and read: ok" in observed.showed


@pytest.mark.parametrize(
    ("reads", "migrated", "health", "needs", "statuses"),
    [
        (True, {}, 200, "", ["done", "done"]),
        (False, {}, 200, "", ["failed", "done"]),
        (True, ERROR, 200, "", ["done", "failed"]),
        (True, {}, 503, "", ["done", "failed"]),
        (True, {}, 503, "needs Redis", ["done", "open"]),
        (True, ERROR, 503, "needs Redis", ["done", "failed"]),
        (True, {}, 500, "needs Redis", ["done", "failed"]),
    ],
)
def test_the_settings_and_the_running_site_prove_their_items(
    tmp_path, monkeypatch, reads, migrated, health, needs, statuses
):
    monkeypatch.setattr(t13.background_work, "explanation", lambda project, target: needs)
    engine = "django.db.backends.postgresql"
    monkeypatch.setattr(t13, "engine_from_url", lambda project: engine if reads else "")
    monkeypatch.setattr(t13.connection_age, "fault", lambda project: "")
    answers = {"migrate": migrated}
    project = FakeProject(
        tmp_path,
        work=tmp_path,
        set_by=lambda name: "; set in settings.py:7",
        production_environment=lambda **variables: variables,
        ask=lambda op, environment, **options: answers.get(op, {"value": "golive"}),
        platform=SimpleNamespace(health_host="healthcheck.example.com"),
    )

    class Plain(Site):
        def get(self, path, *, https=True, host=""):
            assert (https, host) == (False, "healthcheck.example.com"), "the platform's health check sends this host"
            return httpx.Response(health)

    sandbox = make_sandbox(
        real=True, site=Plain(), database=Database("sqlite://", "SQLite", None), connection_status=lambda: None
    )
    evidence = by_item(t13.ConfigureDatabase(None).verify(project, sandbox, None))
    assert [evidence[item][0] for item in ("13.1", "13.2")] == statuses
    assert evidence["13.3"][0] == "rehearsed", "a local connection proves nothing about production"
    sandbox.target.connection_status = lambda: observe(showed="from the service")
    evidence = by_item(t13.ConfigureDatabase(None).verify(project, sandbox, None))
    assert evidence["13.3"] == ("done", "from the service")


def test_only_ssl_require_true_is_found():
    text = (
        "DATABASES = {'default': dj_database_url.config(ssl_require=True)}\n"
        "OTHER = dj_database_url.config(ssl_require=False)\n"
        "THIRD = dj_database_url.config(ssl_require=not DEBUG)\n"
    )
    source = Source.of(Path("settings.py"), text.encode())
    project = SimpleNamespace(settings=SimpleNamespace(sources=[source]))
    assert [value.lineno for _, value in t13.tls_demands(project)] == [1]


OWN = "django_prometheus.db.backends.postgresql"


@pytest.mark.parametrize(
    ("engine", "kept", "status", "showed"),
    [
        (OWN, OWN, "done", f"DATABASES uses its values, with the engine {OWN}"),
        ("django.db.backends.postgresql", OWN, "failed", f"expected {OWN}"),
        ("psqlextra.backend", "", "done", "with the engine psqlextra.backend"),
        ("django.contrib.gis.db.backends.postgis", "", "done", "postgis"),
        ("django.db.backends.mysql", "", "failed", "expected one for PostgreSQL"),
        ("", OWN, "failed", "DATABASES ignores it"),
    ],
)
def test_the_engine_that_the_project_needs_is_the_one_in_use(tmp_path, monkeypatch, engine, kept, status, showed):
    monkeypatch.setattr(t13, "engine_from_url", lambda project: engine)
    monkeypatch.setattr(t13.database_settings, "own_engine", lambda project: kept)
    evidence = t13.ConfigureDatabase(None)._settings(FakeProject(tmp_path))
    assert evidence.status.value == status and showed in evidence.showed


def test_a_sqlite_url_for_production_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(t13, "engine_from_url", lambda project: "django.db.backends.postgresql")
    project = FakeProject(tmp_path)
    project.production_env.write_text("DATABASE_URL=sqlite:///db.sqlite3\n")
    evidence = t13.ConfigureDatabase(None)._settings(project)
    assert evidence.status.value == "failed" and "whose file is lost with each deployment" in evidence.showed
    assert evidence.where == ".env.production"


AGES = """\
DATABASES = {"default": dj_database_url.config(conn_max_age=600, conn_health_checks=True)}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["old"] = {"CONN_MAX_AGE": int(os.environ.get("AGE", 30)), "PORT": 5432}
DATABASES["kept"] = {"CONN_MAX_AGE": None}
DATABASES["new"] = {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": True}}
"""


@pytest.mark.parametrize(
    ("procfile", "asgi", "ages"),
    [
        ("web: gunicorn shop.wsgi\n", PLAIN_ASGI, []),
        ("web: gunicorn shop.asgi -k uvicorn.workers.UvicornWorker\n", PLAIN_ASGI, ["600", "60", "30", "None"]),
        ("web: sh start.sh\n", PLAIN_ASGI, ["600", "60", "30", "None"]),
        ("web: gunicorn shop.wsgi\n", CHANNELS_ASGI, ["600", "60", "30", "None"]),
    ],
    ids=["WSGI", "Uvicorn's worker", "a script with Daphne", "an ASGI project"],
)
def test_connections_are_closed_after_each_request_under_asgi(tmp_path, monkeypatch, procfile, asgi, ages):
    start = "exec daphne shop.asgi:application\n"
    project = Served(tmp_path, {"Procfile": procfile, "shop/asgi.py": asgi, "start.sh": start}, text=AGES)
    monkeypatch.setattr(t13, "engine_from_url", lambda project: "django.db.backends.postgresql")
    monkeypatch.setattr(t13, "decodes_password", lambda project: True)
    monkeypatch.setattr(t13, "_missing_driver", lambda project: "")
    monkeypatch.setattr(t13, "add_migrations", lambda project, sandbox, draft: [])
    actions = t13.ConfigureDatabase(None).plan(project, None, None).actions
    after = actions[0].after.decode() if actions else AGES
    expected = AGES if not ages else (
        AGES.replace("=600", "=0").replace("=60)", "=0)").replace(", 30)", ", 0)").replace(": None", ": 0")
    )  # fmt: skip
    assert after == expected
    assert t13.connection_age.fault(project) == ((ages and "settings.py:1: expected 0 under an ASGI server") or "")
    project.settings.main.write_text(after)
    project.refresh()
    assert not t13.ConfigureDatabase(None).plan(project, None, None).actions, "a second run changes nothing"


@pytest.mark.parametrize(
    ("asgi", "options"),
    [(PLAIN_ASGI, "conn_max_age=600, conn_health_checks=True"), (CHANNELS_ASGI, "conn_max_age=0")],
    ids=["WSGI", "ASGI"],
)
def test_the_new_database_setting_fits_the_server(tmp_path, monkeypatch, asgi, options):
    project = Served(tmp_path, {"shop/asgi.py": asgi}, text="DATABASES = {}\n")
    monkeypatch.setattr(t13, "engine_from_url", lambda project: "")
    monkeypatch.setattr(t13, "_missing_driver", lambda project: "")
    monkeypatch.setattr(t13, "add_migrations", lambda project, sandbox, draft: [])
    [written] = t13.ConfigureDatabase(None).plan(project, None, None).actions
    assert f"dj_database_url.config({options})" in written.after.decode()


def test_settings_that_do_not_decode_the_password_read_the_url_anew(tmp_path, monkeypatch):
    project = Served(tmp_path, {}, text="DATABASES = {'default': taken_apart()}\n")
    monkeypatch.setattr(t13, "engine_from_url", lambda project: "django.db.backends.postgresql")
    monkeypatch.setattr(t13, "decodes_password", lambda project: False)
    monkeypatch.setattr(t13, "_missing_driver", lambda project: "")
    monkeypatch.setattr(t13, "add_migrations", lambda project, sandbox, draft: [])
    step = t13.ConfigureDatabase(None)
    assert step.inspect(project)[0].text == "The settings read DATABASE_URL, but don't decode its password"
    [written] = step.plan(project, None, None).actions
    assert "**dj_database_url.config(" in written.after.decode()


def test_an_engine_for_postgresql_waits_on_a_machine_without_it(tmp_path, monkeypatch):
    monkeypatch.setattr(t13, "engine_from_url", lambda project: OWN)
    monkeypatch.setattr(t13.database_settings, "own_engine", lambda project: OWN)
    sandbox = make_sandbox(database=Database("sqlite://", "SQLite", None), connection_status=lambda: None)
    project = FakeProject(tmp_path, work=tmp_path)
    evidence = by_item(t13.ConfigureDatabase(None).verify(project, sandbox, None))
    assert [evidence[item][0] for item in ("13.1", "13.2", "13.3")] == ["done", "open", "open"]
    assert f"the engine {OWN} needs PostgreSQL" in evidence["13.2"][1]
