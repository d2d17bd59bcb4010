"""Task 3, Add Security Headers: HTTPS only, secure cookies, HSTS, nosniff and frame protection if DEBUG is off.

Adds only settings that are not in effect yet and that the project's Django version knows. HSTS with subdomains and
preload affects a whole domain, and the platform's shared domain is not the project's own, so it depends on an answer.
Source: Django's deployment checklist.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from steps.shared import middleware, sent_headers, settings_block, trusted_hosts
from steps.shared.accounts import list_addresses
from wizard.base.errors import SiteError
from wizard.base.log_errors import raised_in
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.agent_answer import Answer
from wizard.project.project import Project
from wizard.services import header_grades
from wizard.site.session import Site, new_client_address
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

YEAR = 31_536_000
HSTS = "SECURE_HSTS_SECONDS"
MISSING = "/golive-no-such-page/"
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
SINCE = {
    "SECURE_REFERRER_POLICY": (3, 0), "SESSION_COOKIE_SAMESITE": (2, 1), "CSRF_COOKIE_SAMESITE": (2, 1),
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": (4, 0),
}  # fmt: skip
ACCEPTED: dict[str, set[object]] = {
    "X_FRAME_OPTIONS": {"DENY", "SAMEORIGIN"},
    "SESSION_COOKIE_SAMESITE": {"Lax", "Strict", "None"},
    "CSRF_COOKIE_SAMESITE": {"Lax", "Strict", "None"},
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": {"same-origin", "same-origin-allow-popups", "noopener-allow-popups"},
}
COOKIES: dict[str, tuple[object, str]] = {
    "SESSION_COOKIE_HTTPONLY": (True, "True"),
    "SESSION_COOKIE_SAMESITE": ("Lax", '"Lax"'),
    "CSRF_COOKIE_SAMESITE": ("Lax", '"Lax"'),
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": ("same-origin-allow-popups", '"same-origin-allow-popups"'),
}
"""Django's own defaults are safe, so these are written only if the project chose something else.

A project that gave up the opener policy needs windows that it opened, so it gets the policy that allows them.
"""
PAGES = 20
"""The number of pages whose headers are read."""


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
        if _hsts_seconds(project) < YEAR:
            lines.append(f"SECURE_HSTS_SECONDS = {YEAR:_}")
        if answers.get("hsts.subdomains") == "yes":
            names = ("SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
            lines += [f"{name} = True" for name in names if not project.value(name)]
        trusted = trusted_hosts.production_lines(project)
        lines += trusted.settings
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
        yield self._settings(project)
        with sandbox.running() as site:
            secure, plain = site.get(MISSING), site.get(MISSING, https=False)
            weak = [*sent_headers.weak_headers(project, secure, MISSING), *_on_pages(project, site)]
        yield _sent(project, site, secure, plain, weak)
        errors = [message for message in project.inspect_settings()["messages"] if _stops(message)]
        showed = "; ".join(f"{message['id']}: {message['text']}" for message in errors[:3]) or "no errors"
        holds = not errors and secure.status_code < 500
        if secure.status_code >= 500:
            showed += f"; a missing page answered {secure.status_code}"
            showed += "".join(f": {redact(line)[:200]}" for line in raised_in(sandbox.new_log_text().splitlines())[-1:])
        yield shown("3.3", holds, "settings", "system checks with DEBUG=False", showed)

    def _settings(self, project: Project) -> Evidence:
        missing = [name for name in _wanted(project) if not in_effect(project, name)]
        problems = [_describe_setting(project, name) for name in missing]
        expected = [f"{name} = {_expected(project, name)}" for name in missing]
        if _hsts_seconds(project) < header_grades.HALF_A_YEAR:
            missing.append(HSTS)
            problems.append(_describe_setting(project, HSTS))
            expected.append(f"{HSTS} of at least {header_grades.HALF_A_YEAR} (half a year)")
        problems += trusted_hosts.problems(project)
        showed = "; ".join(problems) or "all in effect"
        where = next(filter(None, map(project.origin, missing)), "")
        return shown("3.1", not problems, "settings", "the settings with DEBUG=False", showed,
                     expected="; ".join(expected), where=where)  # fmt: skip


def _on_pages(project: Project, site: Site) -> Iterator[sent_headers.Weak]:
    """The headers that single pages weaken, such as by a decorator of their view."""
    client = new_client_address()
    for path in list_addresses(project, PAGES):
        try:
            answer = site.peek(path, client)
        except SiteError:
            continue  # a page that sends no answer is another item's
        if answer.status_code < 500:
            yield from sent_headers.weak_headers(project, answer, path, page=True)


def _sent(
    project: Project, site: Site, secure: httpx.Response, plain: httpx.Response, weak: list[sent_headers.Weak]
) -> Evidence:
    """Whether the headers are sent, and plain HTTP is redirected."""
    redirected = plain.status_code in {301, 308} and plain.headers.get("location", "").startswith("https://")
    everywhere = [each for each in weak if each.path == MISSING]
    names = {each.header.name for each in everywhere}
    pages = [each for each in weak if each.header.name not in names]
    absent = [each.header.name for each in everywhere if each.found == "none"]
    changed = [f"{each.header.name}: {each.found}" for each in everywhere if each.found != "none"]
    changed += [f"{each.header.name} of {each.path}: {each.found}" for each in pages[:3]]
    headers = f"without {', '.join(absent)}" if absent else "" if changed else "with all headers"
    found = ", ".join(filter(None, [headers, f"with {'; '.join(changed)}" if changed else ""]))
    showed = f"{secure.status_code} {found}; plain HTTP {plain.status_code}"
    expected = [f"{each.header.name}: {each.header.expected}" for each in (*everywhere, *pages[:3])]
    where = ""
    if weak:
        first = (everywhere or pages)[0]
        where = sent_headers.place_of(project, first.header.name, first.found)
    if not redirected:
        showed += f", Location: {plain.headers.get('location') or 'none'}"
        expected.append("301 or 308 to https:// over plain HTTP")
        where = where or sent_headers.place_of(project, "redirection", "none")
    return shown("3.2", not weak and redirected, "request", f"https://{site.host} and http://{site.host}", showed,
                 expected="; ".join(dict.fromkeys(expected)), where=where)  # fmt: skip


def _hsts_seconds(project: Project) -> int:
    value = project.value(HSTS)
    return int(value) if isinstance(value, int | float) else 0


def _expected(project: Project, name: str) -> str:
    accepted = ACCEPTED.get(name)
    return " or ".join(map(repr, sorted(map(str, accepted)))) if accepted else _wanted(project)[name][1]


def _describe_setting(project: Project, name: str) -> str:
    """Describe a setting by its value and the line that set it."""
    origin = project.origin(name)
    return f"{name} is {project.value(name)!r}" + (f", set in {origin}" if origin else "")


def _stops(message: Answer) -> bool:
    """Whether a system check message stops the project from starting. Those of `check --deploy` do not."""
    return message["level"] >= ERROR and not message["silenced"] and not message["deploy"]


def _wanted(project: Project) -> dict[str, tuple[object, str]]:
    """Return the settings that this Django version knows. Django 4.0 removed SECURE_BROWSER_XSS_FILTER."""
    known = {**WANTED, **{name: pair for name, pair in COOKIES.items() if name in project.values}}
    wanted = {name: pair for name, pair in known.items() if project.django >= SINCE.get(name, ())}
    if project.django < (4, 0):
        wanted["SECURE_BROWSER_XSS_FILTER"] = (True, "True")
    return wanted


def in_effect(project: Project, name: str) -> bool:
    value = project.value(name)
    if name in ACCEPTED:
        return isinstance(value, str) and value in ACCEPTED[name]
    if name == "SECURE_REFERRER_POLICY":
        policies = value.split(",") if isinstance(value, str) else value or []
        return any(str(policy).strip() in header_grades.GOOD_REFERRER for policy in policies[-1:])
    return bool(value == _wanted(project)[name][0])


STEP = SecurityHeaders
