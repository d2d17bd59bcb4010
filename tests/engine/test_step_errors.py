"""An error in one step fails its task with the cause. It ends neither the run nor a check of the other tasks."""

from __future__ import annotations

import errno
import os
import subprocess

import pytest

from wizard import step
from wizard.base.errors import BlockedError, CommandError, NotYetError
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status, shown, waiting
from wizard.engine.events import TaskFailed
from wizard.engine.runner import Engine
from wizard.plan.actions import Plan
from wizard.project.detection import detect
from wizard.project.project import Project
from wizard.state import state_file
from wizard.state.state_folder import folder_of
from wizard.step import Step

TASKS = """version: 1
tasks:
  - {task: 25, title: First, minutes: 1, day: 3, session: Afternoon, step: by_hand, items: [
      {id: "25.1", text: one}, {id: "25.2", text: two}, {id: "25.3", text: three}]}
  - {task: 26, title: Second, minutes: 1, day: 3, session: Afternoon, step: by_hand, items: [{id: "26.1", text: one}]}
"""


class Failing(Step):
    """Has evidence for the first item, then raises *error*. Task 26 has no error."""

    error: BaseException | None = None
    in_plan = False

    def plan(self, project, sandbox, answers):
        if self.in_plan and self.task.number == 25:
            raise self.error
        return Plan.nothing("")

    def verify(self, project, sandbox, answers):
        yield shown(f"{self.task.number}.1", True, "command", "asked", "fine")
        if self.task.number == 25:
            if self.error:
                raise self.error
            yield shown("25.2", True, "command", "asked", "fine")
            yield waiting("25.3", "asked", "not yet")


class Run:
    """The engine on a project without Django, whose two tasks have the step `Failing`."""

    def __init__(self, repo, monkeypatch):
        (repo.root / "golive.yaml").write_text(TASKS)
        self.events, self.root = [], repo.root
        checklist = loader.load(repo.root)
        self.engine = Engine(detect(repo.root), checklist, Answers({}), self.events.append)
        self.tasks = [checklist.tasks[25], checklist.tasks[26]]
        monkeypatch.setattr(step, "load", Failing)
        monkeypatch.setattr(Engine, "fingerprint", lambda engine: "same")  # it asks the interpreter
        self.loads = []
        monkeypatch.setattr(Project, "inspect_settings", lambda project: self.loads.append(project) or {})
        self.failing = monkeypatch

    def raises(self, error, *, in_plan=False):
        self.failing.setattr(Failing, "error", error)
        self.failing.setattr(Failing, "in_plan", in_plan)

    def statuses(self):
        return [self.engine.state.status(item) for item in ("25.1", "25.2", "25.3", "26.1")]

    def errors(self):
        return [event.error for event in self.events if isinstance(event, TaskFailed)]


@pytest.fixture
def run(repo, monkeypatch):
    return Run(repo, monkeypatch)


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/work/copy/app.py")
MISSING = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/usr/local/bin/pg_isready")
SLOW = subprocess.TimeoutExpired(["npm"], 60)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        pytest.param(FULL, "/work/copy/app.py can't be used: No space left on device", id="full disk"),
        pytest.param(MISSING, "/usr/local/bin/pg_isready can't be used: No such file", id="missing program"),
        pytest.param(SLOW, "timed out after 60 seconds", id="slow program"),
        pytest.param(
            KeyError("settings"), "Unexpected error: KeyError: 'settings' (engine/test_step_errors.py:", id="bug"
        ),
        pytest.param(CommandError("psql failed", "no such table"), "psql failed: no such table", id="command"),
    ],
)
@pytest.mark.parametrize("in_plan", [False, True], ids=["in verify", "in plan"])
def test_an_error_of_a_step_fails_its_task_and_the_run_goes_on(run, error, cause, in_plan):
    run.raises(error, in_plan=in_plan)
    failed = run.engine.run(run.tasks, keep_going=True)
    assert [task.number for task in failed] == [25]
    assert [cause in text for text in run.errors()] == [True], run.errors()
    assert "\n" not in run.errors()[0]
    expected = ["open", "open", "open"] if in_plan else ["done", "failed", "open"]
    assert run.statuses() == [*expected, "done"]
    if not in_plan:
        assert cause in run.engine.state.evidence["25.2"].showed
        assert f"not checked, because of an error: {run.errors()[0]}" == run.engine.state.evidence["25.3"].showed


def test_the_traceback_of_a_bug_is_in_the_crash_log_and_names_no_secret(run):
    run.raises(KeyError("settings"))
    run.engine.run(run.tasks)
    path = folder_of(run.root) / "runs" / "crash.log"
    assert f"report it with the traceback in {path}" in run.errors()[0]
    assert "raise self.error\nKeyError: 'settings'" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_reader_of_the_output_who_has_gone_ends_the_run(run):
    run.raises(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    with pytest.raises(BrokenPipeError):
        run.engine.run(run.tasks, keep_going=True)


def test_what_a_failed_task_proved_is_saved(run):
    run.raises(FULL)
    run.engine.run(run.tasks[:1])
    assert state_file.load(run.root).status("25.2") is Status.FAILED


def test_a_check_reports_an_error_and_no_drift(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.raises(FULL)
    assert run.engine.check(run.tasks) == []
    assert [task.number for task in run.engine.unchecked] == [25]
    assert "No space left on device" in run.errors()[0]
    assert run.statuses() == ["done", "done", "open", "done"]


def test_a_check_of_one_task_loads_the_project_first(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.loads.clear()
    run.engine.check(run.tasks[1:])
    assert run.loads, "the step would ask about a copy of the project that is not there"


def test_a_check_keeps_the_status_of_an_item_that_it_could_not_check_yet(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.raises(BlockedError("The deployment failed in task 17"))
    assert run.engine.check(run.tasks) == []
    assert run.engine.unchecked == []
    assert run.statuses()[1] is Status.DONE


def test_something_that_an_item_needs_and_that_is_gone_is_drift(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.raises(NotYetError("The site has no uptime monitor yet"))
    assert "no uptime monitor" in run.engine.check(run.tasks)[0].showed


def test_a_failed_task_keeps_what_was_proven_before_the_error(run):
    run.raises(None)
    run.engine.run(run.tasks)
    run.engine.state.evidence["25.3"] = shown("25.3", True, "command", "asked", "earlier")
    run.raises(FULL)
    run.engine.run(run.tasks)
    assert run.statuses()[:3] == ["done", "failed", "done"]
