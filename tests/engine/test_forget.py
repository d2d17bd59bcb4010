"""`golive forget`: what held secrets is gone for good, the rest can still be undone, and nothing is half undone."""

from __future__ import annotations

import pytest

from tests import cli_runner
from wizard.state import state_file
from wizard.state.journal import Journal

OLD = "hunter2-" + "not-a-word-0815"


def golive(shop, python, *words):
    return cli_runner.golive(*words, python=python, cwd=shop)


@pytest.fixture
def done(shop, python):
    settings = shop / "election_cart" / "settings.py"
    settings.write_text(settings.read_text() + f"\nPAYMENT_API_SECRET = '{OLD}'\n")
    told = golive(shop, python, "--auto", "--only", "1-2", "--project", str(shop))
    assert told.returncode in {0, 3}, told.stdout + told.stderr
    return shop


def kept(shop):
    return {path: path.read_bytes() for path in (shop / ".golive").rglob("*") if path.is_file()}


def test_the_old_secrets_are_gone_and_the_rest_stays(done, python):
    assert any(OLD.encode() in content for content in kept(done).values()), "a backup holds it"
    told = golive(done, python, "forget")
    assert told.returncode == 0, told.stderr
    assert "Tasks 1, 2 can no longer be undone" in told.stdout
    assert not any(OLD.encode() in content for content in kept(done).values())
    secrets = [
        line.partition("=")[2] for line in (done / ".env.production").read_text().splitlines() if "SECRET" in line
    ]
    assert secrets
    for value in secrets:
        assert not any(value.encode() in content for content in kept(done).values())
    refused = golive(done, python, "undo", "1-2")
    assert refused.returncode == 1
    assert "golive forget" in refused.stderr
    assert not any(batch.undoing for batch in Journal(state_file.folder_of(done)).batches() if batch.task == 1)
    assert OLD.encode() not in (done / "election_cart" / "settings.py").read_bytes()
    assert golive(done, python, "status").returncode == 0
    checked = golive(done, python, "check")
    assert checked.returncode in {0, 1}
    assert "Traceback" not in checked.stderr
    again = golive(done, python, "forget")
    assert again.stdout.startswith("Deleted 0 backups with secrets")


def test_a_lost_backup_refuses_an_undo_before_anything_is_touched(done, python):
    journal = Journal(state_file.folder_of(done))
    [batch] = [each for each in journal.batches() if each.task == 2][:1]
    [lost] = [step.action["before"] for step in batch.steps if step.action.get("before")][:1]
    (journal.backups / lost).unlink()
    tree = {path: path.read_bytes() for path in done.rglob("*.py") if "venv" not in path.parts}
    told = golive(done, python, "undo", "2")
    assert told.returncode == 1
    assert "missing or damaged" in told.stderr
    assert {path: path.read_bytes() for path in tree} == tree
    assert golive(done, python, "status").returncode == 0
    assert golive(done, python, "plan", "3").returncode == 0, "the rest goes on"
