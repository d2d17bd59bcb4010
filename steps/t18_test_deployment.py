"""Task 18, Test Deployment: use the site as a visitor does, and its admin as a superuser does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from steps.shared import background_work, journey_evidence
from steps.shared.accounts import ensure_superuser, list_addresses, superuser_fields
from steps.shared.login_form import log_in
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.site.session import Site, new_client_address
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class TestDeployment(Step):
    __test__ = False  # not a test class for pytest

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return sandbox.target.questions(Stage.TEST)

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        target = sandbox.target
        actions = target.actions(Stage.TEST)
        account = target.superuser_password_action(superuser_fields(project)[1]) if actions else None
        return Plan.of(account, *actions, remarks=target.remarks(Stage.TEST))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            yield from self._health(sandbox, site)
            yield from self._admin(project, sandbox, site)
            yield self._endpoints(project, sandbox, site)
            outcomes = journey_evidence.run_all(sandbox, site)
            for item in ("18.7", "18.8"):
                yield from journey_evidence.collect_evidence(sandbox, item, outcomes)

    def _health(self, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        health = site.get("/health/")
        ok = health.status_code == 200
        yield sandbox.evidence("18.1", ok, "request", f"GET https://{site.host}/health/", f"{health.status_code}")
        is_json = "json" in health.headers.get("content-type", "")
        healthy = ok and is_json and health.json() == {"status": "healthy"}
        yield sandbox.evidence("18.2", healthy, "request", "the response body", health.text[:60])

    def _admin(self, project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        login = next((url.path for url in project.urls if url.name == "admin:login"), "")
        if not login:
            for item in ("18.3", "18.4", "18.5"):
                yield not_applicable(item, "searched all URL patterns", "the project has no admin")
            return
        page = site.get(login)
        reached = page.status_code == 200 or page.is_redirect
        yield sandbox.evidence("18.3", reached, "request", f"GET https://{site.host}{login}", f"{page.status_code}")
        account = ensure_superuser(sandbox)
        failure = account.get("failed", "")
        showed = failure or f"{account['username']} exists"
        yield sandbox.evidence("18.4", not failure, "command", "manage.py createsuperuser --noinput", showed)
        if failure:
            return
        names = [account["username"], account["email"]]
        logged_in, showed = log_in(site, login.removesuffix("login/"), new_client_address(), names, account["password"])
        yield sandbox.evidence("18.5", logged_in, "request", "the login form, sent as a browser does", showed)

    def _endpoints(self, project: Project, sandbox: Sandbox, site: Site) -> Evidence:
        """Every URL without a parameter responds, and none with a server error."""
        statuses = {path: site.get(path).status_code for path in list_addresses(project)}
        errors = [f"{path} {status}" for path, status in statuses.items() if status >= 500]
        if needs := background_work.open_reason(project, [path for path, status in statuses.items() if status >= 500]):
            return waiting("18.6", "every URL without a parameter", needs)
        counts = ", ".join(f"{status} × {count}" for status, count in sorted(Counter(statuses.values()).items()))
        showed = f"server errors: {', '.join(errors[:5])}" if errors else f"{len(statuses)} URLs: {counts}"
        ok = bool(statuses) and not errors
        return sandbox.evidence("18.6", ok, "request", "every URL without a parameter", showed)


STEP = TestDeployment
