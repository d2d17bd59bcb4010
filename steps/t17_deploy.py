"""Task 17, Deploy: the service goes up, its log is read, its address answers."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class Deploy(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return sandbox.target.questions(Stage.DEPLOY)

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.of(*sandbox.target.actions(Stage.DEPLOY), remarks=sandbox.target.remarks(Stage.DEPLOY))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        there = sandbox.target
        yield sandbox.evidence_of("17.1", there.deployment_status())
        yield sandbox.evidence_of("17.2", there.log_status())
        with there.site() as site:
            answer = site.get("/health/")
        address = f"https://{site.host}/health/"
        yield sandbox.evidence("17.3", answer.status_code == 200, "request", address, f"{answer.status_code}")
        if inside := there.connection_status():
            yield sandbox.evidence_of("13.3", inside)


STEP = Deploy
