"""Task 18, Test Deployment: use the site as a visitor does, and its admin as a superuser does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import httpx

from steps.shared import admin_guard, background_work, derived_journeys, journey_evidence, redis_literals
from steps.shared.accounts import ensure_superuser, list_addresses, superuser_fields
from steps.shared.health_answer import find_leak, is_healthy
from steps.shared.login_form import log_in
from steps.shared.own_answers import follow, other_host, problem
from steps.shared.page_answers import read_pages
from steps.shared.page_details import is_blank
from steps.shared.parts import Parts
from steps.shared.view_functions import place_of_path
from wizard.base.errors import SiteError
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.site.session import Site, new_client_address
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

ADMIN_LOGIN = re.compile(r"^django\.contrib\.admin\.(sites|options)\.(AdminSite\.)?login$")
MOST_ADMINS = 4
SECOND_STEP = re.compile(
    r": 302, then .*redirected to \S*(?:confirm|verif|otp|code|2fa|mfa|authenticate|two[_-]?factor)"
)
"""How a log-in ends that asks for more than the password."""
SERVER_ERROR = re.compile(r": 5\d\d\b")
MISSING_ROW = re.compile(r"\w* ?matching query does not exist\.")
"""What Django says of a row that the project's own code expects in the database."""


class TestDeployment(Step):
    __test__ = False  # not a test class for pytest

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return [*sandbox.target.questions(Stage.TEST), *derived_journeys.question(sandbox)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        target = sandbox.target
        actions = target.actions(Stage.TEST)
        account = target.superuser_password_action(superuser_fields(project)[1]) if actions else None
        remarks = (*target.remarks(Stage.TEST), *redis_literals.remarks(project))
        return Plan.of(account, *actions, remarks=remarks)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        with sandbox.target.site() as site:
            yield from self._health(project, sandbox, site)
            yield from self._admin(project, sandbox, site)
            yield self._endpoints(project, sandbox, site)
            outcomes = journey_evidence.run_all(sandbox, site)
            journeys, parts = derived_journeys.explore(project, sandbox, site), Parts()
            for item in ("18.7", "18.8"):
                yield from parts.of(journey_evidence.collect_evidence(sandbox, item, outcomes, journeys))
            parts.finish()

    def _health(self, project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        health = site.get("/health/")
        ok = health.status_code == 200
        yield sandbox.evidence("18.1", ok, "request", f"GET https://{site.host}/health/", f"{health.status_code}")
        leak, expected = find_leak(project, health), "200 that says healthy, without details of the site"
        showed = excerpt(health.text, 60) + (f", with details that visitors must not see: {leak}" if leak else "")
        holds = is_healthy(health) and not leak
        where = place_of_path(project, "/health/")
        yield sandbox.evidence("18.2", holds, "request", "the response body", showed, expected=expected, where=where)

    def _admin(self, project: Project, sandbox: Sandbox, site: Site) -> Iterator[Evidence]:
        login = _login_address(project, site)
        if not login:
            for item in ("18.3", "18.4", "18.5"):
                yield not_applicable(item, "searched all URL patterns", "the project has no admin")
            return
        first = site.get(login)
        place, page = follow(site, login, first)
        elsewhere = other_host(site, page)
        reached = page.status_code == 200 and ("<form" in page.text.lower() or (place != login and not is_blank(page)))
        showed = f"{first.status_code}"
        if place != login:
            showed += f", then {place} {page.status_code}"
        showed += f", leads to {elsewhere}" if elsewhere else ", without a login form" * (not reached)
        ran, expected = f"GET https://{site.host}{login}", "200 with a login form"
        yield sandbox.evidence("18.3", reached, "request", ran, showed, expected=expected)
        account = ensure_superuser(sandbox)
        failure = account.get("failed", "")
        ran = "manage.py createsuperuser --noinput"
        if failure and (lacking := MISSING_ROW.search(failure)):
            why = f"the site needs rows that a new database lacks: {lacking[0]} Load them after `migrate`"
            yield waiting("18.4", ran, why)
            yield waiting("18.5", ran, why)
            return
        yield sandbox.evidence("18.4", not failure, "command", ran, failure or f"{account['username']} exists")
        if failure:
            return
        names = [account["username"], account["email"]]
        logged_in, showed = log_in(site, login.removesuffix("login/"), new_client_address(), names, account["password"])
        ran = "the login form, sent as a browser does"
        if not logged_in and SECOND_STEP.search(showed):
            why = f"the site accepts the password, and asks for a further step: {showed}. Log in yourself to see it"
            yield waiting("18.5", ran, why)
            return
        if not logged_in and not SERVER_ERROR.search(showed) and (app := admin_guard.factor_app(project)):
            why = f"{app} asks for a code as well as the password: {showed}. Log in yourself to see it"
            yield waiting("18.5", ran, why)
            return
        yield sandbox.evidence("18.5", logged_in, "request", ran, showed)

    def _endpoints(self, project: Project, sandbox: Sandbox, site: Site) -> Evidence:
        """Every URL without a parameter responds, none with a server error or a redirect to a wrong host."""
        answers = read_pages(site, list_addresses(project))
        responses = answers.complete
        broken = list[str]()
        for path, response in responses.items():
            try:
                broken += filter(None, [_problem(site, path, response)])
            except SiteError as error:
                answers.silent.append(f"{path} leads on: {error}")
        broken += [f"{path} {status}" for path, status in answers.endless.items() if status >= 500]
        failing = [path for path, response in responses.items() if response.status_code >= 500]
        if needs := background_work.open_reason(project, failing, sandbox.target):
            return waiting("18.6", "every URL without a parameter", needs)
        statuses = Counter([*(each.status_code for each in responses.values()), *answers.endless.values()])
        counts = ", ".join(f"{status} × {count}" for status, count in sorted(statuses.items()))
        away = {host for response in responses.values() if (host := other_host(site, response))}
        counts += f"; some lead to {', '.join(sorted(away))}" if away else ""
        if answers.silent and not broken:
            why = f"{'; '.join(answers.silent)}. If a page never ends on purpose, add it to skip_urls in golive.yaml"
            return waiting("18.6", "every URL without a parameter", f"{counts}. {why}")
        count = len(responses) + len(answers.endless)
        showed = f"broken: {', '.join(broken[:5])}" if broken else f"{count} URLs: {counts}"
        ok, expected = bool(count) and not broken, "an answer of its own from every URL"
        if broken:
            showed += ". If one raises on purpose, add it to skip_urls in golive.yaml"
        where = place_of_path(project, failing[0]) if failing else ""
        ran = "every URL without a parameter"
        return sandbox.evidence("18.6", ok, "request", ran, showed, expected=expected, where=where)


def _login_address(project: Project, site: Site) -> str:
    """The login of the admin: of several admins, the first that shows a form. Empty without an admin."""
    found = [url.path for url in project.urls if url.name == "admin:login"]
    found += [url.path for url in project.urls if ADMIN_LOGIN.search(url.view) and url.path not in found]
    for path in found[:MOST_ADMINS] if len(found) > 1 else ():
        _, page = follow(site, path, site.get(path))
        if page.status_code == 200 and "<form" in page.text.lower():
            return path
    return found[0] if found else ""


def _problem(site: Site, path: str, response: httpx.Response) -> str:
    """Why *response* to *path*, or the page to which it redirects, is no answer of a view; empty if it is one."""
    if text := problem(site, path, response):
        return text
    place, final = follow(site, path, response) if response.is_redirect else (path, response)
    if final.is_redirect and not other_host(site, final):
        return f"{path} redirects in a loop at {excerpt(place, 80)}"
    return f"{path} leads to {excerpt(place, 80)} {final.status_code}" if final.status_code >= 500 else ""


STEP = TestDeployment
