"""Task 17, Deploy: deploy the service, read its log, and request its health URL."""

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
        target = sandbox.target
        yield sandbox.evidence_of("17.1", target.deployment_status())
        yield sandbox.evidence_of("17.2", target.log_status())
        with target.site() as site:
            response = site.get("/health/")
        address = f"https://{site.host}/health/"
        yield sandbox.evidence("17.3", response.status_code == 200, "request", address, f"{response.status_code}")
        if connection := target.connection_status():
            yield sandbox.evidence_of("13.3", connection)


STEP = Deploy
