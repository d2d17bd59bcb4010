"""Task 15, Set Environment Variables: set the variables of the service at the platform, and check their values.

Golive finds the variables in the settings. An item whose variable the settings don't read does not apply.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from steps.shared import addresses, cross_site, production_choice, secret_evidence, settings_block
from steps.shared.setting_variables import debug_variable, secret_key_variable
from steps.shared.trusted_hosts import (
    CORS_LISTS,
    CORS_MIDDLEWARE,
    CORS_OPEN,
    CORS_PATTERNS,
    effective_name,
    pattern_problem,
)
from wizard.base.errors import NotYetError
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import NO_VALUE, Evidence, Status, not_applicable, waiting
from wizard.plan.actions import Finding, Plan
from wizard.plan.draft import Draft
from wizard.project import site_addresses
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.database import postgres_variable
from wizard.project.hosts import is_accepted, origin_problem
from wizard.project.project import Project
from wizard.project.served_settings import env_place
from wizard.step import Step
from wizard.targets.base import Observation, Stage, Target
from wizard.targets.sandbox import Sandbox

Verdict = tuple[bool, str]


@dataclass(frozen=True)
class Wanted:
    """A variable of the checklist: a pattern for its name in a project, and a check of its value."""

    item: str
    pattern: str
    check: Callable[[str], Verdict]
    service: str = ""


def _razorpay_id(value: str) -> Verdict:
    valid = bool(re.fullmatch(r"rzp_(test|live)_\w{10,}", value))
    kind = "a test key" if value.startswith("rzp_test_") else "a live key" if valid else "not a Razorpay key id"
    return valid, kind


def _secret(value: str) -> Verdict:
    if value.startswith("rzp_"):
        return False, "a key id, not a secret"
    return len(value.strip()) >= 10 and value == value.strip(), f"{len(value)} characters"


def _cloud(value: str) -> Verdict:
    return bool(re.fullmatch(r"[A-Za-z0-9_-]+", value)), value


def _number(value: str) -> Verdict:
    return bool(re.fullmatch(r"\d{12,}", value)), f"{len(value)} digits" if value.isdigit() else "not a number"


def _dsn(value: str) -> Verdict:
    valid = re.fullmatch(r"https?://[0-9a-f]+(:\w+)?@[^/\s]+/(\S+/)?\d+", value)
    return bool(valid), "a DSN" if "@" in value else "not a DSN"


WANTED = (
    Wanted("15.4", r"RAZORPAY\w*KEY_ID$", _razorpay_id, "razorpay"),
    Wanted("15.5", r"RAZORPAY\w*SECRET$", _secret, "razorpay"),
    Wanted("15.6", r"CLOUDINARY\w*CLOUD_NAME$", _cloud, "cloudinary"),
    Wanted("15.7", r"CLOUDINARY\w*API_KEY$", _number, "cloudinary"),
    Wanted("15.8", r"CLOUDINARY\w*API_SECRET$", _secret, "cloudinary"),
    Wanted("15.9", r"SENTRY\w*DSN$", _dsn),
)
RAN = "the settings with the service's environment"


class Variables(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return sandbox.target.questions(Stage.VARIABLES)

    def inspect(self, project: Project) -> list[Finding]:
        names: dict[str, ast.expr | None] = {}
        for _, name, _, default in project.settings.reads():
            names.setdefault(name, default)
        needed = sorted(name for name, default in names.items() if default is None)
        found = [Finding(f"The settings read {len(names)} variables", project.settings.main)]
        if needed:
            found.append(Finding(f"Variables without a default: {', '.join(needed)}"))
        return found

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        parts = [name for name in project.unset if postgres_variable(name)]
        remarks = [
            f"{name} is required and has no value in .env.production"
            for name in project.unset
            if not postgres_variable(name)
        ]
        if parts:
            remarks.append(f"{', '.join(parts)}: the settings require them, so Golive takes them from DATABASE_URL.")
        remarks = remarks or ["Every required variable has a value."]
        target = sandbox.target
        draft, host = Draft(), _host(target)
        addresses.read_from_environment(project, draft)
        if lines := cross_site.lines(project, cross_site.frontends(project, answers, host)):
            title = "The frontend is on another site, and logs in with cookies."
            settings_block.append(project, draft, title, lines, "allow the frontend's login", only_production=True)
        remarks += [*cross_site.remarks(project, answers, host), *addresses.remarks(project)]
        edits = draft.actions()
        return Plan.of(*edits, *target.actions(Stage.VARIABLES), remarks=tuple(remarks))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        target = sandbox.target
        values = target.variables()
        environment = target.environment(**project.start_variables)
        [answer] = project.settings_under(environment, leave=True)
        if error := AgentError.of(answer):
            yield sandbox.evidence("15.1", False, "settings", RAN, str(error))
            return
        settings = answer.get("settings") or {}
        yield from self._settings(project, sandbox, settings, values)
        checked: dict[str, Observation | None] = {}
        for wanted in WANTED:
            yield self._variable(project, sandbox, wanted, values, checked)
        yield self._cors(project, sandbox, settings, answers)

    def _settings(
        self, project: Project, sandbox: Sandbox, settings: Answer, values: dict[str, str]
    ) -> Iterator[Evidence]:
        """Evidence for the key, DEBUG and ALLOWED_HOSTS, from the settings that Django loads."""
        name = secret_key_variable(project)
        key = project.env_values(project.production_env).get(name, "")
        used = secret_evidence.key_in_use(project, settings.get("SECRET_KEY"))
        showed = f"{name} has {len(key)} characters" if key else f"{name} has no value in .env.production"
        where = env_place(project, name) if not key else project.origin("SECRET_KEY")
        expected = f"SECRET_KEY with the value of {name} in .env.production"
        showed += "" if used or not key else ", and the settings use another value"
        yield sandbox.evidence("15.1", used, "settings", RAN, showed, expected=expected, where=where)
        debug = settings.get("DEBUG")
        problem = production_choice.debug_problem(project, debug)
        showed = problem.found if problem else f"DEBUG is {debug}, read from {debug_variable(project)}"
        where = (problem.place if problem else "") or project.origin("DEBUG")
        if not where or str(values.get(debug_variable(project))) == "True":
            where = env_place(project, debug_variable(project))
        yield sandbox.evidence("15.2", problem is None, "settings", RAN, showed, expected="DEBUG is False", where=where)
        yield self._hosts(project, sandbox, settings)

    def _hosts(self, project: Project, sandbox: Sandbox, settings: Answer) -> Evidence:
        """Evidence for ALLOWED_HOSTS, and for other settings with the site's own address."""
        hosts = [str(host) for host in settings.get("ALLOWED_HOSTS") or []]
        open_to_all = [host for host in hosts if host == "*" or (host.startswith(".") and "." not in host[1:])]
        holds = is_accepted(sandbox.target.host, hosts) and not open_to_all
        showed = f"ALLOWED_HOSTS is {', '.join(filter(None, dict.fromkeys(hosts))) or 'empty'}"
        own = [each for each in site_addresses.local_settings(project, settings) if not each.frontend]
        if holds and own:
            return waiting("15.3", RAN, addresses.describe_local(project, own))
        names = [each.name for each in site_addresses.variables(project) if not each.frontend]
        showed += "".join(f"; {name} is {settings[name]}" for name in names if settings.get(name))
        expected = f"{sandbox.target.host}, and no host for everybody"
        where = _hosts_place(project, open_to_all)
        return sandbox.evidence("15.3", holds, "settings", RAN, showed, expected=expected, where=where)

    def _variable(
        self,
        project: Project,
        sandbox: Sandbox,
        wanted: Wanted,
        values: dict[str, str],
        checked: dict[str, Observation | None],
    ) -> Evidence:
        """Evidence for one variable: the form of its value, and the service's own check, which *checked* caches."""
        target = sandbox.target
        names = target.settings_variables(wanted.pattern) or [
            name for name in values if re.search(wanted.pattern, name)
        ]
        if not names:
            showed = f"they don't read {wanted.pattern.rstrip('$')}"
            return not_applicable(wanted.item, "searched the settings", showed)
        name = names[0]
        value = values.get(name, "")
        if not value or value == target.project.placeholders.get(name):
            return waiting(wanted.item, name, NO_VALUE)
        valid, showed = wanted.check(value)
        expected, where = f"a valid {name}", env_place(project, name)
        if valid and wanted.service:
            if wanted.service not in checked:
                checked[wanted.service] = target.check_credentials(wanted.service)
            if observed := checked[wanted.service]:
                showed = f"{showed}; {observed.showed}"
                return sandbox.evidence(
                    wanted.item, bool(observed.holds), "service", name, showed, expected=expected, where=where
                )
        return sandbox.evidence(wanted.item, valid, "settings", name, showed, expected=expected, where=where)

    def _cors(self, project: Project, sandbox: Sandbox, settings: Answer, answers: Answers) -> Evidence:
        """Evidence for the frontend: its origins, its address in other settings, and its login."""
        is_open, name = effective_name(settings, CORS_OPEN), effective_name(settings, CORS_LISTS)
        if settings.get(is_open) is True:
            showed = f"{is_open} lets every website read the API's responses{project.set_by(is_open)}"
            hint = 'Replace it with CORS_ALLOWED_ORIGINS = ["https://…"], the URL of the frontend'
            return waiting("15.10", RAN, f"{showed}. {hint}")
        local = [each for each in site_addresses.local_settings(project, settings) if each.frontend]
        if local:
            return waiting("15.10", RAN, addresses.describe_local(project, local))
        if (found := _cors_patterns(project, sandbox, settings)) and (
            found.status is Status.OPEN or not settings.get(name)
        ):
            return found
        origins = settings.get(name)
        if origins is None:
            return not_applicable("15.10", "searched the settings", f"they have no {name}")
        problems = [f"{origin} {problem}" for origin in origins if (problem := origin_problem(str(origin)))]
        if not any(CORS_MIDDLEWARE.match(str(each)) for each in settings.get("MIDDLEWARE") or []):
            problems.append("no CorsMiddleware in MIDDLEWARE sends them")
        showed = "; ".join([f"{name} is {', '.join(map(str, origins)) or 'empty'}", *problems])
        if not origins or problems:
            where = _origins_place(project, name)
            expected = "https:// origins of the frontend"
            return sandbox.evidence("15.10", False, "settings", RAN, showed, expected=expected, where=where)
        for origin in cross_site.frontends(project, answers, sandbox.target.host)[:1]:
            holds, seen = cross_site.prove_login(project, sandbox, origin, sandbox.target.environment())
            if holds is not None:
                ran = "a login as a page of the frontend makes it, on this machine"
                return sandbox.evidence("15.10", holds, "request", ran, f"{showed}; {seen}")
            showed += f"; {seen}"
        return sandbox.evidence("15.10", True, "settings", RAN, showed)


def _cors_patterns(project: Project, sandbox: Sandbox, settings: Answer) -> Evidence | None:
    """Evidence for patterns of the frontend's origins. None if there are none."""
    name = effective_name(settings, CORS_PATTERNS)
    patterns = [str(each) for each in settings.get(name) or []]
    if wide := [f"{each} {problem}" for each in patterns if (problem := pattern_problem(each))]:
        return waiting("15.10", RAN, f"{name}: {'; '.join(wide)}{project.set_by(name)}")
    showed = f"{name} is {', '.join(patterns)}"
    return sandbox.evidence("15.10", True, "settings", RAN, showed) if patterns else None


def _hosts_place(project: Project, open_to_all: list[str]) -> str:
    """The line of .env.production that accepts every host, or else the line that sets ALLOWED_HOSTS."""
    for name, value in project.env_values(project.production_env).items():
        if any(host in value.split(",") for host in open_to_all):
            return env_place(project, name)
    return project.origin("ALLOWED_HOSTS")


def _origins_place(project: Project, name: str) -> str:
    """The line of .env.production with the origins, or else the line that sets *name*."""
    read = next(
        (each for each in project.settings.variables(name) if each in project.env_values(project.production_env)), ""
    )
    return env_place(project, read) if read else project.origin(name)


def _host(target: Target) -> str:
    """The site's host, or the platform's example of one while the site has none."""
    try:
        return target.host
    except NotYetError:
        return target.platform.public_host


STEP = Variables
