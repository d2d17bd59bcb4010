"""Task 14, Configure Sentry: report errors to Sentry, without personal data.

The settings initialise the SDK only if SENTRY_DSN is set, since an invalid DSN would prevent the site from starting.
Source: Sentry's documentation of the Django integration.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steps.shared import added_modules, packages, sentry_init, settings_block
from steps.shared.problem import evidence
from steps.shared.sentry_events import describe_event, place_of_loss
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import DELIBERATE, FOREIGN

BLOCK = """
SENTRY_DSN = os.getenv("SENTRY_DSN", "")
if SENTRY_DSN:
    sentry_sdk.init(
        dsn=SENTRY_DSN,
        environment=os.getenv("{environment}", "production"),
        release=os.getenv("{commit}"),
        {bodies}
        {ignored},
        traces_sample_rate=0.0,
    )
""".strip()
BODIES = 'max_request_body_size="never",'
OLD_BODIES = 'request_bodies="never",  # max_request_body_size from sentry-sdk 1.29 on'
RENAMED = "1.29"
"""The release that renamed the option. The SDK rejects unknown options. Source: its code, 1.28.1 and 1.29.0."""

NOWHERE = "http://golive@127.0.0.1:1/1"
"""A DSN where nothing listens. Golive only initialises the SDK with it."""
REPORTER = "missing_pages.py"


class ConfigureSentry(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = "Sentry does not report 404s by default. Scanners cause many of them, which can use up a free plan."
        report_404 = Question("report.404", "Report missing pages too?", "no", why, ("no", "yes"))
        return [*sandbox.target.questions(Stage.SENTRY), report_404]

    def inspect(self, project: Project) -> list[Finding]:
        return [Finding("Sentry is already configured" if _is_active(project) else "Errors are not reported yet")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, actions = Draft(), list[Action]()
        if not _is_active(project):
            actions += packages.add_packages(project, ("sentry-sdk",), "it reports errors to Sentry", answers)
            title = "Report errors to Sentry. Without SENTRY_DSN nothing is sent."
            settings_block.append(project, draft, title, block(project), "error reporting", only_production=False)
            silence = (sentry_init.SILENCE_IMPORT,) if sentry_init.needs_silence(project) else ()
            for statement in ("import os", "import sentry_sdk", *silence):
                settings_block.ensure_import(project, draft, statement)
        else:
            sentry_init.complete(project, draft)
        if answers.get("report.404") == "yes" and not project.settings.mentions("report_missing_pages"):
            self._report_missing_pages(project, draft)
        target = sandbox.target
        return Plan.of(*actions, *draft.actions(), *target.actions(Stage.SENTRY), remarks=target.remarks(Stage.SENTRY))

    def _report_missing_pages(self, project: Project, draft: Draft) -> None:
        path, module = added_modules.locate(project, REPORTER)
        draft.put(path, added_modules.render(project, REPORTER).encode(), "it reports missing pages")
        name = f"{module}.report_missing_pages"
        lines = [settings_block.append_to_list(project, "MIDDLEWARE", f'"{name}"')]
        title = "Report missing pages too."
        settings_block.append(project, draft, title, lines, "report missing pages", only_production=True)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        sentry = sandbox.target.sentry
        exists, dsn = sentry.project_exists(), sentry.dsn()
        ran, real = "the error service's projects", sentry.real
        showed = sentry.project if exists else f"there is no project {sentry.project}"
        yield sandbox.evidence("14.1", exists, "service", ran, showed, real=real)
        showed = "an active key" if dsn else "no active key"
        yield sandbox.evidence("14.2", bool(dsn), "service", "the project's client keys", showed, real=real)
        variables = sentry_init.dsn_variables(sandbox, dsn)
        environment = project.production_environment(**variables)
        answer = project.ask("sentry", environment=environment, dsn=dsn)
        if error := AgentError.of(answer):
            yield shown("14.3", False, "settings", "the SDK with a DSN", str(error))
            return
        yield self._configured(project, answer)
        if not sandbox.target.may_write:
            return  # raise no error: the evidence of an earlier one stays
        before = sentry.event_ids()
        with sandbox.gunicorn(1, sandbox.error_page_settings(), **variables) as site:
            site.get("/", host=FOREIGN)
            response = site.get("/golive-raises/")
        showed = f"{response.status_code}"
        yield sandbox.evidence("14.4", response.status_code == 500, "request", "a view that raises", showed, real=real)
        event = sentry.wait_for_event(lambda event: DELIBERATE in event["title"], before)
        showed, ran = describe_event(sentry, event), "the events of the error service"
        new = [found["title"] for found in sentry.events() if found["eventID"] not in before] if event else []
        if any(FOREIGN in title for title in new):
            showed += ". Each foreign Host header makes an event too"
        where = "" if event else place_of_loss(project) or sentry_init.place(project)
        yield sandbox.evidence("14.5", event is not None, "service", ran, showed, real=real, where=where)

    def _configured(self, project: Project, answer: Answer) -> Evidence:
        """Evidence for 14.3. Open if everything that is wrong can be meant."""
        ran, version = "the SDK with a DSN", f"sentry-sdk {answer['version']}"
        problems, good = sentry_init.problems(project, answer), f"{version}, personal data not sent"
        return evidence("14.3", "settings", ran, problems, good, about=f"{version}: ")


def block(project: Project) -> list[str]:
    """The lines that initialise the SDK, for its installed version. The project may pin an old one."""
    is_old = packages.is_older(project, "sentry-sdk", RENAMED)
    text = BLOCK.replace("{bodies}", OLD_BODIES if is_old else BODIES).replace("{ignored}", sentry_init.IGNORED)
    text = text.replace("{environment}", project.platform.environment_variable)
    lines = text.replace("{commit}", project.platform.commit_variable).splitlines()
    return [*lines, f"    {sentry_init.SILENCE}"] if sentry_init.needs_silence(project) else lines


def _is_active(project: Project) -> bool:
    """Whether the SDK really sends events when a DSN is set. Golive's own block needs no try."""
    if not project.settings.mentions("sentry_sdk"):
        return False
    if _has_block(project):
        return True
    names = {name for _, name, _, _ in project.settings.reads() if name.endswith("DSN")} or {"SENTRY_DSN"}
    environment = project.production_environment(**dict.fromkeys(sorted(names), NOWHERE))
    answer = project.ask("sentry", environment=environment, leave=False)
    return bool(answer.get("active"))


def _has_block(project: Project) -> bool:
    """Whether the settings have the lines that Golive adds, in whatever style of quotes."""
    present = {ast.dump(node) for source in project.settings.sources for node in source.tree.body}
    return all(ast.dump(node) in present for node in ast.parse("\n".join(block(project))).body)


STEP = ConfigureSentry
