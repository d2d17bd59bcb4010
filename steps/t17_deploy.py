"""Task 17, Deploy: the service goes up, its log is read, its address answers."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.verification import Target


class Deploy(Step):
    def questions(self, project: Project, target: Target) -> list[Question]:
        return target.production.questions(17)

    def plan(self, project: Project, target: Target, answers: Answers) -> Plan:
        return Plan.of(*target.production.actions(17), remarks=target.production.remarks(17))

    def verify(self, project: Project, target: Target, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        yield target.told("17.1", there.up())
        yield target.told("17.2", there.logged())
        with there.site() as site:
            answer = site.get("/health/")
        address = f"https://{site.host}/health/"
        yield target.seen("17.3", answer.status_code == 200, "request", address, f"{answer.status_code}")
        if inside := there.connected():
            yield target.told("13.3", inside)


STEP = Deploy
