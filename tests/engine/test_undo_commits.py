"""Undo commits and index changes, without losing later commits or anything staged."""

from __future__ import annotations

import re

import pytest

from tests.engine.repository import REQUIREMENTS, SETTINGS, git
from wizard.base.errors import UndoRefused
from wizard.checklist.evidence import Status
from wizard.engine.actions.commit_files import CommitFilesExecutor
from wizard.engine.recovery import recover
from wizard.plan.actions import CommitFiles, UntrackFiles


def test_undo_removes_the_last_commits_from_the_branch(repo):
    before = repo.tree()
    for task, more in ((8, b"gunicorn\n"), (9, b"whitenoise\n")):
        repo.apply(task, repo.edit(REQUIREMENTS, more), CommitFiles((repo.top / REQUIREMENTS,), f"Task {task}"))
    repo.records.undo([8, 9])
    assert repo.tree() == before


def test_a_commit_that_is_no_longer_head_is_reverted_on_request(repo):
    before = repo.tree()
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    golive_commit = repo.commit()
    repo.user_commit()
    applied = repo.tree()
    with pytest.raises(UndoRefused, match=r"is no longer the last one.*`golive undo 2,8 --revert`\.$") as refused:
        repo.records.undo([2, 8])
    assert refused.value.revert
    assert repo.tree() == applied, "nothing was changed"
    assert repo.records.undoing.requirements(8) == ((8,), True)
    undone = repo.records.undo([2, 8], revert=True)
    assert (undone.plans, undone.left) == (2, ())
    assert git(repo.top, "log", "--format=%s").splitlines() == ['Revert "Task 8"', "Mine", "Task 8", "Before"]
    assert f"This reverts commit {golive_commit}." in git(repo.top, "log", "-1", "--format=%b")
    assert git(repo.top, "status", "--short") == ""
    after, _, _, _ = repo.tree()
    after.pop("notes.txt")
    assert after == before[0]
    assert git(repo.top, "show", "HEAD:notes.txt") == "mine"


@pytest.mark.parametrize("wanted", [{2}, {3}, {8}, {9}, {2, 8}, {3, 9}, {2, 3, 8}, {2, 3, 8, 9}, {4}, {4, 8}])
def test_a_suggested_undo_works_as_it_is(repo, wanted):
    """The suggestion names all tasks and says whether commits are reverted. 9 needs 8, and 3 needs 2."""
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(3, repo.edit(SETTINGS, b"B = 1\n"))
    repo.commit(8)
    repo.apply(4, repo.edit("Procfile", b"web: x\n"), CommitFiles((repo.top / "Procfile",), "Task 4"))
    repo.apply(9, repo.edit(REQUIREMENTS, b"whitenoise\n"), CommitFiles((repo.top / REQUIREMENTS,), "Task 9"))
    applied = repo.tree()
    try:
        undone = repo.records.undo(wanted).tasks
    except UndoRefused as refused:
        assert repo.tree() == applied
        [command] = re.findall(r"`golive undo (.*?)`", str(refused))
        numbers, _, revert = command.partition(" ")
        undone = repo.records.undo(map(int, numbers.split(",")), revert=revert == "--revert").tasks
    assert set(undone) >= wanted
    open_tasks = {task for task in (2, 3, 4, 8, 9) if repo.open().state.status(f"{task}.1") is Status.OPEN}
    assert open_tasks == set(undone)


def test_the_hint_for_several_tasks_says_that_their_commits_are_reverted(repo):
    repo.commit(8)
    repo.apply(9, repo.edit(REQUIREMENTS, b"whitenoise\n"))
    repo.user_commit()
    repo.records.undoing.options = "--project 'my shop'"
    with pytest.raises(UndoRefused, match=r"`golive undo 8,9 --revert --project 'my shop'`\.$") as refused:
        repo.records.undo([8])
    assert "no longer the last ones, so they are reverted" in str(refused.value)


def test_several_commits_below_later_ones_are_reverted_one_by_one(repo):
    repo.commit(8)
    repo.user_commit()
    repo.apply(9, repo.edit(REQUIREMENTS, b"whitenoise\n"), CommitFiles((repo.top / REQUIREMENTS,), "Task 9"))
    repo.user_commit("more.txt")
    repo.records.undo([8, 9], revert=True)
    assert git(repo.top, "log", "-2", "--format=%s").splitlines() == ['Revert "Task 8"', 'Revert "Task 9"']
    assert (repo.top / REQUIREMENTS).read_text() == "django\n" == git(repo.top, "show", f"HEAD:{REQUIREMENTS}") + "\n"
    assert git(repo.top, "status", "--short") == ""


def test_a_pushed_commit_is_not_removed_from_the_branch(repo, tmp_path):
    git(tmp_path, "init", "--bare", "--quiet", "remote.git")
    golive_commit = repo.commit()
    git(repo.top, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(repo.top, "push", "--quiet", "--set-upstream", "origin", "HEAD")
    with pytest.raises(UndoRefused, match="is pushed: others may have it already"):
        repo.records.undo([8])
    repo.records.undo([8], revert=True)
    assert git(repo.top, "rev-parse", "HEAD^") == golive_commit
    git(repo.top, "push", "--quiet")


def test_a_commit_whose_file_changed_in_later_commits_is_not_undone(repo):
    repo.commit()
    repo.user_commit(REQUIREMENTS, "django\ngunicorn\nmine\n")
    applied = repo.tree()
    with pytest.raises(UndoRefused, match=r"changed in later commits.*`git show [0-9a-f]{10}` shows what it changed"):
        repo.records.undo([8], revert=True)
    assert repo.tree() == applied


def test_undo_is_refused_with_staged_changes_or_a_merge_in_progress(repo):
    repo.commit()
    repo.user_commit()
    (repo.top / REQUIREMENTS).write_text("django\nstaged\n")
    git(repo.top, "add", REQUIREMENTS)
    (repo.top / REQUIREMENTS).write_text("django\ngunicorn\n")
    with pytest.raises(UndoRefused, match="are staged"):
        repo.records.undo([8], revert=True)
    git(repo.top, "add", REQUIREMENTS)
    (repo.top / ".git" / "MERGE_HEAD").write_text(git(repo.top, "rev-parse", "HEAD"))
    with pytest.raises(UndoRefused, match="in the middle of a merge"):
        repo.records.undo([8], revert=True)
    (repo.top / ".git" / "MERGE_HEAD").unlink()
    repo.records.undo([8], revert=True)


def test_file_names_that_look_like_pathspecs_are_taken_literally(repo):
    """A file name with a glob and a newline: the commit and its undo affect no other file."""
    glob_name, other = repo.top / "a*[b]\nc.txt", repo.top / "axbx"
    other.write_text("mine")
    before = repo.tree()
    repo.apply(8, repo.edit(glob_name.name, b"x"), CommitFiles((glob_name,), "Task 8"))
    assert git(repo.top, "show", "--format=", "--name-only", "-z", "HEAD") == "a*[b]\nc.txt\0"
    repo.records.undo([8])
    assert repo.tree() == before


def test_untracked_files_are_tracked_again(repo):
    before = repo.tree()
    repo.apply(1, UntrackFiles((repo.top / REQUIREMENTS,)))
    assert REQUIREMENTS not in git(repo.top, "ls-files")
    repo.records.undo([1])
    assert repo.tree() == before


def test_a_commit_of_the_user_after_a_kill_is_kept(repo):
    """Golive was killed while the commit's hook ran. Then the user commits the staged files and others."""
    edit = repo.edit(REQUIREMENTS, b"gunicorn\n")
    repo.applier.apply(8, (edit,))
    commit = CommitFiles((repo.top / REQUIREMENTS,), "Task 8")
    repo.begin({"kind": "CommitFiles", **CommitFilesExecutor().prepare(repo.applier.context, commit)})
    git(repo.top, "add", REQUIREMENTS)
    repo.user_commit()
    head = git(repo.top, "rev-parse", "HEAD")
    recover(repo.open(), died=True)
    assert git(repo.top, "rev-parse", "HEAD") == head
    assert git(repo.top, "show", "HEAD:notes.txt") == "mine"
    assert not any("golive undo" in message for message in repo.messages()), "nothing would be left to undo"


def test_a_commit_made_just_before_a_kill_is_rolled_back(repo):
    before = repo.tree()
    commit = CommitFiles((repo.top / REQUIREMENTS,), "Task 8")
    repo.applier.apply(8, (repo.edit(REQUIREMENTS, b"gunicorn\n"),))
    executor, context = CommitFilesExecutor(), repo.applier.context
    record = {"kind": "CommitFiles", **executor.prepare(context, commit)}
    repo.begin(record)
    executor.apply(context, commit, record)
    recover(repo.open(), died=True)
    assert git(repo.top, "rev-parse", "HEAD") == before[3]
    repo.records.undo([8])
    assert repo.tree() == before


def test_undo_reports_a_branch_that_is_not_checked_out_and_keeps_the_commit(repo):
    repo.commit()
    name = git(repo.top, "symbolic-ref", "--short", "HEAD")
    git(repo.top, "checkout", "--quiet", "-b", "feature")
    [note] = repo.records.undo([8]).left
    assert f"the branch {name} keeps Golive's commit" in note
    assert git(repo.top, "log", "--format=%s", name).splitlines() == ["Task 8", "Before"]


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock"])
def test_undo_checks_for_a_git_lock_file_before_any_change(repo, name):
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.commit()
    applied = repo.tree()
    lock = repo.top / ".git" / name
    lock.touch()
    with pytest.raises(UndoRefused, match=rf"{name} is in the way.*remove the file"):
        repo.records.undo([2, 8])
    lock.unlink()
    assert repo.tree() == applied
    repo.records.undo([2, 8])
