"""A step whose questions and actions all come from the target."""

from __future__ import annotations

from typing import ClassVar

from wizard.checklist.answers import Answers, Question
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class TargetStep(Step):
    """Base of the steps that change nothing in the project: the plan has only the target's actions at *stage*."""

    stage: ClassVar[Stage]

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return sandbox.target.questions(self.stage)

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.of(*sandbox.target.actions(self.stage), remarks=sandbox.target.remarks(self.stage))
