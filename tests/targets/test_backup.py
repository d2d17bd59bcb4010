"""A backup is compared with its original: what a dump lacks, or what does not restore, is named."""

from __future__ import annotations

import pytest

from wizard.base.errors import CommandError, StepError
from wizard.targets.local import backup
from wizard.targets.local.backup import Origin
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries
from wizard.targets.local.postgres_session import locked, session

pytestmark = pytest.mark.skipif(find_binaries() is None, reason="PostgreSQL is not installed")
TABLES = """
CREATE TABLE parties (id serial PRIMARY KEY, name text UNIQUE, at timestamptz DEFAULT now(), share double precision);
INSERT INTO parties (name, share) SELECT 'party ' || n, n / 3.0 FROM generate_series(1, 200) n;
CREATE TABLE votes (id bigint GENERATED ALWAYS AS IDENTITY, party int REFERENCES parties, day date)
PARTITION BY RANGE (day);
CREATE TABLE votes_2026 PARTITION OF votes FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO votes (party, day) SELECT n, '2026-11-28' FROM generate_series(1, 50) n;
CREATE UNLOGGED TABLE counters (n int); INSERT INTO counters VALUES (7);
CREATE SCHEMA archive; CREATE TABLE archive.old (n int); INSERT INTO archive.old VALUES (1), (1), (2);
CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM votes;
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("postgres")
    running = Postgres(folder, find_binaries())
    running.start()
    running.make_database("elections")
    running.sql(TABLES, database="elections")
    yield running
    running.stop()


@pytest.fixture
def origin(server):
    return Origin("the server of the test", {**server.client_environment(), "PGDATABASE": "elections"})


@pytest.fixture
def programs(server, tmp_path):
    """A function that returns the folder of the server's programs with another pg_dump: a script of shell."""

    def make(script):
        folder = tmp_path / "programs"
        folder.mkdir()
        for path in server.bin.iterdir():
            if path.name != "pg_dump":
                (folder / path.name).symlink_to(path)
        own = folder / "pg_dump"
        version = "" if "--version" in script else '[ "$1" != --version ] || exec "$real" --version'
        own.write_text(f'#!/bin/sh\nreal="{server.bin / "pg_dump"}"\n{version}\n{script}\n')
        own.chmod(0o755)
        return folder

    return make


def restored(server, made):
    try:
        return made.content.differences(backup.restore(made, server, backup.RESTORED))
    finally:
        server.sql(f"DROP DATABASE IF EXISTS {backup.RESTORED}")


def test_a_whole_backup_has_every_row(server, origin, tmp_path):
    made = backup.make(origin, server.bin, tmp_path / "dump")
    assert made.content.tables["public.parties"].startswith("200 rows")
    assert made.content.tables["public.votes_2026"].startswith("50 rows")
    assert {"public.counters", "archive.old", "public.totals"} <= made.content.tables.keys()
    assert made.content.sequences["public.parties_id_seq"] == "200"
    assert restored(server, made) == []


def test_only_the_user_can_read_the_dump_and_its_password_is_no_argument(server, origin, tmp_path, programs):
    folder = programs('echo "$@" > "$(dirname "$0")/arguments"; exec "$real" "$@"')
    made = backup.make(origin, folder, tmp_path / "dump")
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert origin.environment["PGPASSWORD"] not in (folder / "arguments").read_text()
    assert origin.environment["PGPASSWORD"] not in repr(origin)


def test_what_is_written_during_the_dump_is_no_difference(server, origin, tmp_path, programs):
    folder = programs('"$(dirname "$0")/psql" -XAtqc "INSERT INTO counters VALUES (8)" && exec "$real" "$@"')
    made = backup.make(origin, folder, tmp_path / "dump")
    assert server.sql("SELECT count(*) FROM counters", database="elections").strip() == "2"
    assert made.content.tables["public.counters"].startswith("1 rows")
    assert restored(server, made) == []
    server.sql("DELETE FROM counters WHERE n = 8", database="elections")


@pytest.mark.parametrize(
    ("script", "difference"),
    [
        ('exec "$real" --exclude-table=public.counters "$@"', "table public.counters: 1 rows"),
        ('exec "$real" --exclude-table-data=public.parties --exclude-table-data=public.votes_2026 "$@"',
         "table public.parties: 200 rows"),
        ('exec "$real" --exclude-table-data=public.parties_id_seq "$@"',
         "sequence public.parties_id_seq: 200 in the original, unused in the copy"),
        ('exec "$real" --exclude-schema=archive "$@"', "table archive.old: 3 rows"),
    ],
    ids=["a table is missing", "rows are missing", "a sequence starts anew", "a schema is missing"],
)  # fmt: skip
def test_what_a_dump_lacks_is_named(server, origin, tmp_path, programs, script, difference):
    found = restored(server, backup.make(origin, programs(script), tmp_path / "dump"))
    assert any(difference in each for each in found), found


def test_a_value_that_differs_is_named(server, origin, tmp_path):
    made = backup.make(origin, server.bin, tmp_path / "dump")
    server.sql("UPDATE archive.old SET n = 3 WHERE n = 2", database="elections")
    try:
        with session(server.bin, origin.environment) as opened:
            [found] = made.content.differences(backup.database_content.read(opened))
    finally:
        server.sql("UPDATE archive.old SET n = 2 WHERE n = 3", database="elections")
    assert found.startswith("table archive.old: 3 rows")


def test_a_constraint_that_was_lost_is_named(server, origin, tmp_path):
    made = backup.make(origin, server.bin, tmp_path / "dump")
    backup.restore(made, server, backup.RESTORED)
    server.sql("ALTER TABLE parties DROP CONSTRAINT parties_name_key", database=backup.RESTORED)
    restored_origin = {**origin.environment, "PGDATABASE": backup.RESTORED}
    with session(server.bin, restored_origin) as opened:
        [found] = made.content.differences(backup.database_content.read(opened))
    server.sql(f"DROP DATABASE {backup.RESTORED}")
    assert found.startswith("table public.parties: ") and "1 indexes in the copy" in found


def test_a_truncated_dump_does_not_restore(server, origin, tmp_path):
    made = backup.make(origin, server.bin, tmp_path / "dump")
    made.file.write_bytes(made.file.read_bytes()[: made.size // 2])
    with pytest.raises(CommandError, match="pg_restore failed"):
        restored(server, made)


def test_a_dump_that_fails_quotes_its_error(server, origin, tmp_path, programs):
    with pytest.raises(CommandError, match="no space left"):
        backup.make(origin, programs("echo no space left >&2; exit 1"),
                    tmp_path / "dump")  # fmt: skip


def test_an_older_pg_dump_is_named_with_both_versions(server, origin, tmp_path, programs):
    with pytest.raises(StepError) as caught:
        backup.make(origin, programs('echo "pg_dump (PostgreSQL) 9.6.24" # as --version'), tmp_path / "dump")
    assert "too old" in caught.value.what and server.version in caught.value.why and "version 9" in caught.value.why
    assert not (tmp_path / "dump").exists()


def test_a_database_that_does_not_fit_on_the_disk_is_not_dumped(server, origin, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "MOST_BYTES", 1)
    with pytest.raises(StepError, match="too large"):
        backup.make(origin, server.bin, tmp_path / "dump")


def test_a_status_keeps_neither_the_dump_nor_the_database(server, origin, tmp_path):
    found = backup.status(origin, server, tmp_path)
    assert found.holds and "all rows are equal" in found.showed
    assert not list(tmp_path.iterdir())
    assert backup.RESTORED not in server.sql("SELECT datname FROM pg_database")


def test_a_lock_keeps_others_waiting_until_its_block_ends(server, origin):
    with session(server.bin, origin.environment) as other:
        other.ask("SET lock_timeout = '200ms'")
        with locked(server, "elections", "parties"), pytest.raises(CommandError, match="lock timeout"):
            other.ask("SELECT count(*) FROM parties")
    with session(server.bin, origin.environment) as other:
        assert other.ask("SELECT count(*) FROM parties") == ["200"]


def test_a_lock_on_a_table_that_is_missing_is_an_error(server):
    with pytest.raises(CommandError, match="does not exist"), locked(server, "elections", "nobody"):
        pass


def test_the_site_owns_a_restored_database_for_a_while(server, origin, tmp_path):
    backup.restore(backup.make(origin, server.bin, tmp_path / "dump"), server, backup.RESTORED)
    add = "ALTER TABLE parties ADD COLUMN colour text"
    role = {"role": server.role, "password": server.password}
    with server.owning(server.role):
        server.sql(add, database=backup.RESTORED, **role)
    with pytest.raises(CommandError, match="must be owner"):
        server.sql(f"{add}2", database=backup.RESTORED, **role)
    server.sql(f"DROP DATABASE {backup.RESTORED}")
