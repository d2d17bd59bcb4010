"""Undo folders and commands, without losing files of others and without following links."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from wizard.base import files
from wizard.base.errors import EditError, UndoRefused
from wizard.checklist.evidence import Status
from wizard.engine.forget import find, forget
from wizard.engine.recovery import recover
from wizard.plan.actions import MakeDirectory, WriteFile
from wizard.state.state_folder import folder_of


def test_files_that_others_put_into_a_folder_are_moved_to_the_state_folder(repo):
    before = repo.tree()
    folder = repo.root / "logs"
    repo.apply(4, MakeDirectory(folder))
    (folder / "deep").mkdir()
    (folder / "deep" / "mine.txt").write_text("not to be lost")
    undone = repo.records.undo([4])
    assert repo.tree() == before
    [kept] = folder_of(repo.root).rglob("mine.txt")
    assert kept.read_text() == "not to be lost"
    assert "logs/deep/mine.txt was not written by Golive: moved to" in undone.left[0]
    assert str(kept) in undone.left[0]


def test_files_of_a_command_are_removed_and_overwritten_ones_restored(repo):
    (repo.root / "static").mkdir()
    (repo.root / "static" / "app.css").write_text("old")
    (repo.root / "static" / "own.css").write_text("own")
    before = repo.tree()
    repo.run_command()
    assert (repo.root / "static" / "app.css").read_text() == "made"
    (repo.root / "static" / "later.css").write_text("mine")
    (repo.root / "static" / "link.css").symlink_to(repo.root / "static" / "own.css")
    os.mkfifo(repo.root / "static" / "pipe")
    repo.records.undo([9])
    assert repo.tree() == before
    assert [path.read_text() for path in folder_of(repo.root).rglob("later.css")] == ["mine"]


def test_an_output_file_that_the_user_changed_since_is_not_undone(repo):
    lock = repo.root / "uv.lock"
    lock.write_text("one")
    repo.run_command(lock, code="import pathlib; pathlib.Path('uv.lock').write_text('two')")
    lock.write_text("three")
    with pytest.raises(UndoRefused, match=r"uv\.lock was changed after Golive wrote it"):
        repo.records.undo([9])
    lock.write_text("two")
    repo.records.undo([9])
    assert lock.read_text() == "one"


@pytest.mark.parametrize("kind", ["folder", "command", "link"])
def test_actions_outside_of_the_repository_are_refused(repo, tmp_path, kind):
    outside = tmp_path / "outside"
    (repo.top / "way").symlink_to(tmp_path)
    with pytest.raises(EditError, match=r"is outside of the project|leads out of the project"):
        if kind == "folder":
            repo.apply(4, MakeDirectory(outside))
        elif kind == "command":
            repo.run_command(outside)
        else:
            repo.apply(4, WriteFile(repo.top / "way" / "outside", None, b"x"))
    assert not outside.exists()


@pytest.mark.parametrize("name", ["../victim/docs", "{absolute}", "way/victim/docs"])
def test_a_signed_record_with_a_path_outside_is_refused(repo, tmp_path, name):
    """The undo checks paths itself, even if Golive wrote the record."""
    victim = tmp_path / "victim" / "docs"
    victim.mkdir(parents=True)
    (victim / "file").write_text("precious")
    (repo.top / "way").symlink_to(tmp_path)
    action = {"kind": "MakeDirectory", "path": name.format(absolute=victim), "existed": False}
    repo.records.journal.append("begin", batch="b", task=4, index=0, temporary=True, top="..", action=action)
    with pytest.raises(UndoRefused, match="leads out of the repository"):
        repo.records.undoing.run(repo.records.undoing.active())
    recover(repo.records, died=False)
    assert (victim / "file").read_text() == "precious"


def test_a_folder_that_became_a_link_is_not_followed(repo, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    repo.apply(4, MakeDirectory(repo.root / "logs"))
    shutil.rmtree(repo.root / "logs")
    (repo.root / "logs").symlink_to(victim)
    with pytest.raises(UndoRefused, match="leads out of the repository"):
        repo.records.undo([4])
    assert Path(victim / "file").read_text() == "precious"


def test_links_and_pipes_in_a_folder_leave_the_state_usable(repo):
    before = repo.tree()
    repo.apply(4, MakeDirectory(repo.root / "logs"))
    (repo.root / "logs" / "current.log").symlink_to("django.log")
    os.mkfifo(repo.root / "logs" / "pipe")
    repo.records.undo([4])
    assert repo.tree() == before
    assert repo.open().state.status("4.1") is Status.OPEN
    names = {path.name for path in folder_of(repo.root).rglob("*")}
    assert {"current.log", "pipe"} <= names


def test_links_in_an_output_folder_are_restored_or_kept(repo, tmp_path):
    (tmp_path / "brand").mkdir()
    (repo.root / "static").mkdir()
    (repo.root / "static" / "brand").symlink_to(tmp_path / "brand")
    (repo.root / "static" / "logo.css").symlink_to("brand/logo.css")
    repo.run_command(code="import pathlib, os; os.unlink('static/logo.css'); os.symlink('x', 'static/made'); "
              "pathlib.Path('static/app.css').write_text('made')")  # fmt: skip
    (repo.root / "static" / "mine").symlink_to(tmp_path)
    undone = repo.records.undo([9])
    links = {path.name: str(path.readlink()) for path in (repo.root / "static").iterdir() if path.is_symlink()}
    assert links == {"brand": str(tmp_path / "brand"), "logo.css": "brand/logo.css"}
    assert any("static/mine was not written by Golive: moved to" in each for each in undone.left)


def test_forget_keeps_what_an_undo_moved_to_the_state_folder(repo):
    repo.apply(4, MakeDirectory(repo.root / "logs"))
    (repo.root / "logs" / "thesis.txt").write_text("mine")
    repo.records.undo([4])
    forget(repo.root, repo.records.journal, find(repo.root, repo.top, repo.records.journal))
    assert [path.read_text() for path in folder_of(repo.root).rglob("thesis.txt")] == ["mine"]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no other disk to move to")
def test_files_are_moved_to_another_disk(tmp_path):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        if Path(other).stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("one disk")
        (tmp_path / "file").write_text("content")
        (tmp_path / "link").symlink_to("anywhere")
        for name in ("file", "link"):
            files.move(tmp_path / name, Path(other) / name)
        assert (Path(other) / "file").read_text() == "content"
        assert str((Path(other) / "link").readlink()) == "anywhere"
        assert not list(tmp_path.iterdir())


def test_a_command_for_the_release_runs_in_the_copy_and_its_outputs_move_to_the_project(repo):
    (repo.root / ".env").write_text("KEY=test")
    (repo.top / ".gitignore").write_text("*.pyc\n.env\n")
    code = "import os, pathlib; pathlib.Path('var/seen').mkdir(parents=True); " \
           "pathlib.Path('var/seen/files').write_text(' '.join(sorted(os.listdir())))"  # fmt: skip
    before = repo.tree()
    repo.run_command(repo.root / "var" / "seen", code=code, environment="release")
    assert (repo.root / "var" / "seen" / "files").read_text() == "manage.py requirements.txt shop var"
    assert not repo.project.copy.at(repo.root / "var" / "seen").exists()
    repo.records.undo([9])
    assert repo.tree() == before, "the folder above is gone, too"


def test_files_that_a_command_only_read_stay_in_the_copy(repo):
    (repo.root / "static").mkdir()
    (repo.root / "static" / "own.css").write_text("own")
    repo.run_command(environment="release")
    repo.project.copy.sync()
    assert repo.project.copy.at(repo.root / "static" / "own.css").read_text() == "own"
