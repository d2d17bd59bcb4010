"""`golive undo`, `golive forget` and `golive launch --now` show what they will do, and ask: Enter means no."""

from __future__ import annotations

import os
import pty
import subprocess
from contextlib import closing

import pytest

from tests.cli_runner import golive
from tests.engine.repository import Repository
from wizard.state import state_file
from wizard.state.journal import Journal


@pytest.fixture
def repo(tmp_path):
    """A project in which task 2 wrote a file."""
    repo = Repository(tmp_path / "shop")
    repo.apply(2, repo.edit("notes.txt", b"one\n"))
    return repo


def in_terminal(repo, *words, typed):
    """Run `golive` with *typed* on a terminal. Returns its exit code and output."""
    main, terminal = pty.openpty()
    os.write(main, typed.encode())
    with closing(os.fdopen(main, "rb", buffering=0)):
        run = golive(*words, project=repo.root, stdin=terminal)
        os.close(terminal)
    return run


@pytest.mark.parametrize("words", [("undo", "2"), ("launch", "--now"), ("forget",)], ids=" ".join)
def test_without_a_terminal_a_change_needs_yes(repo, words):
    before = repo.tree()
    result = golive(*words, project=repo.root, stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("asks before it changes anything, and there is no terminal. Add --yes.\n")
    assert repo.tree() == before


@pytest.mark.parametrize("typed", ["\n", "n\n", "what\n", "\x04"])
def test_only_yes_undoes(repo, typed):
    before = repo.tree()
    result = in_terminal(repo, "undo", "2", typed=typed)
    assert (result.returncode, result.stdout) == (0, "")
    assert "task 2: remove notes.txt" in result.stderr
    assert "Undo task 2? [y/N] " in result.stderr and result.stderr.endswith("Nothing was changed.\n")
    assert repo.tree() == before


@pytest.mark.parametrize("typed", ["y\n", "YES\n"])
def test_yes_undoes(repo, typed):
    assert in_terminal(repo, "undo", "2", typed=typed).stdout == "Undid 1 plan.\n"
    assert not (repo.top / "notes.txt").exists()


def test_with_yes_nothing_is_asked(repo):
    result = golive("undo", "2", "--yes", project=repo.root, stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout, result.stderr) == (0, "Undid 1 plan.\n", "")


@pytest.fixture
def with_secret(repo):
    """A project with a backup that holds a secret, and two logs."""
    repo.apply(3, repo.edit("backend/.env.production", b"SECRET_KEY=hunter2-not-a-word-0815\n"))
    repo.apply(4, repo.edit("backend/.env.production", b"DEBUG=False\n"))
    for name in ("one.log", "two.log"):
        path = state_file.folder_of(repo.root) / "runs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("output\n")
    return repo


@pytest.mark.parametrize("typed", ["\n", "n\n", "\x04"])
def test_only_yes_forgets(with_secret, typed):
    before = with_secret.tree()
    result = in_terminal(with_secret, "forget", typed=typed)
    assert (result.returncode, result.stdout) == (0, "")
    assert "This deletes 1 backup with secrets and 2 logs in .golive/, and the environments" in result.stderr
    assert "Without these backups, task 4 can no longer be undone.\n" in result.stderr
    assert "Delete them permanently? [y/N] " in result.stderr and result.stderr.endswith("Nothing was deleted.\n")
    assert with_secret.tree() == before
    kept = [path for path in state_file.folder_of(with_secret.root).rglob("*") if path.suffix == ".log"]
    assert len(kept) == 2


def test_yes_forgets(with_secret):
    result = in_terminal(with_secret, "forget", typed="y\n")
    assert result.stdout == "Deleted 1 backup with secrets and 2 logs.\nTask 4 can no longer be undone.\n"
    again = golive("forget", "--yes", project=with_secret.root, stdin=subprocess.DEVNULL)
    assert again.stdout.startswith("Deleted 0 backups with secrets and 0 logs.\n") and again.stderr == ""


def launched(repo):
    return state_file.load(repo.root, read_only=True).launched


def test_launch_shows_the_lists_and_records_nothing(repo):
    before = repo.tree()
    result = golive("launch", project=repo.root, stdin=subprocess.DEVNULL)
    assert result.returncode == 0
    assert result.stdout.startswith("Pre-Launch: 0/")
    assert result.stderr == "Not live yet. `golive launch --now` records the launch.\n"
    assert (repo.tree(), launched(repo)) == (before, "")


def test_launch_now_lists_the_open_items_and_enter_means_no(repo):
    result = in_terminal(repo, "launch", "--now", typed="\n")
    assert "☐ pre-launch.1 All tests pass" in result.stderr
    assert "before the launch are open. Record that the site goes live now? [y/N] " in result.stderr
    assert (result.returncode, launched(repo)) == (0, "")


def test_a_launch_is_recorded_and_taken_back(repo):
    result = in_terminal(repo, "launch", "--now", typed="y\n")
    assert result.stdout.startswith("Live since ") and launched(repo)
    assert golive("launch", project=repo.root).stdout.startswith("Live since ")
    assert golive("launch", "--revoke", project=repo.root).stdout.endswith(" was taken back.\n")
    assert launched(repo) == ""
    assert golive("launch", "--revoke", project=repo.root).stdout == "No launch is recorded.\n"
    (repo.root / ".golive" / "state.json").unlink()
    assert launched(repo) == "", "the journal knows it, too"
    kinds = [record["kind"] for record in Journal(repo.root / ".golive").records()]
    assert kinds[-2:] == ["launched", "launch revoked"]


def test_a_launch_is_not_both_recorded_and_taken_back(repo):
    assert golive("launch", "--now", "--revoke", project=repo.root).returncode == 2
