"""When Golive commits, and when it asks the user to commit."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from steps.shared.commits import is_uncommitted, plan_commit
from tests.conftest import in_git
from wizard.base.git import Git
from wizard.checklist.answers import Answers
from wizard.plan.actions import Assist, CommitFiles


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))  # without a git identity
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("EMAIL", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "requirements.txt"
    path.write_text("django\n")
    in_git(tmp_path)
    return SimpleNamespace(path=path, git=Git.of(tmp_path), original=lambda path: b"django\n")


def planned(project, **answers):
    return plan_commit(project, Answers(answers), "8.2", (project.path,), "Record it")


def test_only_changes_of_golive_are_committed(project):
    assert not is_uncommitted(project, project.path)
    project.path.write_text("django\ngunicorn\n")
    assert is_uncommitted(project, project.path)
    assert planned(project) == CommitFiles((project.path,), "Record it")


def test_a_file_with_changes_of_the_user_is_not_committed(project):
    project.original = lambda path: b"django\nmine\n"
    project.path.write_text("django\nmine\ngunicorn\n")
    instructions = planned(project)
    assert isinstance(instructions, Assist)
    assert instructions.why == "requirements.txt also has uncommitted changes of your own"
    assert instructions.snippet == "git add -- requirements.txt && git commit -m 'Record it'"


def test_nothing_is_committed_without_a_repository_an_identity_or_permission(project):
    assert planned(project, commit="no").why == "you chose not to commit"
    subprocess.run(["git", "config", "--unset", "user.email"], cwd=project.path.parent, check=True)
    subprocess.run(["git", "config", "--unset", "user.name"], cwd=project.path.parent, check=True)
    assert planned(project).why == "git has no name and email address to commit with"
    project.git = None
    instructions = planned(project)
    assert (instructions.why, instructions.item) == ("the project is not in a git repository", "8.2")
    assert instructions.snippet.startswith("git init && git add -- requirements.txt")
    assert is_uncommitted(project, project.path)
