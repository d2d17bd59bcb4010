"""Task 21, Functionality Testing: every journey of a customer and of the staff against the deployed site.

The project's own resources, which the checklist does not name, become further items.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import derived_journeys, journey_evidence
from steps.shared.parts import Parts
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.state import generated_items
from wizard.step import Step
from wizard.targets.sandbox import Sandbox


class Functionality(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return derived_journeys.question(sandbox)

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("Nothing to change. Golive uses the site as a new visitor, with the flows of golive.yaml.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            outcomes = journey_evidence.run_all(sandbox, site)
            journeys = derived_journeys.explore(project, sandbox, site)
        parts = Parts()
        generated = generated_items.stored(sandbox.facts.state.facts)
        flows = frozenset(flow.item for flow in sandbox.target.config.journeys)
        for item in self.task.items:
            if item.id not in generated or item.id in flows:
                yield from parts.of(journey_evidence.collect_evidence(sandbox, item.id, outcomes, journeys))
        yield from parts.of(derived_journeys.resource_evidence(sandbox, journeys, flows))
        parts.finish()


STEP = Functionality
