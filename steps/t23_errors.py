"""Task 23, Error Testing: check the site's own 404 and 500 pages, and the report of an error in Sentry.

A temporary plan adds a view that raises an exception. Golive rolls it back byte for byte after the check, or in the
next run if this one is killed. Sentry's SDK does not report 404s, by design.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from steps.shared.accounts import ensure_superuser
from steps.shared.error_pages import find_fault, is_frontend
from steps.shared.login_form import find_login_form, log_in
from steps.shared.own_answers import follow
from steps.shared.page_details import probe
from steps.shared.problem import Problem
from steps.shared.sentry_events import RAISED, describe_event, place_of_loss
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.editing.syntax import assignments
from wizard.plan.actions import Assist, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.site.session import Site, cookie_header, new_client_address
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

ROUTE = "golive-broken-on-purpose/"
VIEW = f'''

def golive_broken_on_purpose(request):
    raise RuntimeError("{RAISED}")


golive_broken_on_purpose.login_required = False  # for LoginRequiredMiddleware
urlpatterns = [path("{ROUTE}", golive_broken_on_purpose), *urlpatterns]
'''


class Visitor:
    """Requests pages; as the superuser once the site asks for a login before it looks for a page."""

    def __init__(self, sandbox: Sandbox, site: Site) -> None:
        self._sandbox, self._site, self._jar, self.role = sandbox, site, httpx.Cookies(), ""

    def get(self, path: str) -> httpx.Response:
        response = self._request(path)
        if self.role or not self._asks_for_login(path, response):
            return response
        account = ensure_superuser(self._sandbox)
        if "failed" in account:
            return response
        names = [account["username"], account["email"]]
        log_in(self._site, path, new_client_address(), names, account["password"], self._jar)
        self.role = " as the superuser"
        return self._request(path)

    def _request(self, path: str) -> httpx.Response:
        return self._site.get(path, headers={**probe(), **cookie_header(self._jar)})

    def _asks_for_login(self, path: str, response: httpx.Response) -> bool:
        return response.is_redirect and find_login_form(follow(self._site, path, response)[1].text) is not None


class ErrorTesting(Step):
    temporary = True

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        if sandbox.target.failure:
            return Plan.nothing("The last deployment failed. Golive adds no view until the site is deployed.")
        urls, draft = project.urls_file, Draft()
        source = draft.source(urls, "a view that raises, for this check only") if urls else None
        if source is None or not assignments(source.tree, "urlpatterns"):
            return Plan.of(Assist("23.4", "in the root urls.py", VIEW, "its urlpatterns are not a plain list"))
        if RAISED in source.text:
            return Plan.nothing("The view that raises is already there.")
        source.add_import("from django.urls import path")
        source.append(VIEW)
        target = sandbox.target
        return Plan.of(*draft.actions(), *target.actions(Stage.ERRORS), remarks=target.remarks(Stage.ERRORS))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        target = sandbox.target
        before = target.sentry.event_ids()
        with target.site() as site:
            visitor = Visitor(sandbox, site)
            missing, raised = visitor.get("/nonexistent"), visitor.get(f"/{ROUTE}")
            if missing.is_redirect:  # by APPEND_SLASH, where a pattern matches every URL with a slash
                missing = visitor.get("/nonexistent/")
            everything_matches = is_frontend(missing) and is_frontend(site.get("/nonexistent-too"))
        ran = f"GET https://{target.host}/nonexistent{visitor.role}"
        if everything_matches:
            for item in ("23.1", "23.2"):
                yield not_applicable(item, ran, "200: the frontend responds to every URL and shows the 404 itself")
        else:
            is_404 = missing.status_code == 404
            yield sandbox.evidence("23.1", is_404, "request", ran, f"{missing.status_code}")
            yield _page(sandbox, "23.2", missing, find_fault(project, 404, missing))
        yield self._missing_page_event(sandbox, answers, before)
        if not _has_view(project):
            for item in ("23.4", "23.5", "23.6", "23.7"):
                yield waiting(item, "the root urls.py", "Golive could not add a view that raises")
            return
        yield from self._error(project, sandbox, raised, before, visitor.role)

    def _error(
        self, project: Project, sandbox: Sandbox, raised: httpx.Response, before: set[str], role: str = ""
    ) -> Iterator[Evidence]:
        """Evidence for the 500 page and its event in Sentry."""
        target, failed, ran = sandbox.target, raised.status_code == 500, f"/{ROUTE}{role}"
        yield sandbox.evidence("23.4", failed, "request", f"GET https://{target.host}{ran}", f"{raised.status_code}")
        fault = find_fault(project, 500, raised)
        if fault is None and RAISED in raised.text:
            fault = Problem("the page shows the error's message")
        yield _page(sandbox, "23.5", raised, fault)
        if target.real and not target.sentry.real:
            why = "the site does not report errors yet: create the Sentry account of task 11"
            yield waiting("23.6", "the error service", why)
            return
        yield self._event(sandbox, "23.6", RAISED, before)

    def _missing_page_event(self, sandbox: Sandbox, answers: Answers, before: set[str]) -> Evidence:
        if answers.get("report.404") != "yes":
            why = "Sentry does not report 404s by default. Answer report.404: yes in task 14 to report them"
            return not_applicable("23.3", f"{len(before)} earlier events of the error service", why)
        if sandbox.target.real and not sandbox.target.sentry.real:
            return waiting("23.3", "the error service", "the site does not report errors yet")
        return self._event(sandbox, "23.3", "Missing page: /nonexistent", before)

    def _event(self, sandbox: Sandbox, item: str, title: str, before: set[str]) -> Evidence:
        sentry = sandbox.target.sentry
        event = sentry.wait_for_event(lambda event: title in event["title"], before)
        showed = describe_event(sentry, event)
        where = "" if event else place_of_loss(sandbox.project)
        ran = "the events of the error service"
        return sandbox.evidence(item, event is not None, "service", ran, showed, where=where)

    def after(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        target = sandbox.target
        with target.site() as site:
            visitor = Visitor(sandbox, site)
            status = visitor.get(f"/{ROUTE}").status_code
            everything_matches = status == 200 and is_frontend(site.get("/nonexistent"))
        ran = f"GET https://{target.host}/{ROUTE}{visitor.role}, redeployed"
        yield sandbox.evidence("23.7", status == 404 or everything_matches, "request", ran, f"{status}")


def _page(sandbox: Sandbox, item: str, response: httpx.Response, fault: Problem | None) -> Evidence:
    """Evidence for an error page of the deployed site."""
    size = f"{response.status_code}, {len(response.content)} bytes"
    if fault is None:
        return sandbox.evidence(item, True, "request", "its page", f"{size}, without debug details")
    expected = "the project's own page, without details of the site"
    showed = f"{fault.found} ({size})"
    return sandbox.evidence(item, False, "request", "its page", showed, expected=expected, where=fault.where)


def _has_view(project: Project) -> bool:
    return project.urls_file is not None and RAISED in files.text(project.urls_file)


STEP = ErrorTesting
