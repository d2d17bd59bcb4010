"""Task 6, Coffee Break: a timer of fifteen minutes in a guided session. An unattended run skips it."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, Status
from wizard.plan.actions import Plan, Wait
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox


class CoffeeBreak(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        if answers.get("break"):
            return Plan.nothing("The break is over.")
        if not answers.present:
            return Plan.nothing("An unattended run takes no break.")
        return Plan.of(Wait(self.task.minutes))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        taken = answers.get("break")
        kind, showed = ("note", taken) if taken else ("skipped", "skipped: an unattended run takes no break")
        yield Evidence("6.1", Status.DONE, kind, f"{self.task.minutes} minutes", showed)


STEP = CoffeeBreak
