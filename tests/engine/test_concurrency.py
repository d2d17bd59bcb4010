"""Golive notices a second run, an editor and git on the same project, and overwrites none of their changes."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager

import pytest

from tests.cli_runner import GOLIVE
from tests.engine import small_shop
from wizard.base import files
from wizard.base.errors import UndoError
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.engine.events import ActionDone, ActionStarted, Planned, Recovered
from wizard.engine.runner import Engine
from wizard.project.detection import detect
from wizard.state import state_file
from wizard.state.journal import Journal


@pytest.fixture
def shop(tmp_path):
    return small_shop.write(tmp_path / "shop")


@contextmanager
def engine(shop, python, emit=lambda event: None):
    found = detect(shop, python=python)
    try:
        yield Engine(found, loader.load(shop), Answers({}), emit)
    finally:
        found.close()


def golive(shop, python, *words, **more):
    command = [*GOLIVE, *words, "--python", python]
    return subprocess.Popen(command, cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def settings_of(shop):
    return shop / "election_cart" / "settings.py"


def test_the_second_of_two_simultaneous_runs_is_refused(shop, python):
    runs = [golive(shop, python, "--auto", "--only", "2", "--project", str(shop)) for _ in range(2)]
    errors = [run.communicate(timeout=180)[1] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 4], [0, 0]), errors
    if 4 in codes:
        assert any("Another run of Golive is working on this project: process" in error for error in errors)
    assert settings_of(shop).read_text().count("DEBUG = ") == 1
    assert len([batch for batch in Journal(state_file.folder_of(shop)).batches() if batch.applied]) == 1


MARK = "# saved by an editor\n"


def saving(path, at, replace):
    """Save *path* as an editor does, at the first event *at*: in place, or by replacing the file."""
    done = []

    def emit(event):
        if isinstance(event, at) and not done:
            done.append(event)
            content = path.read_text() + MARK if path.exists() else MARK
            if replace:
                path.with_suffix(".swp").write_text(content)
                path.with_suffix(".swp").replace(path)
            else:
                path.write_text(content)

    return emit


@pytest.mark.parametrize(
    ("at", "replace"), [(Planned, False), (ActionStarted, True)], ids=["after the plan", "before the first change"]
)
def test_a_save_while_a_plan_is_applied_is_kept(shop, python, at, replace):
    path = settings_of(shop)
    before = path.read_text()
    with engine(shop, python, saving(path, at, replace)) as run:
        assert run.run_task(run.checklist.tasks[2]), "it is planned again, with the saved content"
        assert run.state.status("2.1") is Status.DONE
        assert path.read_text().endswith(MARK)
        assert run.undo([2]).plans >= 1
        assert path.read_text() == before + MARK


def test_a_save_just_before_the_write_is_kept(shop, python, monkeypatch):
    """The save comes between the journal's record and the write. Golive compares the file again before it writes."""
    path, real, saved = settings_of(shop), files._require_unchanged, []

    def in_between(at, over):
        if at == path and not saved:
            saved.append(at)
            path.write_text(path.read_text() + MARK)
        real(at, over)

    monkeypatch.setattr(files, "_require_unchanged", in_between)
    with engine(shop, python) as run:
        assert run.run_task(run.checklist.tasks[2])
    assert saved
    assert path.read_text().endswith(MARK)
    assert not list(path.parent.glob(".*golive*")), "no temporary file is left"
    assert not any(batch.interrupted for batch in Journal(state_file.folder_of(shop)).batches())


def test_a_task_fails_if_an_editor_keeps_saving(shop, python, monkeypatch):
    path, real = settings_of(shop), files._require_unchanged
    before = path.read_text()

    def in_between(at, over):
        if at == path:
            path.write_text(path.read_text() + MARK)
        real(at, over)

    monkeypatch.setattr(files, "_require_unchanged", in_between)
    with engine(shop, python) as run:
        assert not run.run_task(run.checklist.tasks[2])
    assert path.read_text().replace(MARK, "") == before
    assert MARK in path.read_text()


def test_changes_of_an_env_file_by_hand_are_kept(shop, python):
    path = shop / ".env.production"
    with engine(shop, python, saving(path, ActionStarted, False)) as run:
        assert run.run_task(run.checklist.tasks[1])
    assert MARK in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(path.read_text() + "MINE=1\n")
    with engine(shop, python) as run, pytest.raises(UndoError, match="changed after Golive wrote it"):
        run.undo([1])
    assert "MINE=1" in path.read_text()


def test_a_git_checkout_between_runs_is_detected(shop, python):
    path = settings_of(shop)
    original = path.read_bytes()
    with engine(shop, python) as run:
        assert run.run_task(run.checklist.tasks[2])
    applied = path.read_bytes()
    assert applied != original
    subprocess.run(["git", "checkout", "--quiet", "HEAD", "--", path], cwd=shop, check=True)
    with engine(shop, python) as run:
        drifted = {evidence.item for evidence in run.check(run.checklist.tasks.values())}
        assert "2.1" in drifted
        assert path.read_bytes() == original, "a check changes nothing"
        assert run.run_task(run.checklist.tasks[2])
        assert path.read_bytes() == applied


def test_changes_of_the_user_after_a_kill_are_kept(shop, python):
    """The unfinished change is not rolled back. Golive reports that, and continues to work."""
    path = settings_of(shop)
    child = os.fork()
    if not child:  # killed between the first change and the second
        with engine(shop, python, lambda event: os._exit(9) if isinstance(event, ActionDone) else None) as run:
            run.run_task(run.checklist.tasks[2])
        os._exit(0)
    assert os.waitpid(child, 0)[1] >> 8 == 9
    [unfinished] = [batch for batch in Journal(state_file.folder_of(shop)).batches() if batch.interrupted]
    changed = [run for run in (unfinished.actions[0].action.get("path"),) if run]
    edited = (shop.parent / changed[0]) if changed else path
    edited.write_bytes(edited.read_bytes() + MARK.encode())
    events = []
    with engine(shop, python, events.append) as run:
        run.recover(died=True)
        messages = [event.message for event in events if isinstance(event, Recovered)]
        assert any("nothing was rolled back" in message for message in messages)
        assert edited.read_bytes().endswith(MARK.encode())
        assert run.run_task(run.checklist.tasks[2])
        events.clear()
        run.recover(died=False)
        assert not events, "the report is not repeated"
    assert MARK in edited.read_text()


def test_a_check_without_changes_does_not_grow_the_journal(shop, python):
    with engine(shop, python) as run:
        assert run.run_task(run.checklist.tasks[2])
        journal = Journal(state_file.folder_of(shop)).path
        size = journal.stat().st_size
        assert not run.check(run.checklist.tasks.values())
        assert journal.stat().st_size == size
        settings_of(shop).write_text(settings_of(shop).read_text() + "\nDEBUG = True\n")
        run.project.refresh()
        assert run.check(run.checklist.tasks.values())
        assert journal.stat().st_size > size, "changed evidence is journaled"
