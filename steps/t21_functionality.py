"""Task 21, Functionality Testing: every journey of a customer and of the staff, as flows against the deployed site."""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import journey_evidence
from steps.shared.parts import Parts
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox


class Functionality(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("Nothing to change. Golive runs the flows of golive.yaml as a new visitor.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            outcomes = journey_evidence.run_all(sandbox, site)
        parts = Parts()
        for item in self.task.items:
            yield from parts.of(journey_evidence.collect_evidence(sandbox, item.id, outcomes))
        parts.finish()


STEP = Functionality
