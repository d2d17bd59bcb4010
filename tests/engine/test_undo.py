"""Undo: all of what is asked for or nothing, from the journal and the backups alone."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from wizard.base import files
from wizard.base.errors import EditError, UndoRefused
from wizard.base.git import Git
from wizard.checklist import loader
from wizard.checklist.evidence import Status, shown
from wizard.engine.apply import Applier
from wizard.engine.records import Records
from wizard.plan.actions import CommitFiles, MakeDirectory, RunCommand, UntrackFiles, WriteFile
from wizard.project.detection import detect
from wizard.state.state_folder import folder_of

MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"


def git(folder, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Bench:
    """A project without Django in a repository, Golive's records of it, and plans applied as the engine does."""

    def __init__(self, folder):
        self.top = folder
        self.root = folder / "backend"
        (self.root / "shop").mkdir(parents=True)
        (self.root / "manage.py").write_text(MANAGE)
        (self.root / "shop" / "settings.py").write_text("DEBUG = True\n")
        (self.root / "requirements.txt").write_text("django\n")
        (folder / ".gitignore").write_text("*.pyc\n")
        git(folder, "init", "--quiet")
        git(folder, "config", "user.name", "A developer")
        git(folder, "config", "user.email", "developer@example.com")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", "Before")
        self.heard = []
        self.open()

    def open(self):
        self.records = Records(self.root, Git.of(self.root), loader.load(self.root), self.heard.append)
        self.project = detect(self.root)
        self.applier = Applier(self.project, self.records.journal, self.heard.append, lambda minutes: "")
        return self.records

    def apply(self, task, *actions):
        self.applier.apply(task, actions)
        self.records.state.evidence[f"{task}.1"] = shown(f"{task}.1", True, "file", "looked", "as planned")
        self.records.state.save()

    def edit(self, name, more):
        path = self.top / name
        before = files.read(path)
        return WriteFile(path, before, (before or b"") + more)

    def tree(self):
        """Each file with its content and mode, the index, and the commits."""
        found = {
            str(path.relative_to(self.top)): (path.read_bytes(), path.stat().st_mode)
            for path in self.top.rglob("*")
            if path.is_file() and not {".git", ".golive"} & set(path.relative_to(self.top).parts)
        }
        folders = {str(path) for path in self.top.rglob("*") if path.is_dir() and ".git" not in str(path)
                   and ".golive" not in path.parts}  # fmt: skip
        return found, folders, git(self.top, "ls-files", "-s"), git(self.top, "rev-parse", "HEAD")


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path / "shop")


SETTINGS, LINES = "backend/shop/settings.py", "backend/requirements.txt"


def test_tasks_that_built_upon_each_other_are_named_all_and_undone_together(bench):
    """3 ← 4 (settings) ← 7 (ignore file) ← 10 (Procfile): what the refusal suggests works, and unticks all of them."""
    before = bench.tree()
    bench.apply(3, bench.edit(SETTINGS, b"A = 1\n"))
    bench.apply(4, bench.edit(SETTINGS, b"B = 1\n"), bench.edit(".gitignore", b"logs/\n"))
    bench.apply(5, bench.edit("backend/health.py", b"x = 1\n"))
    bench.apply(7, bench.edit(".gitignore", b"static/\n"), bench.edit("Procfile", b"web: x\n"))
    bench.apply(10, bench.edit("Procfile", b"worker: x\n"))
    applied = bench.tree()
    with pytest.raises(
        UndoRefused, match=r"tasks 4, 7, 10 changed the same files later.*golive undo 3,4,7,10$"
    ) as told:
        bench.records.undo([3])
    assert bench.tree() == applied
    assert bench.records.undoing.needs(bench.records.checklist.tasks[3].number) == ((3, 4, 7, 10), False)
    undone = bench.records.undo(told.value.tasks)
    assert (undone.plans, undone.tasks, undone.left) == (4, (3, 4, 7, 10), ())
    standing = bench.open().state
    assert {task: standing.status(f"{task}.1") for task in (3, 4, 5, 7, 10)} == {
        3: Status.OPEN, 4: Status.OPEN, 5: Status.DONE, 7: Status.OPEN, 10: Status.OPEN,
    }  # fmt: skip
    bench.records.undo([5])
    assert bench.tree() == before
    assert bench.records.undo([5]).plans == 0


def test_one_file_that_a_person_changed_keeps_all_from_being_undone(bench):
    bench.apply(2, bench.edit(SETTINGS, b"A = 1\n"))
    bench.apply(3, bench.edit("Procfile", b"web: x\n"))
    mine = bench.top / SETTINGS
    mine.write_bytes(mine.read_bytes() + b"MINE = 1\n")
    applied = bench.tree()
    with pytest.raises(UndoRefused, match=r"settings\.py was changed after Golive wrote it"):
        bench.records.undo([2, 3])
    assert bench.tree() == applied
    assert not any(batch.interrupted for batch in bench.open().journal.batches())


@pytest.mark.parametrize("what", ["backup gone", "read-only file"])
def test_what_would_stop_an_undo_half_way_is_seen_before(bench, what):
    bench.apply(2, bench.edit("backend/new.py", b"A = 1\n"), bench.edit(SETTINGS, b"A = 1\n"))
    bench.apply(3, bench.edit("Procfile", b"web: x\n"))
    applied = bench.tree()
    if what == "backup gone":
        for path in bench.records.journal.backups.iterdir():
            path.unlink()
    else:
        (bench.top / SETTINGS).chmod(0o444)
    with pytest.raises(UndoRefused):
        bench.records.undo([2, 3])
    (bench.top / SETTINGS).chmod(0o644)
    assert bench.tree() == applied


# ---- git


def test_the_last_commits_go_from_the_branch(bench):
    before = bench.tree()
    for task, more in ((8, b"gunicorn\n"), (9, b"whitenoise\n")):
        bench.apply(task, bench.edit(LINES, more), CommitFiles((bench.top / LINES,), f"Task {task}"))
    bench.records.undo([8, 9])
    assert bench.tree() == before


def committed(bench, task=8):
    bench.apply(task, bench.edit(LINES, b"gunicorn\n"), CommitFiles((bench.top / LINES,), f"Task {task}"))
    return git(bench.top, "rev-parse", "HEAD")


def of_the_person(bench, name="notes.txt", text="mine\n"):
    (bench.top / name).write_text(text)
    git(bench.top, "add", name)
    git(bench.top, "commit", "--quiet", "-m", "Mine")


def test_a_commit_that_is_no_longer_the_last_is_reverted_once_that_is_agreed_to(bench):
    before = bench.tree()
    bench.apply(2, bench.edit(SETTINGS, b"A = 1\n"))
    made = committed(bench)
    of_the_person(bench)
    applied = bench.tree()
    with pytest.raises(UndoRefused, match=r"is no longer the last one.*Add --revert") as told:
        bench.records.undo([2, 8])
    assert told.value.revert
    assert bench.tree() == applied, "nothing was touched: all preconditions come first"
    assert bench.records.undoing.needs(8) == ((8,), True)
    undone = bench.records.undo([2, 8], revert=True)
    assert (undone.plans, undone.left) == (2, ())
    assert git(bench.top, "log", "--format=%s").splitlines() == ['Revert "Task 8"', "Mine", "Task 8", "Before"]
    assert f"This reverts commit {made}." in git(bench.top, "log", "-1", "--format=%b")
    assert git(bench.top, "status", "--short") == ""
    after, _, _, _ = bench.tree()
    after.pop("notes.txt")
    assert after == before[0]
    assert git(bench.top, "show", "HEAD:notes.txt") == "mine"


def test_several_commits_under_later_ones_are_reverted_one_by_one(bench):
    committed(bench, 8)
    of_the_person(bench)
    bench.apply(9, bench.edit(LINES, b"whitenoise\n"), CommitFiles((bench.top / LINES,), "Task 9"))
    of_the_person(bench, "more.txt")
    bench.records.undo([8, 9], revert=True)
    assert git(bench.top, "log", "-2", "--format=%s").splitlines() == ['Revert "Task 8"', 'Revert "Task 9"']
    assert (bench.top / LINES).read_text() == "django\n" == git(bench.top, "show", f"HEAD:{LINES}") + "\n"
    assert git(bench.top, "status", "--short") == ""


def test_a_commit_that_was_pushed_is_not_taken_from_the_branch(bench, tmp_path):
    git(tmp_path, "init", "--bare", "--quiet", "remote.git")
    made = committed(bench)
    git(bench.top, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(bench.top, "push", "--quiet", "--set-upstream", "origin", "HEAD")
    with pytest.raises(UndoRefused, match="is pushed: others may have it already"):
        bench.records.undo([8])
    bench.records.undo([8], revert=True)
    assert git(bench.top, "rev-parse", "HEAD^") == made
    git(bench.top, "push", "--quiet")


def test_a_commit_whose_file_changed_in_later_ones_is_left_to_the_person(bench):
    committed(bench)
    of_the_person(bench, LINES, "django\ngunicorn\nmine\n")
    applied = bench.tree()
    with pytest.raises(UndoRefused, match="changed in later commits"):
        bench.records.undo([8], revert=True)
    assert bench.tree() == applied


def test_staged_changes_and_a_merge_in_progress_are_seen_before(bench):
    committed(bench)
    of_the_person(bench)
    (bench.top / LINES).write_text("django\nstaged\n")
    git(bench.top, "add", LINES)
    (bench.top / LINES).write_text("django\ngunicorn\n")
    with pytest.raises(UndoRefused, match="are staged"):
        bench.records.undo([8], revert=True)
    git(bench.top, "add", LINES)
    (bench.top / ".git" / "MERGE_HEAD").write_text(git(bench.top, "rev-parse", "HEAD"))
    with pytest.raises(UndoRefused, match="in the middle of a merge"):
        bench.records.undo([8], revert=True)
    (bench.top / ".git" / "MERGE_HEAD").unlink()
    bench.records.undo([8], revert=True)


def test_names_that_are_patterns_for_git_are_names(bench):
    """Files called like a glob or with a newline: the commit takes them alone, and the undo too."""
    odd, other = bench.top / "a*[b]\nc.txt", bench.top / "axbx"
    other.write_text("mine")
    before = bench.tree()
    bench.apply(8, bench.edit(odd.name, b"x"), CommitFiles((odd,), "Task 8"))
    assert git(bench.top, "show", "--format=", "--name-only", "-z", "HEAD") == "a*[b]\nc.txt\0"
    bench.records.undo([8])
    assert bench.tree() == before


def test_files_that_were_untracked_are_tracked_again(bench):
    before = bench.tree()
    bench.apply(1, UntrackFiles((bench.top / LINES,)))
    assert LINES not in git(bench.top, "ls-files")
    bench.records.undo([1])
    assert bench.tree() == before


def test_without_git_what_needs_it_is_refused_before_anything_is_touched(bench, monkeypatch):
    bench.apply(2, bench.edit(SETTINGS, b"A = 1\n"))
    committed(bench)
    applied = bench.tree()
    records = Records(bench.root, None, bench.records.checklist, bench.heard.append)
    with pytest.raises(UndoRefused, match="git is needed"):
        records.undo([2, 8])
    assert bench.tree() == applied


def test_a_repository_made_around_the_project_later_changes_nothing(tmp_path):
    """Paths in the journal are relative to what was the repository then."""
    root = tmp_path / "all" / "shop"
    (root / "shop").mkdir(parents=True)
    (root / "manage.py").write_text(MANAGE)
    (root / "shop" / "settings.py").write_text("DEBUG = True\n")
    whole = loader.load(root)
    records = Records(root, Git.of(root), whole, lambda event: None)
    path = root / "shop" / "settings.py"
    Applier(detect(root), records.journal, lambda event: None, lambda minutes: "").apply(
        2, (WriteFile(path, path.read_bytes(), b"DEBUG = False\n"),)
    )
    git(root.parent, "init", "--quiet")
    Records(root, Git.of(root), whole, lambda event: None).undo([2])
    assert path.read_text() == "DEBUG = True\n"


def test_a_moved_project_is_undone_where_it_is_now(bench, tmp_path):
    before = bench.tree()[0]
    bench.apply(2, bench.edit(SETTINGS, b"A = 1\n"))
    moved = tmp_path / "elsewhere"
    bench.top.rename(moved)
    bench.top, bench.root = moved, moved / "backend"
    bench.open().undo([2])
    assert bench.tree()[0] == before


# ---- folders and commands


def test_what_others_put_into_a_folder_of_golives_is_kept(bench):
    before = bench.tree()
    folder = bench.root / "logs"
    bench.apply(4, MakeDirectory(folder))
    (folder / "deep").mkdir()
    (folder / "deep" / "mine.txt").write_text("not to be lost")
    undone = bench.records.undo([4])
    assert bench.tree() == before
    [kept] = folder_of(bench.root).rglob("mine.txt")
    assert kept.read_text() == "not to be lost"
    assert "logs/deep/mine.txt was not written by Golive: moved to" in undone.left[0]
    assert str(kept) in undone.left[0]


def collected(bench, *outputs, write="import pathlib; pathlib.Path('static').mkdir(exist_ok=True); "
              "pathlib.Path('static/app.css').write_text('made')"):  # fmt: skip
    argv, outputs = (sys.executable, "-c", write), outputs or (bench.root / "static",)
    bench.apply(9, RunCommand(argv, bench.root, environment="production", outputs=outputs))


def test_what_a_command_wrote_goes_and_what_it_wrote_over_comes_back(bench):
    (bench.root / "static").mkdir()
    (bench.root / "static" / "app.css").write_text("old")
    (bench.root / "static" / "own.css").write_text("own")
    before = bench.tree()
    collected(bench)
    assert (bench.root / "static" / "app.css").read_text() == "made"
    (bench.root / "static" / "later.css").write_text("mine")
    (bench.root / "static" / "link.css").symlink_to(bench.root / "static" / "own.css")
    os.mkfifo(bench.root / "static" / "pipe")
    bench.records.undo([9])
    assert bench.tree() == before
    assert [path.read_text() for path in folder_of(bench.root).rglob("later.css")] == ["mine"]


def test_a_lock_file_that_a_person_brought_up_to_date_since_is_theirs(bench):
    lock = bench.root / "uv.lock"
    lock.write_text("one")
    collected(bench, lock, write="import pathlib; pathlib.Path('uv.lock').write_text('two')")
    lock.write_text("three")
    with pytest.raises(UndoRefused, match=r"uv\.lock was changed after Golive wrote it"):
        bench.records.undo([9])
    lock.write_text("two")
    bench.records.undo([9])
    assert lock.read_text() == "one"


@pytest.mark.parametrize("kind", ["folder", "command", "link"])
def test_nothing_outside_of_the_repository_is_made_or_run_into(bench, tmp_path, kind):
    outside = tmp_path / "outside"
    (bench.top / "way").symlink_to(tmp_path)
    with pytest.raises(EditError, match=r"is outside of the project|leads out of the project"):
        if kind == "folder":
            bench.apply(4, MakeDirectory(outside))
        elif kind == "command":
            collected(bench, outside)
        else:
            bench.apply(4, WriteFile(bench.top / "way" / "outside", None, b"x"))
    assert not outside.exists()


@pytest.mark.parametrize("name", ["../victim/docs", "{absolute}", "way/victim/docs"])
def test_a_signed_record_that_leads_out_is_refused_too(bench, tmp_path, name):
    """As if Golive had written it: the check at the undo stands by itself."""
    victim = tmp_path / "victim" / "docs"
    victim.mkdir(parents=True)
    (victim / "file").write_text("precious")
    (bench.top / "way").symlink_to(tmp_path)
    action = {"kind": "MakeDirectory", "path": name.format(absolute=victim), "existed": False}
    bench.records.journal.append("begin", batch="b", task=4, index=0, temporary=True, top="..", action=action)
    with pytest.raises(UndoRefused, match="leads out of the repository"):
        bench.records.undoing.run(bench.records.undoing.standing())
    bench.records.recover(died=False)
    assert (victim / "file").read_text() == "precious"


def test_an_undo_that_was_interrupted_is_completed_and_leaves_a_persons_change(bench):
    bench.apply(2, bench.edit(SETTINGS, b"A = 1\n"))
    bench.apply(3, bench.edit("Procfile", b"web: x\n"))
    batches = bench.records.journal.batches()
    bench.records.journal.append("undoing", batches=[batch.id for batch in batches], revert=False)
    mine = bench.top / "Procfile"
    mine.write_text("web: mine\n")
    bench.open().recover(died=True)
    assert (bench.top / SETTINGS).read_text() == "DEBUG = True\n"
    assert mine.read_text() == "web: mine\n"
    told = [event.message for event in bench.heard if hasattr(event, "message")]
    assert any("The undo of task 2, 3 was interrupted; it is complete now" in each for each in told)
    assert any("Procfile was changed since then, so it was kept" in each for each in told)
    assert bench.records.state.status("2.1") is Status.OPEN
    bench.heard.clear()
    bench.open().recover(died=True)
    assert not bench.heard, "it is said once"


def test_dry_run_tells_what_would_be_put_back(bench):
    from wizard.engine.undo import describe

    bench.apply(2, bench.edit(SETTINGS, b"A = 1\n"), bench.edit("Procfile", b"web: x\n"))
    assert describe(bench.records.undoing.chosen([2])) == [
        "task 2: remove Procfile",
        f"task 2: restore {SETTINGS}",
    ]


def test_a_folder_that_became_a_link_is_not_followed(bench, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    bench.apply(4, MakeDirectory(bench.root / "logs"))
    shutil.rmtree(bench.root / "logs")
    (bench.root / "logs").symlink_to(victim)
    with pytest.raises(UndoRefused, match="leads out of the repository"):
        bench.records.undo([4])
    assert Path(victim / "file").read_text() == "precious"


# ---- what an attack found


def test_a_commit_of_the_persons_after_a_kill_is_not_taken_for_golives(bench):
    """Killed while the commit's hook ran; then the person commits what was staged, and more."""
    edit = bench.edit(LINES, b"gunicorn\n")
    bench.applier.apply(8, (edit,))
    action = bench.applier.prepare_commit(CommitFiles((bench.top / LINES,), "Task 8"))
    begun = {"batch": "b", "task": 8, "index": 0, "temporary": False, "top": ".."}
    bench.records.journal.append("begin", **begun, action={"kind": "CommitFiles", **action})
    git(bench.top, "add", LINES)
    of_the_person(bench)
    mine = git(bench.top, "rev-parse", "HEAD")
    bench.open().recover(died=True)
    assert git(bench.top, "rev-parse", "HEAD") == mine
    assert git(bench.top, "show", "HEAD:notes.txt") == "mine"


def test_a_commit_that_was_made_when_golive_was_killed_is_rolled_back(bench):
    before = bench.tree()
    commit = CommitFiles((bench.top / LINES,), "Task 8")
    bench.applier.apply(8, (bench.edit(LINES, b"gunicorn\n"),))
    record = {"kind": "CommitFiles", **bench.applier.prepare_commit(commit)}
    begun = {"batch": "b", "task": 8, "index": 0, "temporary": False, "top": ".."}
    bench.records.journal.append("begin", **begun, action=record)
    bench.applier.do_commit(commit, record)
    bench.open().recover(died=True)
    assert git(bench.top, "rev-parse", "HEAD") == before[3]
    bench.records.undo([8])
    assert bench.tree() == before


def test_a_branch_that_is_not_checked_out_keeps_its_commit_and_that_is_said(bench):
    committed(bench)
    name = git(bench.top, "symbolic-ref", "--short", "HEAD")
    git(bench.top, "checkout", "--quiet", "-b", "feature")
    [told] = bench.records.undo([8]).left
    assert f"the branch {name} keeps Golive's commit" in told
    assert git(bench.top, "log", "--format=%s", name).splitlines() == ["Task 8", "Before"]


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock"])
def test_a_lock_of_git_is_seen_before_anything_changes(bench, name):
    bench.apply(2, bench.edit(SETTINGS, b"A = 1\n"))
    committed(bench)
    applied = bench.tree()
    lock = bench.top / ".git" / name
    lock.touch()
    with pytest.raises(UndoRefused, match=rf"{name} is in the way.*remove the file"):
        bench.records.undo([2, 8])
    lock.unlink()
    assert bench.tree() == applied
    bench.records.undo([2, 8])


def test_links_and_pipes_in_a_folder_of_golives_leave_the_state_usable(bench):
    before = bench.tree()
    bench.apply(4, MakeDirectory(bench.root / "logs"))
    (bench.root / "logs" / "current.log").symlink_to("django.log")
    os.mkfifo(bench.root / "logs" / "pipe")
    bench.records.undo([4])
    assert bench.tree() == before
    assert bench.open().state.status("4.1") is Status.OPEN
    kept = {path.name for path in folder_of(bench.root).rglob("*")}
    assert {"current.log", "pipe"} <= kept


def test_links_in_an_output_folder_come_back_or_are_kept(bench, tmp_path):
    (tmp_path / "brand").mkdir()
    (bench.root / "static").mkdir()
    (bench.root / "static" / "brand").symlink_to(tmp_path / "brand")
    (bench.root / "static" / "logo.css").symlink_to("brand/logo.css")
    collected(bench, write="import pathlib, os; os.unlink('static/logo.css'); os.symlink('x', 'static/made'); "
              "pathlib.Path('static/app.css').write_text('made')")  # fmt: skip
    (bench.root / "static" / "mine").symlink_to(tmp_path)
    undone = bench.records.undo([9])
    links = {path.name: str(path.readlink()) for path in (bench.root / "static").iterdir() if path.is_symlink()}
    assert links == {"brand": str(tmp_path / "brand"), "logo.css": "brand/logo.css"}
    assert any("static/mine was not written by Golive: moved to" in each for each in undone.left)


def test_forgetting_keeps_what_an_undo_moved_away(bench):
    from wizard.engine.forget import forget

    bench.apply(4, MakeDirectory(bench.root / "logs"))
    (bench.root / "logs" / "thesis.txt").write_text("mine")
    bench.records.undo([4])
    forget(bench.root, bench.top, bench.records.journal)
    assert [path.read_text() for path in folder_of(bench.root).rglob("thesis.txt")] == ["mine"]


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


def test_what_stays_impossible_does_not_stop_every_later_start(bench):
    """An undo that was begun meets a folder that can't be removed: it is completed but for that, and says so."""
    bench.apply(2, bench.edit(SETTINGS, b"A = 1\n"))
    bench.apply(4, MakeDirectory(bench.root / "logs"))
    batches = bench.records.journal.batches()
    bench.records.journal.append("undoing", batches=[batch.id for batch in batches], revert=False)
    (bench.root / "logs" / "sub").mkdir()
    busy = bench.root / "logs"
    real = Path.rmdir

    def rmdir(path):
        if path == busy:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))
        real(path)

    with pytest.MonkeyPatch.context() as patched:  # a mount point, for which a test would have to be root
        patched.setattr(Path, "rmdir", rmdir)
        bench.open().recover(died=True)
    assert (bench.top / SETTINGS).read_text() == "DEBUG = True\n"
    assert any("logs can't be restored: Device or resource busy" in str(event) for event in bench.heard)
    assert not any(batch.interrupted for batch in bench.open().journal.batches())
