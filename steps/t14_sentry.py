"""Task 14, Configure Sentry: errors are reported where somebody looks, and personal data stays at home.

An empty SENTRY_DSN switches the SDK off; a wrong one would keep the site from starting, so it is only used when set.
Source: Sentry's documentation of the Django integration.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import added_modules, packages, settings_block
from steps.shared.sentry_events import describe_event
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import DELIBERATE, Sandbox

BLOCK = """
SENTRY_DSN = os.getenv("SENTRY_DSN", "")
if SENTRY_DSN:
    sentry_sdk.init(
        dsn=SENTRY_DSN,
        environment=os.getenv("{environment}", "production"),
        release=os.getenv("{commit}"),
        send_default_pii=False,
        {bodies}
        traces_sample_rate=0.0,
    )
""".strip()
BODIES = 'max_request_body_size="never",'
BODIES_ONCE = 'request_bodies="never",  # max_request_body_size from sentry-sdk 1.29 on'
RENAMED = "1.29"
"""The SDK refuses an option it doesn't know. Source: its own code, 1.28.1 and 1.29.0."""

NOWHERE = "http://golive@127.0.0.1:1/1"
"""Nothing listens there; the SDK is only set up."""
REPORTER = "missing_pages.py"


class ConfigureSentry(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = "An address nobody finds is no error, so Sentry hears nothing of it; scanners would fill a free plan."
        asked = Question("report.404", "Report missing pages too?", "no", why, ("no", "yes"))
        return [*sandbox.target.questions(Stage.SENTRY), asked]

    def inspect(self, project: Project) -> list[Finding]:
        return [Finding("Sentry is set up already" if _active(project) else "no error reporting yet")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, actions = Draft(), list[Action]()
        if not _active(project):
            actions += packages.add_packages(project, ("sentry-sdk",), "errors are reported with it", answers)
            title = "Errors are reported where somebody looks; without SENTRY_DSN nothing is sent."
            settings_block.append(project, draft, title, block(project), "error reporting", only_production=False)
            for statement in ("import os", "import sentry_sdk"):
                settings_block.ensure_import(project, draft, statement)
        if answers.get("report.404") == "yes" and not project.settings.mentions("report_missing_pages"):
            self._report_missing_pages(project, draft)
        there = sandbox.target
        return Plan.of(*actions, *draft.actions(), *there.actions(Stage.SENTRY), remarks=there.remarks(Stage.SENTRY))

    def _report_missing_pages(self, project: Project, draft: Draft) -> None:
        path, module = added_modules.locate(project, REPORTER)
        draft.put(path, added_modules.render(project, REPORTER).encode(), "it reports missing pages")
        name = f"{module}.report_missing_pages"
        lines = [settings_block.append_to_list(project, "MIDDLEWARE", f'"{name}"')]
        title = "Missing pages are reported too."
        settings_block.append(project, draft, title, lines, "missing pages are reported", only_production=True)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        sentry = sandbox.target.sentry
        exists, dsn = sentry.project_exists(), sentry.dsn()
        ran, real = "the error service's projects", sentry.real
        told = sentry.project if exists else f"{sentry.project} is not there"
        yield sandbox.evidence("14.1", exists, "service", ran, told, real=real)
        told = "one is active" if dsn else "none"
        yield sandbox.evidence("14.2", bool(dsn), "service", "the project's client keys", told, real=real)
        variables = dict.fromkeys(sandbox.target.reads(r"SENTRY\w*DSN$") or ["SENTRY_DSN"], dsn)
        environment = project.production_environment(**variables)
        answer = project.ask("sentry", environment=environment)
        if error := answer.get("error"):
            yield shown("14.3", False, "settings", "the SDK with a DSN set", f"{error['type']}: {error['message']}")
            return
        told = f"sentry-sdk {answer['version']}, personal data {'sent' if answer['pii'] else 'not sent'}"
        yield shown("14.3", answer["active"], "settings", "the SDK with a DSN set", told)
        if not sandbox.target.acting:
            return  # what was seen of the error that was raised for it stands
        before = sentry.event_ids()
        with sandbox.gunicorn(1, sandbox.error_page_settings(), **variables) as site:
            raised = site.get("/golive-raises/")
        told = f"{raised.status_code}"
        yield sandbox.evidence("14.4", raised.status_code == 500, "request", "a view that raises", told, real=real)
        event = sentry.wait_for_event(lambda each: DELIBERATE in each["title"], before)
        told = describe_event(sentry, event)
        yield sandbox.evidence("14.5", event is not None, "service", "the events of the error service", told, real=real)


def block(project: Project) -> list[str]:
    """The lines that set up the SDK, for its version there: a project's pins may have held it back."""
    once = packages.is_older(project, "sentry-sdk", RENAMED)
    text = BLOCK.replace("{bodies}", BODIES_ONCE if once else BODIES)
    text = text.replace("{environment}", project.platform.environment_variable)
    return text.replace("{commit}", project.platform.commit_variable).splitlines()


def _active(project: Project) -> bool:
    """Whether the SDK reports, once a DSN is there: what counts is not that some line could set it up."""
    if not project.settings.mentions("sentry_sdk"):
        return False
    names = {name for _, name, _, _ in project.settings.reads() if name.endswith("DSN")} or {"SENTRY_DSN"}
    environment = project.production_environment(**dict.fromkeys(sorted(names), NOWHERE))
    answer = project.ask("sentry", environment=environment)
    return bool(answer.get("active"))


STEP = ConfigureSentry
