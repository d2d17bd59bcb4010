"""`golive forget` removes backups with secrets. Other changes can still be undone, and no undo is left unfinished."""

from __future__ import annotations

import shutil

import pytest

from tests import cli_runner
from tests.conftest import sample_in_git
from wizard.state import state_file
from wizard.state.journal import Journal

OLD = "hunter2-" + "not-a-word-0815"


def golive(shop, python, *words):
    return cli_runner.golive(*words, python=python, cwd=shop)


@pytest.fixture(scope="module")
def applied(python, tmp_path_factory):
    """The sample with a secret in its settings, after the tasks that move it to .env.production."""
    shop = sample_in_git(tmp_path_factory.mktemp("secured") / "shop")
    settings = shop / "election_cart" / "settings.py"
    settings.write_text(settings.read_text() + f"\nPAYMENT_API_SECRET = '{OLD}'\n")
    result = golive(shop, python, "--auto", "--only", "1-2", "--project", str(shop))
    assert result.returncode in {0, 3}, result.stdout + result.stderr
    return shop


@pytest.fixture
def secured(applied, tmp_path):
    return shutil.copytree(applied.parent, tmp_path / "shop", symlinks=True) / "backend"


def backups(shop):
    return {path: path.read_bytes() for path in (shop / ".golive").rglob("*") if path.is_file()}


def test_forget_removes_backups_with_secrets_and_keeps_the_rest(secured, python):
    assert any(OLD.encode() in content for content in backups(secured).values()), "a backup holds it"
    result = golive(secured, python, "forget", "--yes")
    assert result.returncode == 0, result.stderr
    assert "Tasks 1, 2 can no longer be undone" in result.stdout
    assert not any(OLD.encode() in content for content in backups(secured).values())
    secrets = [
        line.partition("=")[2] for line in (secured / ".env.production").read_text().splitlines() if "SECRET" in line
    ]
    assert secrets
    for value in secrets:
        assert not any(value.encode() in content for content in backups(secured).values())
    refused = golive(secured, python, "undo", "1-2", "--yes")
    assert refused.returncode == 1
    assert "golive forget" in refused.stderr
    assert not any(batch.undoing for batch in Journal(state_file.folder_of(secured)).batches() if batch.task == 1)
    assert OLD.encode() not in (secured / "election_cart" / "settings.py").read_bytes()
    assert golive(secured, python, "status").returncode == 0
    checked = golive(secured, python, "check")
    assert checked.returncode in {0, 1}
    assert "Traceback" not in checked.stderr
    second = golive(secured, python, "forget", "--yes")
    assert second.stdout.startswith("Deleted 0 backups with secrets")


def test_undo_with_a_lost_backup_is_refused_before_any_change(secured, python):
    journal = Journal(state_file.folder_of(secured))
    [batch] = [batch for batch in journal.batches() if batch.task == 2][:1]
    [lost] = [journaled.action["before"] for journaled in batch.actions if journaled.action.get("before")][:1]
    (journal.backups / lost).unlink()
    tree = {path: path.read_bytes() for path in secured.rglob("*.py") if "venv" not in path.parts}
    result = golive(secured, python, "undo", "2", "--yes")
    assert result.returncode == 1
    assert "missing or damaged" in result.stderr
    assert {path: path.read_bytes() for path in tree} == tree
    assert golive(secured, python, "status").returncode == 0
    assert golive(secured, python, "plan", "3").returncode == 0, "other commands still work"
