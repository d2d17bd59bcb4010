"""Task 17, Deploy: deploy the service, check its log and request its public domain.

A site with WebSockets also has to accept the handshake of one, through everything between a visitor and the service.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import websockets
from steps.shared.target_step import TargetStep
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, waiting
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
            handshake = websockets.opened(project, sandbox, site)
        url, answered = f"https://{site.host}/health/", response.status_code == 200
        showed = f"{response.status_code}" + (f"; {handshake.showed}" if handshake else "")
        if answered and handshake and handshake.holds is None:
            yield waiting("17.3", url, showed)
        else:
            holds = answered and (handshake is None or handshake.holds is True)
            yield sandbox.evidence("17.3", holds, "request", url, showed)
        if connection := target.connection_status():
            yield sandbox.evidence_of("13.3", connection)


STEP = Deploy
