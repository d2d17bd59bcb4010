"""Secrets in the git history are found with where to revoke them. Templates such as .env.example are skipped."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from steps.shared import git_history_secrets
from wizard.base.git import Git


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments], cwd=tmp_path, check=True,
            capture_output=True,
        )  # fmt: skip

    git("init", "--quiet")
    (tmp_path / "api").mkdir()
    (tmp_path / ".env").write_text(
        "EMAIL_HOST_PASSWORD=pa55word-one\nDJANGO_SECRET_KEY=an-old-key-of-ours\nDEBUG=True\n"
    )
    (tmp_path / "api" / ".env.production").write_text("export AWS_SECRET_ACCESS_KEY='abcdef/123456'\n")
    (tmp_path / ".env.example").write_text("STRIPE_SECRET_KEY=sk-of-nobody-at-all\n")
    git("add", "--all")
    git("commit", "--quiet", "-m", "First")
    (tmp_path / ".env").write_text("DATABASE_URL=postgres://shop:pw-of-the-shop@db.example.com/shop\n")
    git("add", "--all")
    git("commit", "--quiet", "-m", "Second")
    git("rm", "-r", "--quiet", "--", ".env", "api/.env.production")
    git("commit", "--quiet", "-m", "Remove the .env files")
    return tmp_path


def test_secrets_in_removed_env_files_are_found_with_where_to_revoke_them(repository):
    evidence = [each.text for each in git_history_secrets.find_in_env_files(SimpleNamespace(git=Git(repository)))]
    assert [text.split()[0] for text in evidence] == [
        "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "DJANGO_SECRET_KEY", "EMAIL_HOST_PASSWORD",
    ]  # fmt: skip
    assert "IAM console" in evidence[0]
    assert "ALTER ROLE" in evidence[1]
    assert "Golive generates a new key" in evidence[2]
    assert "mail provider" in evidence[3]
    assert not any(secret in text for text in evidence for secret in ("pa55word", "abcdef/", "pw-of-the-shop"))


def test_without_git_there_is_no_history():
    assert not list(git_history_secrets.find_in_env_files(SimpleNamespace(git=None)))
