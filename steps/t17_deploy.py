"""Task 17, Deploy: deploy the service, check its log and request its public domain.

What the running service uses is compared to what the tasks before judged. Evidence that it contradicts is taken back.

A site with WebSockets also has to accept the handshake of one, through everything between a visitor and the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.shared import running_service, websockets
from steps.shared.accounts import failing_addresses
from steps.shared.target_step import TargetStep
from wizard.base.errors import StepError
from wizard.base.secrets import excerpt
from wizard.base.wording import plural
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, Status, waiting
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.project.start_sources import find
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

NO_TABLE = re.compile(r"no such table|relation \"[^\"]+\" does not exist|UndefinedTable|Table '[^']+' doesn't exist")
"""How SQLite, PostgreSQL and MySQL report a missing table."""
MOST_PAGES = 10


class Deploy(TargetStep):
    stage = Stage.DEPLOY

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        target = sandbox.target
        try:
            deployed = sandbox.evidence_of("17.1", target.deployment_status())
        except StepError as error:
            if target.real:
                raise
            yield from running_service.evidence(sandbox)  # the process may have told why, before it was stopped
            raise running_service.explained(sandbox, error) from error
        if deployed.status is Status.OPEN:
            yield deployed
        else:
            yield from running_service.evidence(sandbox, deployed)
        yield sandbox.evidence_of("17.2", target.log_status())
        with target.site() as site:
            response = site.get("/health/")
            handshake = websockets.opened(project, sandbox, site)
        url, answered = f"https://{site.host}/health/", response.status_code == 200
        showed = (
            f"{response.status_code}"
            + ("" if answered else f" {excerpt(response.text, 60)}")
            + (f"; {handshake.showed}" if handshake else "")
        )
        if answered and handshake and handshake.holds is None:
            yield waiting("17.3", url, showed)
        else:
            holds = answered and (handshake is None or handshake.holds is True)
            expected = "200 from the health URL"
            yield sandbox.evidence("17.3", holds, "request", url, showed, expected=expected)
        if connection := target.connection_status():
            yield sandbox.evidence_of("13.3", connection)
        yield from self._tables(project, sandbox)

    def _tables(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        """Evidence against a deployment whose database lacks tables of the project."""
        if missing := _missing_tables(project, sandbox):
            source = find(project.root, project.top)
            where = project.display_path(source.path) if source.path.is_file() else ""
            ran, expected = "the database of the running service", "a deployment with all tables in its database"
            yield sandbox.evidence("17.1", False, "command", ran, missing, expected=expected, where=where)
            sandbox.target.reject(missing)


def _missing_tables(project: Project, sandbox: Sandbox) -> str:
    """Say what the database of the running service lacks; empty if pages that read it answer.

    A health check connects, but reads no table. A rehearsal's database can be asked for its migrations.
    """
    target = sandbox.target
    if not target.real:
        answer = project.ask("unapplied", environment=target.environment())
        if error := AgentError.of(answer):
            return f"the database can't be read: {error}"
        unapplied = answer["unapplied"]
        return f"{plural(len(unapplied), 'migration')} not applied, the first: {unapplied[0]}" if unapplied else ""
    with target.site() as site:
        failing = failing_addresses(project, site, MOST_PAGES)
    missing = [line for line in target.log_error_lines() if NO_TABLE.search(line)] if failing else []
    return f"{failing[0]} answers an error: {excerpt(missing[-1], 200)}" if missing else ""


STEP = Deploy
