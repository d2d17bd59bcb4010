"""A task can find that an item of another task is no longer true, such as what the running service shows."""

from __future__ import annotations

import pytest

from tests.engine.test_step_errors import Run
from wizard import step
from wizard.checklist.evidence import Status, shown
from wizard.engine.events import Ticked
from wizard.plan.actions import Plan
from wizard.step import Step


class Contradicting(Step):
    """Task 101 proves its first item. Task 102 contradicts it if *contradicts* is set."""

    contradicts = False

    def plan(self, project, sandbox, answers):
        return Plan.nothing("")

    def verify(self, project, sandbox, answers):
        yield shown(f"{self.task.number}.1", True, "command", "asked", "fine")
        if self.task.number == 102 and self.contradicts:
            for found in ("DEBUG is on", "the port is wrong"):
                yield shown("101.1", False, "process", "asked the process", found, where="Procfile:1")


@pytest.fixture
def run(repo, monkeypatch):
    made = Run(repo, monkeypatch)
    monkeypatch.setattr(step, "load", Contradicting)
    made.ran = made.engine.run(made.tasks)
    return made


def test_a_check_reports_it_as_drift_of_that_item(run, monkeypatch):
    assert run.engine.check(run.tasks) == []
    monkeypatch.setattr(Contradicting, "contradicts", True)
    run.events.clear()
    [drift] = run.engine.check(run.tasks)
    assert (drift.item, drift.status, drift.showed) == ("101.1", Status.DRIFTED, "DEBUG is on; the port is wrong")
    assert (drift.expected, drift.where) == ("one", "Procfile:1")
    assert run.engine.state.status("101.1") is Status.DRIFTED
    last = [event.evidence for event in run.events if isinstance(event, Ticked) and event.item.id == "101.1"][-1]
    assert (last.status, last.where) == (Status.DRIFTED, "Procfile:1")
    assert len(run.engine.check(run.tasks)) == 1, "it is still drifted, once"
    monkeypatch.setattr(Contradicting, "contradicts", False)
    assert run.engine.check(run.tasks) == []
    assert run.engine.state.status("101.1") is Status.DONE


def test_a_run_takes_the_tick_back(run, monkeypatch):
    assert run.engine.state.status("101.1") is Status.DONE
    monkeypatch.setattr(Contradicting, "contradicts", True)
    run.engine.run(run.tasks)
    assert run.engine.state.status("101.1") is Status.FAILED
