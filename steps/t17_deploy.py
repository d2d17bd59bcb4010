"""Task 17, Deploy: the service goes up, its log is read, its address answers."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers import Answers
from wizard.evidence import Evidence
from wizard.plan import Plan
from wizard.project import Project
from wizard.step import Step
from wizard.targets.local import LocalTarget


class Deploy(Step):
    def plan(self, project: Project, answers: Answers) -> Plan:
        return Plan.nothing("The service is built and started as the platform would.")

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        there.redeploy()
        obeyed = there.deployment.stop()
        there.start_again()
        told = f"healthy on {there.database.what}" + (
            f", with placeholders for {missing}" if (missing := ", ".join(project.unset)) else ""
        )
        told += "; stops by SIGTERM" if obeyed else "; SIGTERM does not reach the server: `exec` is missing before it"
        yield target.seen("17.1", obeyed, "command", "the Procfile's web command", told)
        errors = there.deployment.errors()
        told = f"{len(there.deployment.log)} lines, no error" if not errors else errors[0][:200]
        yield target.seen("17.2", not errors, "record", "the service's log", told)
        with there.site() as site:
            answer = site.get("/health/")
        yield target.seen(
            "17.3", answer.status_code == 200, "request", f"https://{site.host}/health/", f"{answer.status_code}"
        )


STEP = Deploy
