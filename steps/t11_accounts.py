"""Task 11, Sign Up for Services: accounts for hosting, error reports and monitoring.

The local target replaces all three services with stubs and checks each stub as it would check the service. At Railway,
a service without an account is replaced by a stub, and the evidence names the items that stay open.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared.target_step import TargetStep
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.project.project import Project
from wizard.targets import registry
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class Accounts(TargetStep):
    stage = Stage.ACCOUNTS

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        if not sandbox.answers.present:  # a headless run gets its target from the command line
            return []
        return [registry.question(sandbox.name)]

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        for item, status in zip(("11.1", "11.2", "11.3"), sandbox.target.account_statuses(), strict=True):
            yield sandbox.evidence_of(item, status)


STEP = Accounts
