"""Task 21, Functionality Testing: every journey of a customer and of the staff, as flows against the deployed site."""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import journey_evidence
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.verification import Target


class Functionality(Step):
    def plan(self, project: Project, target: Target, answers: Answers) -> Plan:
        return Plan.nothing("The flows of golive.yaml are run as a new visitor.")

    def verify(self, project: Project, target: Target, answers: Answers) -> Iterator[Evidence]:
        with target.production.site() as site:
            outcomes = journey_evidence.run_all(target, site)
        for item in self.task.items:
            yield from journey_evidence.evidence(target, item.id, outcomes)


STEP = Functionality
