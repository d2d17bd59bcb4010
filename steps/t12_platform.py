"""Task 12, Set Up Railway Project: a place for the service, a database beside it, and the database's address."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.verification import Target


class Platform(Step):
    def questions(self, project: Project, target: Target) -> list[Question]:
        return target.production.questions(12)

    def plan(self, project: Project, target: Target, answers: Answers) -> Plan:
        return Plan.of(*target.production.actions(12), remarks=target.production.remarks(12))

    def verify(self, project: Project, target: Target, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        yield target.told("12.1", there.place())
        yield target.told("12.2", there.data())
        yield target.told("12.3", there.data_address())
        if made := there.backups():
            yield target.told("pre-launch.5", made)


STEP = Platform
