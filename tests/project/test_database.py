"""A new password for the role of the database, at a real PostgreSQL: by the task, and where that can't be."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest

from tests.cli_runner import golive
from wizard.base.errors import CommandError, StepError
from wizard.editing import dotenv
from wizard.project import database
from wizard.targets.local.postgres import SUPERUSER, Postgres, binaries


@pytest.fixture
def server(tmp_path, monkeypatch):
    made = Postgres(tmp_path, binaries())
    made.start()
    monkeypatch.setenv("PATH", f"{made.bin}{os.pathsep}{os.environ['PATH']}")
    url = made.url(role=SUPERUSER, password=made._superuser_password, database="postgres")
    monkeypatch.setenv(database.SUPERUSER, url)
    yield made
    made.stop()


def test_the_role_gets_the_password_and_the_old_one_lets_nobody_in(server):
    said = []
    assert database.accepts(server.role, server.password)
    database.set_password(server.role, "another-word-of-letters-0815", on_line=said.append)
    assert said == [f"The role {server.role} has its new password."]
    assert database.accepts(server.role, "another-word-of-letters-0815")
    assert not database.accepts(server.role, server.password)


def test_a_refusal_says_why_and_what_would_break_the_statement_is_not_sent(server):
    with pytest.raises(CommandError, match='role "nobody-of-that-name" does not exist'):
        database.set_password("nobody-of-that-name", "a-word-of-letters-0815", on_line=print)
    for sign in "'\\\n":
        with pytest.raises(StepError, match="holds a quote or a backslash"):
            database.set_password(server.role, f"a-word{sign}of-letters", on_line=print)


def test_without_psql_the_person_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(database.SUPERUSER, "postgresql://postgres:x@127.0.0.1:1/postgres")
    with pytest.raises(CommandError, match="psql was not found"):
        database.accepts("shop", "a-word-of-letters-0815")


def test_task_one_changes_it_at_the_server(server, shop, python):
    """The sample's role is called as its settings say; the superuser's address stands in the environment alone."""
    server.make_role("postgres", "the-old-password")
    done = golive("--auto", "--only", "1", "--project", ".", shop, python=python)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "1.4" in done.stderr and "the server lets it in" in done.stderr
    new = dotenv.values((shop / ".env.production").read_bytes())["DB_PASSWORD"]
    assert server.lets_in("postgres", new, "postgres")
    assert not server.lets_in("postgres", "the-old-password", "postgres")
    assert new not in done.stdout + done.stderr


ASK = """
import sys, psycopg
for mode in ("require", "disable"):
    with psycopg.connect(sys.argv[1], sslmode=mode) as connection:
        row = connection.execute("SELECT repeat('tea', 50000)").fetchone()
        print(mode, connection.pgconn.ssl_in_use, row[0].count("tea"))
"""


def test_clients_that_insist_on_tls_get_it_and_the_others_need_not(tmp_path, python):
    made = Postgres(tmp_path, binaries(), tls=True)
    try:
        made.start()
        for _ in (1, 2):
            done = subprocess.run(
                [python, "-c", ASK, made.url()], capture_output=True, text=True, check=False, timeout=60
            )
            assert done.stdout.splitlines() == ["require True 50000", "disable False 50000"], done.stderr
            made.restart()
    finally:
        made.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", made.port), timeout=5)
