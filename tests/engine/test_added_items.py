"""The checks of a task can add items to it, as task 21 does for the resources of the project that it finds."""

from __future__ import annotations

from tests.engine.test_step_errors import Run
from wizard import step
from wizard.checklist.evidence import Status, shown
from wizard.checklist.model import Item
from wizard.plan.actions import Plan
from wizard.step import Step


class Finding(Step):
    """A task that finds a resource with an error while it is checked."""

    def plan(self, project, sandbox, answers):
        return Plan.nothing("")

    def verify(self, project, sandbox, answers):
        yield shown(f"{self.task.number}.1", True, "command", "asked", "fine")
        added = f"{self.task.number}.9"
        self.task.put(Item(added, "Ghosts: create", "auto", "Resources"))
        yield shown(added, False, "request", "POST /ghosts/new/", "500")


def test_the_evidence_of_an_item_that_the_checks_add_is_recorded(repo, monkeypatch):
    run = Run(repo, monkeypatch)
    monkeypatch.setattr(step, "load", Finding)
    run.engine.run(run.tasks[:1])
    added = f"{run.tasks[0].number}.9"
    assert run.engine.state.status(added) is Status.FAILED
    assert run.engine.state.evidence[added].showed == "500"
