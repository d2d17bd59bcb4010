"""The step of a task that you do by hand. Your note on an item is its evidence."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, Status, waiting
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox


class Manual(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("Do this task by hand, then confirm each item with a note.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        for item in self.task.items:
            if note := answers.get(f"done.{item.id}"):
                yield Evidence(item.id, Status.DONE, "note", "confirmed by hand", note)
            else:
                yield waiting(item.id, "", "needs your confirmation")


STEP = Manual
