"""The password of a database role is changed at a real PostgreSQL server."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest

from tests.cli_runner import golive
from wizard.base.errors import CommandError, StepError
from wizard.editing import dotenv
from wizard.project import database
from wizard.targets.local.postgres import SUPERUSER, Postgres
from wizard.targets.local.postgres_programs import find_binaries


@pytest.fixture
def server(tmp_path, monkeypatch):
    postgres = Postgres(tmp_path, find_binaries())
    postgres.start()
    monkeypatch.setenv("PATH", f"{postgres.bin}{os.pathsep}{os.environ['PATH']}")
    url = postgres.url(role=SUPERUSER, password=postgres._superuser_password, database="postgres")
    monkeypatch.setenv(database.SUPERUSER, url)
    yield postgres
    postgres.stop()


def test_the_role_gets_the_new_password_and_the_old_one_stops_working(server):
    messages = []
    assert database.accepts(server.role, server.password)
    database.set_password(server.role, "another-word-of-letters-0815", on_line=messages.append)
    assert messages == [f"The role {server.role} has its new password."]
    assert database.accepts(server.role, "another-word-of-letters-0815")
    assert not database.accepts(server.role, server.password)


def test_errors_of_the_server_are_reported_and_unsafe_passwords_are_not_sent(server):
    with pytest.raises(CommandError, match='role "nobody-of-that-name" does not exist'):
        database.set_password("nobody-of-that-name", "a-word-of-letters-0815", on_line=print)
    for sign in "'\\\n":
        with pytest.raises(StepError, match="contains a quote, a backslash or a line break"):
            database.set_password(server.role, f"a-word{sign}of-letters", on_line=print)


def test_missing_psql_is_reported(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(database.SUPERUSER, "postgresql://postgres:x@127.0.0.1:1/postgres")
    with pytest.raises(CommandError, match="psql was not found"):
        database.accepts("shop", "a-word-of-letters-0815")


def test_task_1_changes_the_password_at_the_server(server, shop, python):
    """The sample's settings name the role. The superuser's URL is only in the environment."""
    server.make_role("postgres", "the-old-password")
    result = golive("--auto", "--only", "1", "--project", ".", shop, python=python)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "1.4" in result.stderr and "the server accepted it" in result.stderr
    new = dotenv.values((shop / ".env.production").read_bytes())["DB_PASSWORD"]
    assert server.accepts_login("postgres", new, "postgres")
    assert not server.accepts_login("postgres", "the-old-password", "postgres")
    assert new not in result.stdout + result.stderr


ASK = """
import sys, psycopg
for mode in ("require", "disable"):
    with psycopg.connect(sys.argv[1], sslmode=mode) as connection:
        row = connection.execute("SELECT repeat('tea', 50000)").fetchone()
        print(mode, connection.pgconn.ssl_in_use, row[0].count("tea"))
"""


def test_postgres_accepts_clients_with_and_without_tls(tmp_path, python):
    postgres = Postgres(tmp_path, find_binaries(), tls=True)
    try:
        postgres.start()
        for _ in (1, 2):
            result = subprocess.run(
                [python, "-c", ASK, postgres.url()], capture_output=True, text=True, check=False, timeout=60
            )
            assert result.stdout.splitlines() == ["require True 50000", "disable False 50000"], result.stderr
            postgres.restart()
    finally:
        postgres.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", postgres.port), timeout=5)
