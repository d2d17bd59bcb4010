"""Which files a commit of Golive's changes may contain."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tests.engine.repository import git
from wizard.base import files
from wizard.diagnosis.cause import Cause
from wizard.engine import kept_failures
from wizard.engine.events import TaskFailed
from wizard.engine.half_day_commit import differences, proposal
from wizard.engine.uncommitted import uncommitted, without_own_changes
from wizard.plan.actions import WriteFile

SETTINGS = "backend/shop/settings.py"


def names(repo, paths):
    return [str(path.relative_to(repo.top)) for path in paths]


def write(repo, name, content, *, secret=False):
    path = repo.top / name
    return WriteFile(path, files.read(path), content, "a change", secret=secret)


def test_a_file_with_secrets_is_never_committed_even_if_git_does_not_ignore_it(repo):
    repo.apply(
        1, write(repo, "backend/.env.production", b"KEY=s3cret\n", secret=True), write(repo, SETTINGS, b"A = 1\n")
    )
    assert names(repo, uncommitted(repo.records)) == [SETTINGS]
    assert names(repo, without_own_changes(repo.records)) == [SETTINGS]


@pytest.mark.parametrize("name", ["with space.txt", "-leading dash.txt", "ümläut\n.txt"])
def test_a_strange_name_is_committed_and_shown(repo, name):
    repo.apply(2, write(repo, name, b"x\n"))
    engine = SimpleNamespace(project=repo.project, records=repo.records, answers={})
    action = proposal(engine, [repo.records.checklist.tasks[2]])
    assert names(repo, action.paths) == [name]
    assert "+x" in differences(engine, action)[name]
    repo.apply(2, action)
    assert git(repo.top, "status", "--porcelain", "--untracked-files=no") == ""
    assert without_own_changes(repo.records) == []


def own_change_before(repo):
    (repo.top / SETTINGS).write_bytes(b"MINE = 1\n")
    repo.apply(2, write(repo, SETTINGS, b"MINE = 1\nA = 1\n"))


def own_change_between(repo):
    repo.apply(2, write(repo, SETTINGS, b"A = 1\n"))
    (repo.top / SETTINGS).write_bytes(b"A = 1\nMINE = 1\n")
    repo.apply(3, write(repo, SETTINGS, b"A = 1\nMINE = 1\nB = 1\n"))


def own_change_after(repo):
    repo.apply(2, write(repo, SETTINGS, b"A = 1\n"))
    (repo.top / SETTINGS).write_bytes(b"A = 1\nMINE = 1\n")


@pytest.mark.parametrize("change", [own_change_before, own_change_between, own_change_after])
def test_a_file_with_uncommitted_changes_of_the_user_is_left_out(repo, change):
    change(repo)
    repo.apply(4, write(repo, "new.txt", b"x\n"))
    assert names(repo, uncommitted(repo.records)) == [SETTINGS, "new.txt"]
    assert names(repo, without_own_changes(repo.records)) == ["new.txt"]


def test_a_file_that_was_committed_after_an_earlier_half_day_is_committed_again(repo):
    repo.apply(2, write(repo, SETTINGS, b"A = 1\n"))
    git(repo.top, "commit", "--quiet", "--all", "-m", "Morning")
    assert without_own_changes(repo.records) == []
    repo.apply(9, write(repo, SETTINGS, b"A = 1\nB = 1\n"))
    assert names(repo, without_own_changes(repo.records)) == [SETTINGS]


HOSTILE = [
    "",
    "[]",
    "{",
    '{"error": "x", "cause": [1], "diagnoses": []}',
    '{"error": "x", "cause": null, "diagnoses": [[]]}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_kept_failure_that_is_not_golives_is_ignored(repo, text):
    task = repo.records.checklist.tasks[5]
    kept_failures.keep(repo.root, TaskFailed(task, "5.1: broken", (), Cause("no route", where="urls.py:3")))
    assert kept_failures.load(repo.root, repo.records.checklist, task).cause.where == "urls.py:3"
    [path] = repo.root.glob(".golive/runs/failure-5.json")
    assert path.stat().st_mode & 0o077 == 0 and json.loads(path.read_text())
    path.write_text(text)
    assert kept_failures.load(repo.root, repo.records.checklist, task) is None
