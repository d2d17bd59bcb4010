"""Task 1 checks the key, the .env file, the Razorpay keys, the database password and .gitignore."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from steps.t01_rotate_secrets import RotateSecrets
from tests.steps.fakes import FakeProject, FakeSandbox, by_item
from wizard.checklist.evidence import Status
from wizard.project import database

FROM_ENVIRONMENT = 'import os\nSECRET_KEY = os.environ["DJANGO_SECRET_KEY"]\n'
RAZORPAY = 'RAZORPAY_KEY_ID = env("RAZORPAY_KEY_ID")\n'
PASSWORD = 'import os\nPASSWORD = os.environ["DB_PASSWORD"]\n'
KEY = "k3Y-x9" * 11


def loaded(key):
    return {"SECRET_KEY": {"length": len(key), "fingerprint": hashlib.sha256(key.encode()).hexdigest()[:8]}}


def checked(project, sandbox=None):
    return by_item(RotateSecrets(None).verify(project, sandbox, None))


def with_env(project, text, mode=0o600):
    project.production_env.write_text(text)
    project.production_env.chmod(mode)
    return project


@pytest.mark.parametrize(
    ("text", "key", "used", "status", "showed"),
    [
        (FROM_ENVIRONMENT, KEY, KEY, Status.DONE, "66 characters, used by the settings"),
        (FROM_ENVIRONMENT, KEY, "another", Status.FAILED, "do not use this value in the production environment"),
        (FROM_ENVIRONMENT, "short", "short", Status.FAILED, "DJANGO_SECRET_KEY has 5 characters"),
        (FROM_ENVIRONMENT, "", KEY, Status.FAILED, "DJANGO_SECRET_KEY has no value in .env.production"),
        ('SECRET_KEY = "an-old-key-in-the-code"\n', KEY, KEY, Status.FAILED, "SECRET_KEY is written in settings.py:1"),
    ],
    ids=["used", "another", "short", "missing", "in the code"],
)
def test_the_settings_must_use_the_new_key_alone(tmp_path, text, key, used, status, showed):
    project = with_env(FakeProject(tmp_path, text, loaded(used)), f"DJANGO_SECRET_KEY={key}\n")
    evidence = checked(project)["1.1"]
    assert evidence.status is status
    assert showed in evidence.showed
    assert evidence.ran == "DJANGO_SECRET_KEY in .env.production"


@pytest.mark.parametrize(
    ("mode", "ignored", "status", "showed"),
    [
        (0o600, ".env*\n", Status.DONE, "mode 600, ignored by git"),
        (0o644, ".env*\n", Status.FAILED, "mode 644, ignored by git"),
        (0o600, "", Status.FAILED, "mode 600, not ignored by git"),
    ],
)
def test_the_production_env_file_is_private_and_ignored(tmp_path, mode, ignored, status, showed):
    (tmp_path / ".gitignore").write_text(ignored)
    evidence = checked(with_env(FakeProject(tmp_path), f"DJANGO_SECRET_KEY={KEY}\n", mode))["1.2"]
    assert (evidence.status, evidence.showed) == (status, showed)


def test_env_files_that_git_tracks_or_does_not_ignore_fail(tmp_path):
    project = FakeProject(tmp_path)
    tracked = [tmp_path / ".env", tmp_path / ".env.example"]
    project.git = SimpleNamespace(
        ignored=lambda paths: {tmp_path / ".env.production"}, tracked=lambda *patterns: tracked,
        commits_with=lambda *given: [],
    )  # fmt: skip
    evidence = checked(project)["1.5"]
    assert (evidence.status, evidence.showed) == (Status.FAILED, "not ignored: .env; tracked: .env")
    project.git.ignored, project.git.tracked = set, lambda *patterns: tracked[1:]
    evidence = checked(project)["1.5"]
    assert (evidence.status, evidence.showed) == (Status.DONE, "ignored and untracked")


@pytest.mark.parametrize(
    ("text", "env", "kind", "status", "showed"),
    [
        ("X = 1\n", "", "not-applicable", Status.NOT_APPLICABLE, "the project does not use it"),
        (RAZORPAY, "RAZORPAY_KEY_ID=rzp_test_1\n", "settings", Status.DONE, "no live keys"),
        (RAZORPAY, "RAZORPAY_KEY_ID=rzp_live_1\n", "settings", Status.FAILED, "is a live key in .env:1"),
        ('RAZORPAY_KEY_ID = "rzp_live_1"\n', "", "settings", Status.FAILED, "a live key is written in settings.py:1"),
    ],
    ids=["not used", "test key", "live key in .env", "live key in the code"],
)  # fmt: skip
def test_live_razorpay_keys_fail_outside_production(tmp_path, text, env, kind, status, showed):
    project = FakeProject(tmp_path, text)
    project.development_env.write_text(env)
    evidence = checked(project)["1.3"]
    assert (evidence.kind, evidence.status) == (kind, status)
    assert showed in evidence.showed


def server(*accepted):
    """A database server that lets a role in with the passwords *accepted*, by name: the new one, the old one."""
    roles = []
    passwords = {"new": "a-new-one", "old": "the old password"}
    allowed = {passwords[name] for name in accepted}
    return SimpleNamespace(made=roles, make_role=lambda *given: roles.append(given),
                           accepts_login=lambda role, password: password in allowed)  # fmt: skip


@pytest.mark.parametrize(
    ("accepted", "status", "showed"),
    [
        (("new",), Status.REHEARSED, "a local server accepts it for shop and refuses another password"),
        ((), Status.FAILED, "does not accept exactly this password"),
        (("new", "old"), Status.FAILED, "does not accept exactly this password"),
    ],
)
def test_a_new_database_password_is_tested_on_a_local_server(tmp_path, monkeypatch, accepted, status, showed):
    monkeypatch.delenv(database.SUPERUSER, raising=False)
    values = {"DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "USER": "shop"}}}
    project = with_env(FakeProject(tmp_path, PASSWORD, values), "DB_PASSWORD=a-new-one\n")
    running = server(*accepted)
    sandbox = FakeSandbox(target=SimpleNamespace(database=SimpleNamespace(server=running)))
    evidence = checked(project, sandbox)["1.4"]
    assert evidence.status is status
    assert showed in evidence.showed
    assert "For your own server, run `psql" in evidence.showed and "a-new-one" not in evidence.showed
    assert running.made == [("shop", "a-new-one")]


def test_the_database_password_stays_open_without_a_server_or_a_new_value(tmp_path, monkeypatch):
    monkeypatch.delenv(database.SUPERUSER, raising=False)
    sandbox = FakeSandbox(target=SimpleNamespace(database=SimpleNamespace(server=None)))
    project = FakeProject(tmp_path, PASSWORD)
    evidence = checked(project, sandbox)["1.4"]
    assert (evidence.status, evidence.showed) == (Status.OPEN, ".env.production has no new password yet")
    evidence = checked(with_env(project, "DB_PASSWORD=a-new-one\n"), sandbox)["1.4"]
    assert evidence.status is Status.OPEN
    assert evidence.showed.startswith("generated, not applied: run `psql")


@pytest.mark.parametrize(
    ("password", "here", "showed"),
    [
        ("the-old-one", "DB_PASSWORD=the-old-one\n", "DB_PASSWORD is the same in .env and .env.production"),
        ("postgres", "", "DB_PASSWORD in .env.production is a well-known password"),
    ],
)
def test_an_old_or_well_known_database_password_fails(tmp_path, password, here, showed):
    project = with_env(FakeProject(tmp_path, PASSWORD), f"DB_PASSWORD={password}\n")
    project.development_env.write_text(here)
    evidence = checked(project)["1.4"]
    assert (evidence.status, evidence.showed, evidence.where) == (Status.FAILED, showed, ".env.production:1")


def test_without_a_database_password_there_is_nothing_to_change(tmp_path):
    assert checked(FakeProject(tmp_path))["1.4"].kind == "not-applicable"


@pytest.mark.parametrize(
    ("new", "status", "showed"),
    [
        ("a-new-one", Status.DONE, "the server accepted it"),
        ("another", Status.FAILED, "the server refused it"),
    ],
)
def test_with_a_superuser_the_password_is_tested_on_the_real_server(tmp_path, monkeypatch, new, status, showed):
    psql = tmp_path / "psql"
    psql.write_text('#!/bin/sh\n[ "$PGUSER $PGPASSWORD" = "shop a-new-one" ]\n')
    psql.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv(database.SUPERUSER, "postgresql://postgres:super@db.example/postgres")
    values = {"DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "USER": "shop"}}}
    project = with_env(FakeProject(tmp_path, PASSWORD, values), f"DB_PASSWORD={new}\n")
    evidence = checked(project)["1.4"]
    assert (evidence.status, evidence.showed) == (status, showed)


def test_a_mysql_password_is_changed_by_the_user(tmp_path):
    values = {"DATABASES": {"default": {"ENGINE": "django.db.backends.mysql", "USER": "shop"}}}
    evidence = checked(with_env(FakeProject(tmp_path, PASSWORD, values), "DB_PASSWORD=a-new-one\n"))["1.4"]
    assert (evidence.status, evidence.ran) == (Status.OPEN, "production does not use django.db.backends.mysql")


def test_a_signing_key_that_production_lacks_is_generated(tmp_path):
    project = FakeProject(tmp_path, FROM_ENVIRONMENT, unset=["JWT_SECRET_KEY", "MAILER_API_KEY"])
    generated = RotateSecrets(None)._generate(project, [], None, None)
    assert dict(generated.names) == {"DJANGO_SECRET_KEY": 64, "JWT_SECRET_KEY": 64}, "another service issues the other"
