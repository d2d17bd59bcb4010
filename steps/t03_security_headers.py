"""Task 3, Add Security Headers: HTTPS only, secure cookies, HSTS, nosniff and frame protection if DEBUG is off.

Adds only settings that are not in effect yet and that the project's Django version knows. HSTS with subdomains and
preload affects a whole domain, and the platform's shared domain is not the project's own, so it depends on an answer.
Source: Django's deployment checklist.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import middleware, security_settings, sent_headers, settings_block, trusted_hosts
from steps.shared.own_answers import follow
from steps.shared.problem import Problem, evidence
from wizard.base.log_errors import raised_in
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.agent_answer import Answer
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

YEAR = 31_536_000
ERROR = 40
"""The level from which a system check message stops a command (django.core.checks.ERROR)."""
WANTED: dict[str, tuple[object, str]] = {
    "SECURE_SSL_REDIRECT": (True, "True"),
    "SECURE_PROXY_SSL_HEADER": (["HTTP_X_FORWARDED_PROTO", "https"], '("HTTP_X_FORWARDED_PROTO", "https")'),
    "SESSION_COOKIE_SECURE": (True, "True"),
    "CSRF_COOKIE_SECURE": (True, "True"),
    "SECURE_CONTENT_TYPE_NOSNIFF": (True, "True"),
    "SECURE_REFERRER_POLICY": ("same-origin", '"same-origin"'),
    "X_FRAME_OPTIONS": ("DENY", '"DENY"'),
}
SINCE = {"SECURE_REFERRER_POLICY": (3, 0)}
ACCEPTED = {"X_FRAME_OPTIONS": {"DENY", "SAMEORIGIN"}}
MISSING = "/golive-no-such-page/"


class SecurityHeaders(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = "Answer yes only if the site has its own domain. Browsers will then refuse plain HTTP on every subdomain."
        return [Question("hsts.subdomains", "HSTS for all subdomains, with preload?", "no", why, ("no", "yes"))]

    def inspect(self, project: Project) -> list[Finding]:
        missing = [name for name in _wanted(project) if not in_effect(project, name)]
        return [Finding("not in effect with DEBUG=False: " + (", ".join(missing) or "none"), project.settings.main)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft = Draft()
        chain = middleware.enable_protection(project, draft)
        lines = [f"{name} = {text}" for name, (_, text) in _wanted(project).items() if not in_effect(project, name)]
        if security_settings.hsts_seconds(project) < YEAR:
            lines.append(f"SECURE_HSTS_SECONDS = {YEAR:_}")
        if answers.get("hsts.subdomains") == "yes":
            names = ("SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
            lines += [f"{name} = True" for name in names if not project.value(name)]
        trusted = trusted_hosts.production_lines(project)
        lines += trusted.settings + security_settings.lines(project)
        if chain:
            title = "The security settings have no effect without this middleware."
            settings_block.append(project, draft, title, chain, "add the security middleware", only_production=False)
        if lines:
            title = "Production: HTTPS only, behind the platform's proxy."
            settings_block.append(
                project, draft, title, lines, "add the security settings for production", only_production=True
            )
        for statement in sorted(trusted.imports):
            settings_block.ensure_import(project, draft, statement)
        actions = draft.actions()
        if actions:
            return Plan.of(*actions, remarks=tuple(trusted.remarks))
        if lines:
            return Plan.nothing(
                f"The security settings at the end of {project.settings.main.name} have no effect yet, because DEBUG "
                "is not False in production. Task 2 changes that."
            )
        return Plan.nothing("All security settings are in effect.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        yield _settings(project)
        with sandbox.running() as site:
            secure = site.get(MISSING)
            # Where every page asks for a login, the login is the first page that a browser shows.
            path, page = follow(site, MISSING, secure)
            sent = sent_headers.evidence(project, site, page, path)
        yield sent
        errors = [message for message in project.inspect_settings()["messages"] if _stops(message)]
        showed = "; ".join(f"{message['id']}: {message['text']}" for message in errors[:3]) or "no errors"
        holds = not errors and secure.status_code < 500
        if secure.status_code >= 500:
            showed += f"; a missing page answered {secure.status_code}"
            showed += "".join(f": {excerpt(line, 200)}" for line in raised_in(sandbox.new_log_text().splitlines())[-1:])
        yield shown("3.3", holds, "settings", "system checks with DEBUG=False", showed)


def _settings(project: Project) -> Evidence:
    """Evidence for 3.1. Open if everything that is wrong can be meant."""
    problems = [
        Problem(_describe_setting(project, name), f"{name} = {text}", security_settings.place(project, name))
        for name, (_, text) in _wanted(project).items()
        if not in_effect(project, name)
    ]
    problems += trusted_hosts.problems(project) + security_settings.problems(project)
    return evidence("3.1", "settings", "the settings with DEBUG=False", problems, "all in effect")


def _describe_setting(project: Project, name: str) -> str:
    """Describe a setting by its value and the line that set it."""
    origin = project.origin(name)
    return f"{name} is {project.value(name)!r}" + (f", set in {origin}" if origin else "")


def _stops(message: Answer) -> bool:
    """Whether a system check message stops the project from starting. Those of `check --deploy` do not."""
    return message["level"] >= ERROR and not message["silenced"] and not message["deploy"]


def _wanted(project: Project) -> dict[str, tuple[object, str]]:
    """Return the settings that this Django version knows. Django 4.0 removed SECURE_BROWSER_XSS_FILTER."""
    wanted = {name: pair for name, pair in WANTED.items() if project.django >= SINCE.get(name, ())}
    if project.django < (4, 0):
        wanted["SECURE_BROWSER_XSS_FILTER"] = (True, "True")
    return wanted


def in_effect(project: Project, name: str) -> bool:
    value = project.value(name)
    if name in ACCEPTED:
        return value in ACCEPTED[name]
    if name == "SECURE_REFERRER_POLICY":
        return security_settings.is_private_referrer(value)
    return bool(value == _wanted(project)[name][0])


STEP = SecurityHeaders
