"""Task 12, Set Up Railway Project: create the project, its service and its database, and read DATABASE_URL."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class Platform(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return sandbox.target.questions(Stage.PLATFORM)

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.of(*sandbox.target.actions(Stage.PLATFORM), remarks=sandbox.target.remarks(Stage.PLATFORM))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        target = sandbox.target
        yield sandbox.evidence_of("12.1", target.project_status())
        yield sandbox.evidence_of("12.2", target.database_status())
        yield sandbox.evidence_of("12.3", target.database_url_status())
        if backups := target.backup_schedule_status():
            yield sandbox.evidence_of("pre-launch.5", backups)


STEP = Platform
