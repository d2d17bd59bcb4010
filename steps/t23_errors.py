"""Task 23, Error Testing: the site's own pages when something is missing or breaks, and a report of what broke.

The view that raises stands in the project only while this task looks at it: a temporary plan, taken back byte for
byte, also by the next run if this one is killed. Sentry's SDK does not report a 404; that is so by design.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from steps.shared.error_pages import is_own_page
from steps.shared.sentry_events import RAISED, describe_event
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.editing.source import assignments
from wizard.plan.actions import Assist, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

ROUTE = "golive-broken-on-purpose/"
VIEW = f'''

def golive_broken_on_purpose(request):
    raise RuntimeError("{RAISED}")


urlpatterns = [path("{ROUTE}", golive_broken_on_purpose), *urlpatterns]
'''


class ErrorTesting(Step):
    temporary = True

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        urls, draft = project.urls_file, Draft()
        if urls is None or not assignments(
            draft.source(urls, "a view that raises, for as long as this task looks").tree, "urlpatterns"
        ):
            return Plan.of(Assist("23.4", "in the root urls.py", VIEW, "its urlpatterns are computed"))
        if RAISED in draft.source(urls).text:
            return Plan.nothing("The view that raises is there for the moment.")
        source = draft.source(urls)
        source.add_import("from django.urls import path")
        source.append(VIEW)
        there = sandbox.target
        return Plan.of(*draft.actions(), *there.actions(Stage.ERRORS), remarks=there.remarks(Stage.ERRORS))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        there = sandbox.target
        sentry = there.sentry
        before = sentry.event_ids()
        with there.site() as site:
            missing, raised = site.get("/nonexistent"), site.get(f"/{ROUTE}")
            if missing.is_redirect:  # APPEND_SLASH, where some pattern takes any address with one
                missing = site.get("/nonexistent/")
            everywhere = missing.status_code == site.get("/nonexistent-too").status_code == 200
        ran = f"GET https://{there.host}/nonexistent"
        leaks = "Using the URLconf" in missing.text
        own = missing.status_code == 404 and not leaks and is_own_page(project, 404, missing)
        if everywhere:
            for item in ("23.1", "23.2"):
                yield not_applicable(item, ran, "200: every address is given the frontend, which shows what is missing")
        else:
            yield sandbox.evidence("23.1", missing.status_code == 404, "request", ran, f"{missing.status_code}")
            yield sandbox.evidence("23.2", own, "request", "its page", _page(missing, leaks=leaks))
        yield self._reported(sandbox, answers, before)
        if not _there(project):
            for item in ("23.4", "23.5", "23.6", "23.7"):
                yield waiting(item, "the root urls.py", "a view that raises could not be put there")
            return
        yield sandbox.evidence(
            "23.4", raised.status_code == 500, "request", f"GET https://{there.host}/{ROUTE}", f"{raised.status_code}"
        )
        leaks = "Traceback" in raised.text or RAISED in raised.text
        yield sandbox.evidence(
            "23.5",
            raised.status_code == 500 and not leaks and len(raised.text) > 0,
            "request",
            "its page",
            _page(raised, leaks=leaks),
        )
        if there.real and not sentry.real:
            why = "the site reports to no error service yet: task 11 says what an account needs"
            yield waiting("23.6", "the error service", why)
            return
        event = sentry.wait_for_event(lambda each: RAISED in each["title"], before)
        told = describe_event(sentry, event)
        yield sandbox.evidence("23.6", event is not None, "service", "the events of the error service", told)

    def _reported(self, sandbox: Sandbox, answers: Answers, before: set[str]) -> Evidence:
        if answers.get("report.404") != "yes":
            why = (
                "a 404 is no error: the SDK does not report it, by design (the answer report.404: yes of task 14 does)"
            )
            return not_applicable("23.3", f"{len(before)} events of the error service before", why)
        sentry = sandbox.target.sentry
        if sandbox.target.real and not sentry.real:
            return waiting("23.3", "the error service", "the site reports to none yet")
        event = sentry.wait_for_event(lambda each: "Missing page: /nonexistent" in each["title"], before)
        told = describe_event(sentry, event)
        return sandbox.evidence("23.3", event is not None, "service", "the events of the error service", told)

    def after(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        """Once the view is gone again."""
        there = sandbox.target
        with there.site() as site:
            gone = site.get(f"/{ROUTE}")
            everywhere = gone.status_code == site.get("/nonexistent").status_code == 200
        yield sandbox.evidence(
            "23.7",
            gone.status_code == 404 or everywhere,
            "request",
            f"GET https://{there.host}/{ROUTE}, redeployed",
            f"{gone.status_code}",
        )


def _page(answer: httpx.Response, *, leaks: bool) -> str:
    return f"{answer.status_code}, {len(answer.content)} bytes, {'with' if leaks else 'without'} debug details"


def _there(project: Project) -> bool:
    return project.urls_file is not None and RAISED in files.text(project.urls_file)


STEP = ErrorTesting
