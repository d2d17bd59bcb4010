"""Items 29.1 to 29.3: the dump, its restore, and the site on it, with real databases and a site of the test."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from steps.shared import restored_database, visits
from steps.shared.visits import Visits
from tests.steps.deployed import Site, by_item, make_sandbox
from wizard.base.errors import CommandError, NotYetError
from wizard.targets.local import backup
from wizard.targets.local.backup import Origin
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries

FUNCTION = """
CREATE FUNCTION lowest() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(min(n), 0) FROM votes';
CREATE TABLE above (n int CHECK (n >= lowest())); INSERT INTO above VALUES (9);
"""
"""A rule that names another table without its schema: it can't be restored."""
FINE = Visits("3 pages", {})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if find_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    running = Postgres(tmp_path_factory.mktemp("postgres"), find_binaries())
    running.start()
    running.sql("CREATE TABLE votes (n serial); INSERT INTO votes VALUES (1), (2)", database=running.database)
    yield running
    running.stop()


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    """A function that returns the evidence, by item. *shown* is what fails on the backup, then on the original."""

    def evidence(shown=(FINE,), *, starts=None, origin=None, programs=None, real=False, may_write=True):
        pages = iter(shown)

        @contextmanager
        def site(target, server, database):
            def start():
                if starts:
                    raise starts
                assert server.sql("SELECT count(*) FROM votes", database=database).strip() == "2"

            yield SimpleNamespace(site=Site, start=start)

        @contextmanager
        def own():
            if origin:
                raise origin
            yield Origin("this machine", {**server.client_environment(), "PGDATABASE": server.database})

        monkeypatch.setattr(restored_database, "restored_site", site)
        for name in ("pages", "everything"):
            monkeypatch.setattr(visits, name, lambda *arguments: next(pages))
        sandbox = make_sandbox(
            real=real, may_write=may_write, site=Site(), database=SimpleNamespace(server=server), backup_origin=own,
            load_seed=lambda: None, ensure_superuser=lambda fields: {"failed": "not needed"},
        )  # fmt: skip
        sandbox.beside = lambda target: sandbox
        project = SimpleNamespace(
            work=tmp_path, origin=lambda name: "settings.py:9", inspect_settings=dict, display_path=str
        )
        sandbox.target.project = sandbox.project = project
        if programs:
            monkeypatch.setattr(server, "bin", programs)
        found = by_item(restored_database.restored(project, sandbox))
        assert not list(tmp_path.glob("*.dump")), "the dump is deleted"
        assert backup.RESTORED not in server.sql("SELECT datname FROM pg_database")
        return found

    return evidence


def test_a_backup_that_restores_and_starts_is_rehearsed(run):
    found = run()
    assert {item: status for item, (status, _) in found.items()} == dict.fromkeys(
        ("29.1", "29.2", "29.3", "first-week.5"), "rehearsed"
    )
    assert found["29.1"][1].startswith("1 table, 2 rows in ")
    assert found["29.3"][1] == "healthy; 3 pages as on the original"


def test_at_the_platform_it_is_done(run):
    assert {status for status, _ in run(real=True).values()} == {"done"}


def test_a_rule_that_does_not_restore_is_told(run, server):
    server.sql(FUNCTION, database=server.database)
    try:
        found = run()
    finally:
        server.sql("DROP TABLE above; DROP FUNCTION lowest", database=server.database)
    status, showed = found["29.2"]
    assert status == "failed" and 'relation "votes" does not exist' in showed
    assert found["29.1"][0] == "rehearsed" and "29.3" not in found and "first-week.5" not in found


def test_a_site_that_does_not_start_on_the_backup_is_told(run):
    status, showed = run(starts=CommandError("The deployment did not become healthy", "no such setting"))["29.3"]
    assert status == "failed" and "no such setting" in showed


def test_what_fails_on_the_backup_only_is_told(run):
    broken = Visits("3 pages", {"/": "/ answers an error", "/old/": "/old/ answers an error"})
    original = Visits("3 pages", {"/old/": "/old/ answers an error"})
    assert run((broken, original))["29.3"] == ("failed", "/ answers an error")
    assert run((original, original))["29.3"][0] == "rehearsed"


def test_an_extension_that_this_machine_lacks_leaves_the_restore_undecided(run, monkeypatch):
    error = CommandError("pg_restore failed", 'ERROR: extension "postgis" is not available')
    monkeypatch.setattr(backup, "restore", lambda *arguments: (_ for _ in ()).throw(error))
    found = run()
    assert found["29.2"][0] == found["29.3"][0] == "open" and "postgis" in found["29.2"][1]


def test_a_database_that_cannot_be_reached_yet_waits(run):
    found = run(origin=NotYetError("The tunnel does not open", "no key", "Register a key."))
    assert {status for status, _ in found.values()} == {"open"} and "Register a key" in found["29.1"][1]


def test_programs_that_are_too_old_leave_all_undecided(run, server, tmp_path):
    folder = tmp_path / "programs"
    folder.mkdir()
    for path in server.bin.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "pg_dump").unlink()
    (folder / "pg_dump").write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n')
    (folder / "pg_dump").chmod(0o755)
    found = run(programs=folder)
    assert {status for status, _ in found.values()} == {"open"} and "too old" in found["29.1"][1]


def test_a_dump_that_fails_is_told(run, server, tmp_path):
    folder = tmp_path / "programs"
    folder.mkdir()
    for path in server.bin.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "pg_dump").unlink()
    version = f'[ "$1" = --version ] && exec "{server.bin / "pg_dump"}" --version'
    (folder / "pg_dump").write_text(f"#!/bin/sh\n{version}\necho permission denied for table votes >&2\nexit 1\n")
    (folder / "pg_dump").chmod(0o755)
    found = run(programs=folder)
    assert found["29.1"][0] == "failed" and "permission denied" in found["29.1"][1]


def test_an_empty_database_proves_nothing(run, server):
    server.sql("DELETE FROM votes", database=server.database)
    try:
        found = run()
    finally:
        server.sql("INSERT INTO votes VALUES (1), (2)", database=server.database)
    assert found.keys() == {"29.1"} and found["29.1"][0] == "failed"


def test_a_check_does_not_dump_a_real_database_again(run):
    assert run(real=True, may_write=False) == {}


def test_without_postgresql_all_stay_undecided(tmp_path):
    sandbox = make_sandbox(database=SimpleNamespace(server=None))
    found = by_item(restored_database.restored(SimpleNamespace(work=tmp_path), sandbox))
    assert found.keys() == restored_database.RAN.keys() and {status for status, _ in found.values()} == {"open"}
