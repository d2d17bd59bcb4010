"""An error in one step fails its task with the cause. It ends neither the run nor a check of the other tasks."""

from __future__ import annotations

import errno
import os
import subprocess

import pytest

from wizard import step
from wizard.base.errors import (
    BlockedError,
    CommandError,
    LoadingLimit,
    MissingModule,
    NotYetError,
    ProjectError,
    SettingsError,
    StartError,
)
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status, shown, undecided, waiting
from wizard.engine import drift_check
from wizard.engine.events import Drifted, NotChecked, TaskFailed, Ticked
from wizard.engine.runner import Engine
from wizard.plan.actions import Plan
from wizard.project.detection import detect
from wizard.project.project import Project
from wizard.state import state_file
from wizard.state.state_folder import folder_of
from wizard.step import Step

TASKS = """version: 1
tasks:
  - {task: 101, title: First, minutes: 1, day: 3, session: Afternoon, step: by_hand, items: [
      {id: "101.1", text: one}, {id: "101.2", text: two}, {id: "101.3", text: three}]}
  - {task: 102, title: Second, minutes: 1, day: 3, session: Afternoon, step: by_hand, items: [
      {id: "102.1", text: one, starts: production}]}
"""


class Failing(Step):
    """Has evidence for the first item, then raises *error*. Task 102 has no error."""

    error: BaseException | None = None
    in_plan = False
    failing = 101
    holds: bool | None = True

    def plan(self, project, sandbox, answers):
        if self.in_plan and self.task.number == self.failing:
            raise self.error
        return Plan.nothing("")

    def verify(self, project, sandbox, answers):
        if self.task.number == self.failing != 101:
            raise self.error
        first = f"{self.task.number}.1"
        if self.holds is None:
            yield undecided(first, "asked", "no database here")
        else:
            yield shown(first, self.holds, "command", "asked", "fine" if self.holds else "wrong")
        if self.task.number == 101:
            if self.error and self.failing == 101:
                raise self.error
            yield shown("101.2", True, "command", "asked", "fine")
            yield waiting("101.3", "asked", "not yet")


class Run:
    """The engine on a project without Django, whose two tasks have the step `Failing`."""

    def __init__(self, repo, monkeypatch):
        (repo.root / "golive.yaml").write_text(TASKS)
        self.events, self.root = [], repo.root
        checklist = loader.load(repo.root)
        self.engine = Engine(detect(repo.root), checklist, Answers({}), self.events.append)
        self.tasks = [checklist.tasks[101], checklist.tasks[102]]
        monkeypatch.setattr(step, "load", Failing)
        monkeypatch.setattr(Engine, "fingerprint", lambda engine: "same")  # it asks the interpreter
        self.loads = []
        monkeypatch.setattr(Project, "inspect_settings", lambda project: self.loads.append(project) or {})
        self.failing = monkeypatch

    def shows(self, holds):
        self.failing.setattr(Failing, "holds", holds)

    def raises(self, error, *, in_plan=False, task=101):
        self.failing.setattr(Failing, "failing", task)
        self.failing.setattr(Failing, "error", error)
        self.failing.setattr(Failing, "in_plan", in_plan)

    def statuses(self):
        return [self.engine.state.status(item) for item in ("101.1", "101.2", "101.3", "102.1")]

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
    assert [task.number for task in failed] == [101]
    assert [cause in text for text in run.errors()] == [True], run.errors()
    assert "\n" not in run.errors()[0]
    expected = ["open", "open", "open"] if in_plan else ["done", "failed", "open"]
    assert run.statuses() == [*expected, "done"]
    if not in_plan:
        assert cause in run.engine.state.evidence["101.2"].showed
        assert f"not checked, because of an error: {run.errors()[0]}" == run.engine.state.evidence["101.3"].showed


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
    assert state_file.load(run.root).status("101.2") is Status.FAILED


def test_a_check_reports_an_error_and_no_drift(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.raises(FULL)
    assert run.engine.check(run.tasks) == []
    [error] = run.engine.not_checked
    assert [task.number for task in error.tasks] == [101]
    assert [item.id for item in error.items] == ["101.2"], "the first one was checked before the error"
    assert (error.what, error.why) == ("/work/copy/app.py can't be used", "No space left on device")
    assert error.hint
    assert [event for event in run.events if isinstance(event, NotChecked)] == [error]
    assert run.statuses() == ["done", "done", "open", "done"]


def test_an_item_that_fails_before_an_error_drifts(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.raises(FULL)
    run.shows(False)
    assert [evidence.item for evidence in run.engine.check(run.tasks)] == ["101.1", "102.1"]
    assert [item.id for error in run.engine.not_checked for item in error.items] == ["101.2"]
    assert run.statuses() == ["drifted", "done", "open", "drifted"]


def test_tasks_with_the_same_error_are_reported_together(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)

    def fails(project):
        raise ProjectError("The project's interpreter ended unexpectedly", "killed")

    run.failing.setattr(Project, "inspect_settings", fails)
    assert run.engine.check(run.tasks) == []
    [error] = run.engine.not_checked
    assert [task.number for task in error.tasks] == [101, 102]
    assert [item.id for item in error.items] == ["101.1", "101.2", "102.1"]


def test_settings_that_do_not_load_are_drift_of_the_item_that_is_about_that(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)

    def fails(project):
        raise SettingsError(f"{run.root}/shop/settings.py:3: the settings raise SyntaxError", "invalid syntax")

    run.failing.setattr(Project, "inspect_settings", fails)
    [drift] = run.engine.check(run.tasks)
    assert (drift.item, drift.where) == ("102.1", "backend/shop/settings.py:3")
    assert drift.showed == "backend/shop/settings.py:3: the settings raise SyntaxError: invalid syntax"
    assert [item.id for error in run.engine.not_checked for item in error.items] == ["101.1", "101.2"]


@pytest.mark.parametrize("error", [MissingModule("django~=5.2", "no module"), LoadingLimit("The settings are slow")])
def test_a_project_that_does_not_load_because_of_this_machine_has_not_drifted(run, error):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)

    def fails(project):
        raise error

    run.failing.setattr(Project, "inspect_settings", fails)
    assert run.engine.check(run.tasks) == []
    assert len(run.engine.not_checked) == 1


def test_a_recorded_package_that_is_not_installed_is_no_drift(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.failing.setattr(Project, "inspect_settings", lambda project: {"absent": ["django.middleware", "own.code"]})
    run.shows(False)
    assert run.engine.check(run.tasks) == []
    [error] = run.engine.not_checked
    assert (error.what, error.hint) == ("django is not installed", "Install the project's requirements.")


@pytest.mark.parametrize(("module", "drifted"), [("", ["102.1"]), ("nothing", ["102.1"]), ("django.db", [])])
def test_a_project_that_does_not_start_has_drifted_unless_a_recorded_package_is_missing(run, module, drifted):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.raises(StartError("The project doesn't start", "boom", missing_module=module), task=102)
    assert [evidence.item for evidence in run.engine.check(run.tasks)] == drifted
    assert len(run.engine.not_checked) == 1 - len(drifted)


def test_evidence_that_can_not_decide_is_no_drift(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.shows(None)
    assert run.engine.check(run.tasks) == []
    [error] = run.engine.not_checked
    assert error.what == "asked: no database here"
    assert run.statuses() == ["done", "done", "open", "done"]


def test_a_repeated_check_of_a_drifted_item_adds_nothing_to_the_journal(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.shows(False)
    run.engine.check(run.tasks)
    journal = (folder_of(run.root) / "journal.jsonl").read_bytes()
    run.engine.check(run.tasks)
    assert (folder_of(run.root) / "journal.jsonl").read_bytes() == journal
    assert {event.evidence.status for event in run.events if isinstance(event, Ticked)} >= {Status.DRIFTED}


def test_a_drift_names_what_changed_since_the_tick(run):
    (run.root / "shop/settings.py").write_text("DEBUG = False\n")
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    (run.root / "shop/settings.py").write_text("DEBUG = True\n")
    run.shows(False)
    drifts = run.engine.check(run.tasks)
    text = "backend/shop/settings.py:1 was reset to the last commit"
    assert {drift.changed for drift in drifts} == {text}
    events = [event for event in run.events if isinstance(event, Drifted)]
    assert [(event.item.id, event.expected, event.found) for event in events] == [
        ("101.1", "one", "wrong"), ("102.1", "one", "wrong"),
    ]  # fmt: skip
    assert state_file.load(run.root).evidence["101.1"].changed == text
    assert run.engine.check(run.tasks)[0].changed == text, "the point of the tick stays"
    run.shows(True)
    run.engine.check(run.tasks)
    run.shows(False)
    assert run.engine.check(run.tasks)[0].changed == "", "the item was ticked again after the change"


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
    assert [error.what for error in run.engine.not_checked] == ["The deployment failed in task 17"]
    assert run.statuses()[1] is Status.DONE


def test_something_that_an_item_needs_and_that_is_gone_is_drift(run):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    run.raises(NotYetError("The site has no uptime monitor yet"))
    assert "no uptime monitor" in run.engine.check(run.tasks)[0].showed


def test_a_failed_task_keeps_what_was_proven_before_the_error(run):
    run.raises(None)
    run.engine.run(run.tasks)
    run.engine.state.evidence["101.3"] = shown("101.3", True, "command", "asked", "earlier")
    run.raises(FULL)
    run.engine.run(run.tasks)
    assert run.statuses()[:3] == ["done", "failed", "done"]


@pytest.fixture
def searched(monkeypatch):
    """The errors whose cause was searched for, which may read the whole project."""
    errors, of_error = [], drift_check.of_error
    monkeypatch.setattr(drift_check, "of_error", lambda *about: errors.append(about[0]) or of_error(*about))
    return errors


def test_the_cause_of_an_error_that_prevents_all_checks_is_found_once(run, searched):
    run.raises(None)
    run.engine.run(run.tasks, keep_going=True)
    error = LoadingLimit("The settings are slow")
    run.failing.setattr(Project, "inspect_settings", lambda project: (_ for _ in ()).throw(error))
    run.engine.check(run.tasks)
    assert searched == [error]
