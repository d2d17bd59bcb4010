"""A task whose items a person confirms; the note given is the evidence."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, Status, waiting
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox


class ByHand(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("A person does this one, and says what was seen.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        for item in self.task.items:
            if note := answers.get(f"done.{item.id}"):
                yield Evidence(item.id, Status.DONE, "note", "a person looked", note)
            else:
                yield waiting(item.id, "", "waits for a person")


STEP = ByHand
