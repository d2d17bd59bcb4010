"""Task 11, Sign Up for Services: who carries the site, who hears of its errors, who watches it.

On the local target stand-ins take the place of all three; each is asked the question its service would be asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers import Answers
from wizard.evidence import Evidence
from wizard.plan import Plan
from wizard.project import Project
from wizard.step import Step
from wizard.targets.local import LocalTarget


class Accounts(Step):
    def plan(self, project: Project, answers: Answers) -> Plan:
        return Plan.nothing("The rehearsal needs no account; the real deployment will need all three.")

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        files = len(project.copy.files())
        yield target.seen("11.1", files > 0, "service", "the place to deploy to", f"this machine takes {files} files")
        names = there.sentry.projects()
        yield target.seen("11.2", bool(names), "service", "the error service's projects", ", ".join(names) or "none")
        account = there.uptimerobot.account()
        told = f"{account['email']}, {account['monitorsCount']} of {account['monitorLimit']} monitors"
        yield target.seen("11.3", bool(account["email"]), "service", "the monitor's account", told)


STEP = Accounts
