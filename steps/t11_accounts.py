"""Task 11, Sign Up for Services: who carries the site, who hears of its errors, who watches it.

On the local target stand-ins take the place of all three; each is asked the question its service would be asked. At
Railway a service without an account is stood in for, and says which items stay open.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.registry import names
from wizard.targets.sandbox import Sandbox


class Accounts(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        if not sandbox.answers.present:  # headless, the command line says it
            return []
        why = "local rehearses production on this machine and needs no account; railway deploys for the world to see."
        return [Question("target", "Where is production?", sandbox.name, why, names(), needed=True)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.of(*sandbox.target.actions(Stage.ACCOUNTS), remarks=sandbox.target.remarks(Stage.ACCOUNTS))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        for item, account in zip(("11.1", "11.2", "11.3"), sandbox.target.account_statuses(), strict=True):
            yield sandbox.evidence_of(item, account)


STEP = Accounts
