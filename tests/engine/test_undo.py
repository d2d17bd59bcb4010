"""Undo everything that was requested or nothing, from the journal and the backups alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.engine.repository import MANAGE, SETTINGS, git
from wizard.base import files
from wizard.base.errors import UndoError, UndoRefused
from wizard.base.git import Git
from wizard.checklist import loader
from wizard.checklist.evidence import Status, shown
from wizard.engine.apply import Applier
from wizard.engine.records import Records
from wizard.engine.recovery import recover
from wizard.engine.undo import describe
from wizard.plan.actions import MakeDirectory, WriteFile
from wizard.project.detection import detect


def test_tasks_that_changed_the_same_files_are_undone_together(repo):
    """3 ← 4 (settings) ← 7 (.gitignore) ← 10 (Procfile): the suggested command works, and all their items are open."""
    before = repo.tree()
    repo.apply(3, repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(4, repo.edit(SETTINGS, b"B = 1\n"), repo.edit(".gitignore", b"logs/\n"))
    repo.apply(5, repo.edit("backend/health.py", b"x = 1\n"))
    repo.apply(7, repo.edit(".gitignore", b"static/\n"), repo.edit("Procfile", b"web: x\n"))
    repo.apply(10, repo.edit("Procfile", b"worker: x\n"))
    applied = repo.tree()
    with pytest.raises(
        UndoRefused, match=r"tasks 4, 7, 10 changed the same files later.*`golive undo 3,4,7,10`\.$"
    ) as refused:
        repo.records.undo([3])
    assert repo.tree() == applied
    assert repo.records.undoing.requirements(repo.records.checklist.tasks[3].number) == ((3, 4, 7, 10), False)
    undone = repo.records.undo(refused.value.tasks)
    assert (undone.plans, undone.tasks, undone.left) == (4, (3, 4, 7, 10), ())
    state = repo.open().state
    assert {task: state.status(f"{task}.1") for task in (3, 4, 5, 7, 10)} == {
        3: Status.OPEN, 4: Status.OPEN, 5: Status.DONE, 7: Status.OPEN, 10: Status.OPEN,
    }  # fmt: skip
    repo.records.undo([5])
    assert repo.tree() == before
    assert repo.records.undo([5]).plans == 0


def test_a_set_that_cannot_be_undone_is_not_suggested(repo):
    """The reason is given at once, instead of a command that would be refused."""
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(3, repo.edit(SETTINGS, b"B = 1\n"), repo.edit("Procfile", b"web: x\n"))
    (repo.top / "Procfile").write_text("web: mine\n")
    applied = repo.tree()
    with pytest.raises(UndoRefused, match=r"Procfile was changed after Golive wrote it.*Golive made it\.$") as refused:
        repo.records.undo([2])
    assert "golive undo" not in str(refused.value)
    assert repo.tree() == applied
    (repo.top / "Procfile").write_text("web: x\n")
    edited = repo.top / SETTINGS
    edited.write_bytes(edited.read_bytes() + b"MINE = 1\n")
    with pytest.raises(UndoRefused, match=r"The old content is /.*/backups/[0-9a-f]{64}\.$") as refused:
        repo.records.undo([3])
    assert Path(str(refused.value).split()[-1].rstrip(".")).read_bytes() == b"DEBUG = True\nA = 1\n"


def test_tasks_without_changes_are_open_again_only_with_others_that_had_some(repo):
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    for task in (2, 6):
        repo.records.record(repo.records.checklist.tasks[task], shown(f"{task}.1", True, "file", "looked", "found"))
    assert repo.records.undo([6]).plans == 0
    assert repo.records.state.status("6.1") is Status.DONE
    repo.records.undo([2, 6])
    for rebuilt in (False, True):
        if rebuilt:
            (repo.root / ".golive" / "state.json").unlink()
        state = repo.open().state
        assert (state.status("2.1"), state.status("6.1"), state.rebuilt) == (Status.OPEN, Status.OPEN, rebuilt)


def test_no_tick_remains_after_an_undo_that_failed_halfway(repo, monkeypatch):
    """The disk fails after task 3 was undone. The next start completes the undo of task 2."""
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(3, repo.edit("Procfile", b"web: x\n"))
    write = files.write

    def full(path, content, **options):
        if path.name == "settings.py":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, content, **options)

    with monkeypatch.context() as patched, pytest.raises(UndoError, match=r"settings\.py can't be restored"):
        patched.setattr(files, "write", full)
        repo.records.undo([2, 3])
    assert not (repo.top / "Procfile").exists()
    for records in (repo.records, repo.open()):
        assert (records.state.status("2.1"), records.state.status("3.1")) == (Status.OPEN, Status.OPEN)
    recover(repo.records, died=True)
    assert (repo.top / SETTINGS).read_text() == "DEBUG = True\n"
    assert any("undo of tasks 2, 3 was interrupted. It is complete now" in message for message in repo.messages())


def test_a_killed_undo_unticks_what_it_had_undone_before(repo):
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(3, repo.edit("Procfile", b"web: x\n"))
    repo.begin_undo()
    (repo.top / "Procfile").unlink()
    repo.records.journal.append("undone", batch=repo.records.journal.batches()[1].id, task=3)
    recover(repo.open(), died=True)
    assert (repo.records.state.status("2.1"), repo.records.state.status("3.1")) == (Status.OPEN, Status.OPEN)


def test_one_file_that_the_user_changed_prevents_the_whole_undo(repo):
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(3, repo.edit("Procfile", b"web: x\n"))
    edited = repo.top / SETTINGS
    edited.write_bytes(edited.read_bytes() + b"MINE = 1\n")
    applied = repo.tree()
    with pytest.raises(UndoRefused, match=r"settings\.py was changed after Golive wrote it"):
        repo.records.undo([2, 3])
    assert repo.tree() == applied
    assert not any(batch.interrupted for batch in repo.open().journal.batches())


@pytest.mark.parametrize("obstacle", ["missing backup", "read-only file"])
def test_undo_checks_backups_and_permissions_before_the_first_change(repo, obstacle):
    repo.apply(2, repo.edit("backend/new.py", b"A = 1\n"), repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(3, repo.edit("Procfile", b"web: x\n"))
    applied = repo.tree()
    if obstacle == "missing backup":
        for path in repo.records.journal.backups.iterdir():
            path.unlink()
    else:
        (repo.top / SETTINGS).chmod(0o444)
    with pytest.raises(UndoRefused):
        repo.records.undo([2, 3])
    (repo.top / SETTINGS).chmod(0o644)
    assert repo.tree() == applied


def test_undo_of_a_commit_without_git_is_refused_before_any_change(repo, monkeypatch):
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.commit()
    applied = repo.tree()
    records = Records(repo.root, None, repo.records.checklist, repo.events.append)
    with pytest.raises(UndoRefused, match="git is needed"):
        records.undo([2, 8])
    assert repo.tree() == applied


def test_undo_works_after_a_repository_was_created_around_the_project(tmp_path):
    """Paths in the journal are relative to the top at the time of the change."""
    root = tmp_path / "all" / "shop"
    (root / "shop").mkdir(parents=True)
    (root / "manage.py").write_text(MANAGE)
    (root / "shop" / "settings.py").write_text("DEBUG = True\n")
    checklist = loader.load(root)
    records = Records(root, Git.of(root), checklist, lambda event: None)
    path = root / "shop" / "settings.py"
    change = WriteFile(path, path.read_bytes(), b"DEBUG = False\n")
    Applier(detect(root), records.journal, lambda event: None).apply(2, (change,))
    git(root.parent, "init", "--quiet")
    Records(root, Git.of(root), checklist, lambda event: None).undo([2])
    assert path.read_text() == "DEBUG = True\n"


def test_undo_works_after_the_project_was_moved(repo, tmp_path):
    before = repo.tree()[0]
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    moved = tmp_path / "elsewhere"
    repo.top.rename(moved)
    repo.top, repo.root = moved, moved / "backend"
    repo.open().undo([2])
    assert repo.tree()[0] == before


def test_an_interrupted_undo_is_completed_and_keeps_what_the_user_changed_since(repo):
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(3, repo.edit("Procfile", b"web: x\n"))
    repo.begin_undo()
    edited = repo.top / "Procfile"
    edited.write_text("web: mine\n")
    recover(repo.open(), died=True)
    assert (repo.top / SETTINGS).read_text() == "DEBUG = True\n"
    assert edited.read_text() == "web: mine\n"
    messages = repo.messages()
    assert any("The undo of tasks 2, 3 was interrupted. It is complete now." in message for message in messages)
    assert any("Procfile was changed since then, so it was kept" in message for message in messages)
    assert repo.records.state.status("2.1") is Status.OPEN
    repo.events.clear()
    recover(repo.open(), died=True)
    assert not repo.events, "the report is not repeated"


def test_dry_run_lists_the_changes_of_an_undo(repo):
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"), repo.edit("Procfile", b"web: x\n"))
    assert describe(repo.records.undoing.batches_of([2])) == [
        "task 2: remove Procfile",
        f"task 2: restore {SETTINGS}",
    ]


def test_a_file_that_cannot_be_restored_does_not_block_later_starts(repo):
    """The rest of the interrupted undo is completed, and the folder is reported."""
    repo.apply(2, repo.edit(SETTINGS, b"A = 1\n"))
    repo.apply(4, MakeDirectory(repo.root / "logs"))
    repo.begin_undo()
    (repo.root / "logs" / "sub").mkdir()
    busy = repo.root / "logs"
    real = Path.rmdir

    def rmdir(path):
        if path == busy:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))
        real(path)

    with pytest.MonkeyPatch.context() as patched:  # like a mount point, which only root can create
        patched.setattr(Path, "rmdir", rmdir)
        recover(repo.open(), died=True)
    assert (repo.top / SETTINGS).read_text() == "DEBUG = True\n"
    assert any("logs can't be restored: Device or resource busy" in str(event) for event in repo.events)
    assert not any(batch.interrupted for batch in repo.open().journal.batches())
