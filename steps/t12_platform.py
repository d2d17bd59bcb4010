"""Task 12, Set Up Railway Project: a place for the service, a database beside it, and the database's address."""

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
        there = sandbox.target
        yield sandbox.evidence_of("12.1", there.project_status())
        yield sandbox.evidence_of("12.2", there.database_status())
        yield sandbox.evidence_of("12.3", there.database_url_status())
        if made := there.backup_schedule_status():
            yield sandbox.evidence_of("pre-launch.5", made)


STEP = Platform
