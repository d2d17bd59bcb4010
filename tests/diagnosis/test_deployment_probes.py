"""Hints about later deployments and backups: each probe confirms its hint, rules it out, or could not check it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import in_git
from wizard.base.errors import NotYetError
from wizard.base.git import Git
from wizard.diagnosis import deployment_probes
from wizard.diagnosis.cause import Cause
from wizard.diagnosis.probe import ProbeContext
from wizard.diagnosis.probes import PROBES
from wizard.diagnosis.relevance import explains
from wizard.project.platform import RAILWAY

VARIABLE = "RAILWAY_DEPLOYMENT_DRAINING_SECONDS"


def run(probe, folder, *, error="", target=None, settings="", git=None, files=(), environment=None, platform=RAILWAY):
    project = SimpleNamespace(
        root=folder, top=folder, git=git, platform=platform, production_env=folder / ".env.production",
        display_path=lambda path: path.name, settings=SimpleNamespace(mentions=lambda word: word in settings),
        copy=SimpleNamespace(files=lambda: list(files)), env_values=lambda path: environment or {},
    )  # fmt: skip
    return PROBES[probe](ProbeContext(project, SimpleNamespace(active_target=target), error))


def test_new_migrations_are_those_that_the_last_commit_lacks(tmp_path):
    (tmp_path / "polls/migrations").mkdir(parents=True)
    old, new = (tmp_path / "polls/migrations" / name for name in ("0001_initial.py", "0002_more.py"))
    old.write_text("")
    in_git(tmp_path)
    git = Git(tmp_path)
    assert run("new_migrations", tmp_path, git=git, files=[old]).confirmed is False
    found = run("new_migrations", tmp_path, git=git, files=[old, new])
    assert found.confirmed and found.seen.endswith(": 0002_more.py")
    assert run("new_migrations", tmp_path).confirmed is None


@pytest.mark.parametrize(
    ("settings", "procfile", "missing"),
    [
        ("", "web: python manage.py migrate && gunicorn a.wsgi", True),
        ("-c lock_timeout=5s", "web: gunicorn a.wsgi", False),
        ("", "web: PGOPTIONS='-c lock_timeout=5s' python manage.py migrate && gunicorn a.wsgi", False),
    ],
)
def test_a_limit_for_locks_is_in_the_settings_or_in_the_start_command(tmp_path, settings, procfile, missing):
    (tmp_path / "Procfile").write_text(procfile + "\n")
    assert run("lock_timeout", tmp_path, settings=settings).confirmed is missing


@pytest.mark.parametrize(("value", "missing"), [("", True), ("0", True), ("4", True), ("30", False)])
def test_the_previous_version_needs_time_to_end(tmp_path, value, missing):
    assert run("draining", tmp_path, environment={VARIABLE: value}).confirmed is missing


def test_a_platform_without_a_variable_gets_no_hint(tmp_path):
    assert run("draining", tmp_path, platform=SimpleNamespace(draining_variable="", title="")) is None


def test_missing_programs_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(deployment_probes, "find_binaries", lambda: None)
    monkeypatch.setattr(deployment_probes, "incomplete_installations", lambda: "")
    assert run("postgres_programs", tmp_path).seen == "there is no PostgreSQL on this machine"
    monkeypatch.setattr(deployment_probes, "find_binaries", lambda: Path("/pg/bin"))
    monkeypatch.setattr(deployment_probes.backup, "version", lambda folder: 18)
    assert run("postgres_programs", tmp_path) == (False, "/pg/bin has PostgreSQL 18")


def test_the_access_to_a_real_database_is_tried(tmp_path):
    def target(error=None):
        @contextmanager
        def origin():
            if error:
                raise error
            yield SimpleNamespace(description="Railway's PostgreSQL")

        return SimpleNamespace(real=True, backup_origin=origin)

    assert run("database_access", tmp_path) is None
    assert run("database_access", tmp_path, target=SimpleNamespace(real=False)) is None
    assert run("database_access", tmp_path, target=target()) == (False, "Railway's PostgreSQL can be reached")
    refused = NotYetError("The tunnel does not open", "no SSH key", "")
    assert run("database_access", tmp_path, target=target(refused)) == (True, "The tunnel does not open: no SSH key")


def test_a_name_that_a_rule_does_not_find_is_told(tmp_path):
    error = '29.2: it does not restore: pg_restore failed: error: COPY failed: ERROR: relation "votes" does not exist'
    found = run("search_path", tmp_path, error=error)
    assert found.confirmed and found.seen.startswith('relation "votes" does not exist')
    assert run("search_path", tmp_path, error="29.2: rows differ").confirmed is False


@pytest.mark.parametrize(
    ("probe", "error", "holds"),
    [
        ("lock_timeout", "28.2: it still waited after 25 s", True),
        ("lock_timeout", "28.4: 3 of 60 requests failed", False),
        ("draining", "28.4: 3 of 60 requests failed", True),
        ("draining", "28.2: it still waited after 25 s", False),
        ("search_path", "29.3: / answers an error", False),
        ("new_migrations", "28.3: shop.Party can't be read: no column", True),
    ],
)
def test_a_hint_is_only_given_for_a_failure_that_it_can_explain(probe, error, holds):
    assert explains(probe, error, Cause("", "", "")) is holds


def test_a_log_does_not_explain_what_no_request_has_caused():
    found = "django 4.2.1: CVE-2026-1, fixed in 4.2.30"
    assert not explains("logs", f"expected releases without known vulnerabilities, found {found}", Cause("", "", found))
    assert explains("logs", "expected 200, got 500", Cause("", "", "500"))
