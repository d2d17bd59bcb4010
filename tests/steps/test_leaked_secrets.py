"""Secrets in the files to deploy: production's own values anywhere, and others where they are used."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from steps.shared import leaked_secrets, secret_evidence
from tests.conftest import in_git
from tests.steps.fakes import FakeProject
from wizard.base import files
from wizard.base.git import Git
from wizard.checklist.evidence import Status

KEY = "N3w-k7d2m9x4q1w8e3r5t6y0u2i4o7p9a1s3d5f8g2h4j6k8l0z1x3"
OLD = "django-insecure-9x4q1w8e3r5t6y0u2i4o7p9a1s3d5f8g2h4j6"
SETTINGS = 'import os\nSECRET_KEY = os.environ["DJANGO_SECRET_KEY"]\n'
RANDOM = "k7Qz91mNv3XsWp0LrTyUbHc5DfGe8JaOiK2sZ4x6"


@pytest.fixture
def repository(tmp_path):
    """A function that makes a project with more files, after its secrets were moved."""

    def make(files=(), settings=SETTINGS, production=f"DJANGO_SECRET_KEY={KEY}\n", here=f"DJANGO_SECRET_KEY={OLD}\n"):
        project = FakeProject(tmp_path, settings, {"SECRET_KEY": fingerprint(KEY)})
        for name, text in dict(files).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        (tmp_path / ".gitignore").write_text(".env\n.env.production\n")
        (tmp_path / ".env").write_text(here)
        project.production_env.write_text(production)
        project.production_env.chmod(0o600)
        in_git(tmp_path)
        project.git = Git.of(tmp_path)
        project.copy = SimpleNamespace(known=project.git.deployable)
        return project

    return make


def fingerprint(key):
    import hashlib

    return {"length": len(key), "fingerprint": hashlib.sha256(key.encode()).hexdigest()[:8]}


def test_a_project_whose_secrets_were_moved_has_no_leak(repository):
    project = repository({"README.md": f"Until 2024 the key was {OLD}.\n", "tests/test_key.py": f'KEY = "{OLD}"\n'})
    assert leaked_secrets.find(project) == []
    assert secret_evidence.of_key(project).status is Status.DONE


@pytest.mark.parametrize(
    ("name", "text", "status", "showed"),
    [
        ("docker-compose.yml", f"a:\n  KEY: {KEY}\n", Status.FAILED, "production's DJANGO_SECRET_KEY is written in"),
        ("tests/test_key.py", f'KEY = "{KEY}"\n', Status.FAILED, "production's DJANGO_SECRET_KEY is written in"),
        (".env.example", f"DJANGO_SECRET_KEY={KEY}\n", Status.FAILED, "production's DJANGO_SECRET_KEY is written in"),
        ("docker-compose.yml", f"a:\n  KEY: {OLD}\n", Status.OPEN, "the old DJANGO_SECRET_KEY is written in"),
        (".env.example", f"API_TOKEN={RANDOM}\n", Status.OPEN, "API_TOKEN is written in .env.example:1"),
        ("shop/static/pay.js", f'const apiKey = "{RANDOM}";\n', Status.OPEN, "apiKey is written in shop/"),
        ("shop/fixtures/a.json", f'[{{"token": "{RANDOM}"}}]\n', Status.OPEN, "token is written in shop/"),
        ("shop/pay.py", f'\nAPI_KEY = "{RANDOM}"\n', Status.OPEN, "API_KEY is written in shop/pay.py:2"),
        ("docker-compose.local.yml", f"a:\n  DB_PASSWORD: {RANDOM}\n", Status.DONE, "54 characters"),
        ("package-lock.json", f'{{"token": "{RANDOM}"}}\n', Status.DONE, "54 characters"),
    ],
)  # fmt: skip
def test_a_secret_in_another_file_is_named_with_its_place(repository, name, text, status, showed):
    evidence = secret_evidence.of_key(repository({name: text}))
    assert evidence.status is status
    assert showed in evidence.showed
    assert status is Status.DONE or f" in {name}:" in evidence.showed
    assert KEY not in evidence.showed and RANDOM not in evidence.showed


@pytest.mark.parametrize(("value", "found"), [("change-me-to-a-real-secret", 0), (OLD, 1)])
def test_the_text_of_an_example_that_this_machine_uses_too_is_no_secret(repository, value, found):
    project = repository({".env.example": f"DJANGO_SECRET_KEY={value}\n"}, here=f"DJANGO_SECRET_KEY={value}\n")
    assert len(leaked_secrets.find(project)) == found


def test_the_inspection_names_secrets_outside_of_the_settings(repository):
    project = repository({"shop/pay.py": f'\nAPI_KEY = "{RANDOM}"\n', "a.yml": f"a: {OLD}\n"})
    [finding] = leaked_secrets.findings(project)
    assert str(finding).endswith(
        "shop/pay.py:2: API_KEY is in this file. Remove it by hand, and revoke it if it is in use"
    )


@pytest.mark.parametrize(
    ("line", "showed"),
    [
        (f'JWT_SECRET = "{RANDOM}"', "JWT_SECRET is written in settings.py:3"),
        (f'SALT = "{RANDOM}"', "SALT is written in settings.py:3"),
        (f'SECRET_KEY_FALLBACKS = ["{RANDOM}{RANDOM}"]', "SECRET_KEY_FALLBACKS is written in settings.py:3"),
        ('SECRET_KEY = os.getenv("DJANGO_SECRET_KEY", "dev")', "SECRET_KEY has a default in the code (settings.py:3)"),
    ],
)
def test_a_literal_in_the_settings_fails_whatever_its_name(repository, line, showed):
    evidence = secret_evidence.of_key(repository(settings=f"{SETTINGS}{line}\n"))
    assert (evidence.status, evidence.showed, evidence.where) == (Status.FAILED, showed, "settings.py:3")


@pytest.mark.parametrize(
    ("key", "here", "showed", "where"),
    [
        ("short-key-123", OLD, "has 13 characters", ".env.production:1"),
        ("ab" * 40, OLD, "has only 2 different characters", ".env.production:1"),
        (OLD, "x", "begins with django-insecure-", ".env.production:1"),
        (KEY, KEY, "DJANGO_SECRET_KEY is the same in .env and .env.production", ".env:1"),
        ("", OLD, "DJANGO_SECRET_KEY has no value in .env.production", ".env.production"),
    ],
)
def test_a_weak_or_shared_key_fails(repository, key, here, showed, where):
    project = repository(production=f"DJANGO_SECRET_KEY={key}\n", here=f"DJANGO_SECRET_KEY={here}\n")
    project.inspected["settings"]["SECRET_KEY"] = fingerprint(key)
    evidence = secret_evidence.of_key(project)
    assert (evidence.status, evidence.where) == (Status.FAILED, where)
    assert showed in evidence.showed


def test_a_key_that_was_committed_fails_with_the_commit(repository, tmp_path):
    project = repository(settings=f'SECRET_KEY = "{KEY}"\n')
    commit = project.git.head()[:7]
    (tmp_path / "settings.py").write_text(SETTINGS)
    project.settings.__dict__.pop("sources", None)
    evidence = secret_evidence.of_key(project)
    assert f"the value of DJANGO_SECRET_KEY is in the git history ({commit}" in evidence.showed


def test_a_production_file_that_was_committed_fails_until_its_values_are_new(repository, tmp_path):
    project = repository()
    project.git.run("add", "--force", ".env.production")
    project.git.run("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "Add it")
    project.git.run("rm", "-q", "--cached", ".env.production")
    project.git.run("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "Remove it")
    evidence = secret_evidence.of_production_file(project)
    assert evidence.status is Status.FAILED
    assert "its secrets are in the git history" in evidence.showed
    project.production_env.write_text("DJANGO_SECRET_KEY=another-9x4q1w8e3r5t6y0u2i4o7p9a1s3d5f8g2h4j6\n")
    assert secret_evidence.of_production_file(project).status is Status.DONE


@pytest.mark.parametrize(
    ("name", "text", "tracked"),
    [
        (".env.staging", "A=b\n", ".env.staging"),
        ("deploy/prod.env", f"SECRET_KEY={RANDOM}\n", "deploy/prod.env"),
        ("deploy/prod.env", "DEBUG=False\n", ""),
        (".env.example", f"SECRET_KEY={RANDOM}\n", ""),
    ],
)
def test_every_env_file_with_secrets_must_be_untracked(repository, name, text, tracked):
    evidence = secret_evidence.of_env_files(repository({name: text}))
    assert evidence.where == tracked
    assert evidence.status is (Status.FAILED if tracked else Status.DONE)


def test_an_env_file_that_cannot_be_searched_must_be_untracked(repository):
    project = repository({"deploy/prod.env": "DEBUG=False\n"})
    os.truncate(project.root / "deploy/prod.env", files.LARGEST + 1)
    evidence = secret_evidence.of_env_files(project)
    assert (evidence.status, evidence.where) == (Status.FAILED, "deploy/prod.env")
