"""Task 18, Test Deployment: the site as visitors meet it, through the edge; and the admin as its owner does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from steps.shared import journey_evidence
from steps.shared.accounts import ensure_superuser, list_addresses, superuser_fields
from steps.shared.login_form import log_in
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.site.session import Site, fresh_client
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class TestDeployment(Step):
    __test__ = False  # the name is the checklist's

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return sandbox.target.questions(Stage.TEST)

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        there = sandbox.target
        account = there.owner_secrets(superuser_fields(project)[1]) if there.actions(Stage.TEST) else None
        return Plan.of(account, *there.actions(Stage.TEST), remarks=there.remarks(Stage.TEST))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        there = sandbox.target
        with there.site() as site:
            health = site.get("/health/")
            yield sandbox.evidence(
                "18.1",
                health.status_code == 200,
                "request",
                f"GET https://{site.host}/health/",
                f"{health.status_code}",
            )
            right = (
                health.status_code == 200
                and "json" in health.headers.get("content-type", "")
                and health.json() == {"status": "healthy"}
            )
            yield sandbox.evidence("18.2", right, "request", "its body", health.text[:60])
            yield from self._admin(project, sandbox, site)
            yield self._endpoints(project, sandbox, site)
            outcomes = journey_evidence.run_all(sandbox, site)
            for item in ("18.7", "18.8"):
                yield from journey_evidence.collect_evidence(sandbox, item, outcomes)

    def _admin(self, project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        login = next((url.path for url in project.urls if url.name == "admin:login"), "")
        if not login:
            for item in ("18.3", "18.4", "18.5"):
                yield not_applicable(item, "all URL patterns were searched", "there is no admin")
            return
        page = site.get(login)
        reached = page.status_code == 200 or page.is_redirect
        yield sandbox.evidence("18.3", reached, "request", f"GET https://{site.host}{login}", f"{page.status_code}")
        account = ensure_superuser(sandbox)
        made = account.get("failed", "")
        told = made or f"{account['username']} is there"
        yield sandbox.evidence("18.4", not made, "command", "manage.py createsuperuser --noinput", told)
        if made:
            return
        names = [account["username"], account["email"]]
        entered = log_in(site, login.removesuffix("login/"), fresh_client(), names, account["password"])
        yield sandbox.evidence("18.5", entered[0], "request", "the login form, as a browser sends it", entered[1])

    def _endpoints(self, project: Project, sandbox: Sandbox, site: Site) -> Evidence:
        """Every address that can be asked for without a parameter answers, and none breaks."""
        answers = {path: site.get(path).status_code for path in list_addresses(project)}
        broken = [f"{path} {status}" for path, status in answers.items() if status >= 500]
        counted = ", ".join(f"{status} × {count}" for status, count in sorted(Counter(answers.values()).items()))
        told = f"{len(answers)} addresses: {counted}" if not broken else "broken: " + ", ".join(broken[:5])
        return sandbox.evidence(
            "18.6", bool(answers) and not broken, "request", "every address without a parameter", told
        )


STEP = TestDeployment
