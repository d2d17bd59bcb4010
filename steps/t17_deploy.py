"""Task 17, Deploy: deploy the service, check its log and request its public domain."""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared.target_step import TargetStep
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.project.project import Project
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class Deploy(TargetStep):
    stage = Stage.DEPLOY

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        target = sandbox.target
        yield sandbox.evidence_of("17.1", target.deployment_status())
        yield sandbox.evidence_of("17.2", target.log_status())
        with target.site() as site:
            response = site.get("/health/")
        url = f"https://{site.host}/health/"
        yield sandbox.evidence("17.3", response.status_code == 200, "request", url, f"{response.status_code}")
        if connection := target.connection_status():
            yield sandbox.evidence_of("13.3", connection)


STEP = Deploy
