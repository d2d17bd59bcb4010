"""Task 15, Set Environment Variables: what the service reads from the platform, each looked at before it counts.

Which variables there are is found in the settings; one that nothing reads has nothing to be set.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from steps.shared.setting_variables import debug_variable, secret_key_variable
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.plan.actions import Finding, Plan
from wizard.project.database import part
from wizard.project.interpreter import Answer
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Observation, Stage
from wizard.targets.sandbox import Sandbox

Verdict = tuple[bool, str]


@dataclass(frozen=True)
class Wanted:
    """A variable of the checklist: the names it may have in a project, and what makes a value good."""

    item: str
    pattern: str
    good: Callable[[str], Verdict]
    service: str = ""


def _razorpay_id(value: str) -> Verdict:
    shaped = bool(re.fullmatch(r"rzp_(test|live)_\w{10,}", value))
    kind = "a test key" if value.startswith("rzp_test_") else "a live key" if shaped else "no key id of Razorpay"
    return shaped, kind


def _secret(value: str) -> Verdict:
    if value.startswith("rzp_"):
        return False, "that is a key id, not a secret"
    return len(value.strip()) >= 10 and value == value.strip(), f"{len(value)} characters"


def _cloud(value: str) -> Verdict:
    return bool(re.fullmatch(r"[A-Za-z0-9_-]+", value)), value


def _number(value: str) -> Verdict:
    return bool(re.fullmatch(r"\d{12,}", value)), f"{len(value)} digits" if value.isdigit() else "not a number"


def _dsn(value: str) -> Verdict:
    return bool(
        re.fullmatch(r"https?://[0-9a-f]+(:\w+)?@[^/\s]+/(\S+/)?\d+", value)
    ), "a DSN" if "@" in value else "no DSN"


WANTED = (
    Wanted("15.4", r"RAZORPAY\w*KEY_ID$", _razorpay_id, "razorpay"),
    Wanted("15.5", r"RAZORPAY\w*SECRET$", _secret, "razorpay"),
    Wanted("15.6", r"CLOUDINARY\w*CLOUD_NAME$", _cloud, "cloudinary"),
    Wanted("15.7", r"CLOUDINARY\w*API_KEY$", _number, "cloudinary"),
    Wanted("15.8", r"CLOUDINARY\w*API_SECRET$", _secret, "cloudinary"),
    Wanted("15.9", r"SENTRY\w*DSN$", _dsn),
)


CORS_OPEN = ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")
"""The same under its newer and its older name. Source: the changelog of django-cors-headers."""


class Variables(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return sandbox.target.questions(Stage.VARIABLES)

    def inspect(self, project: Project) -> list[Finding]:
        names: dict[str, ast.expr | None] = {}
        for _, name, _, default in project.settings.reads():
            names.setdefault(name, default)
        needed = sorted(name for name, default in names.items() if default is None)
        found = [Finding(f"the settings read {len(names)} variables", project.settings.main)]
        if needed:
            found.append(Finding(f"without a default: {', '.join(needed)}"))
        return found

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        parts = [name for name in project.unset if part(name)]
        remarks = [f"{name} is needed and has no value in .env.production" for name in project.unset if not part(name)]
        if parts:
            remarks.append(f"{', '.join(parts)}: given by the database, as the settings insist beside DATABASE_URL.")
        remarks = remarks or ["Every variable the settings insist on has a value."]
        return Plan.of(*sandbox.target.actions(Stage.VARIABLES), remarks=tuple(remarks))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        there = sandbox.target
        values = there.variables()
        answer = project.ask("look", environment=there.environment(), only="settings")
        settings = answer.get("settings") or {}
        ran = "the settings under the service's environment"
        if error := answer.get("error"):
            yield sandbox.evidence("15.1", False, "settings", ran, f"{error['type']}: {error['message']}")
            return
        name = secret_key_variable(project)
        given = project.env_values(project.production_env).get(name, "")
        used = bool(given) and (settings.get("SECRET_KEY") or {}).get("length") == len(given)
        told = f"{name} has {len(given)} characters" if given else f"{name} has no value in .env.production"
        yield sandbox.evidence("15.1", used, "settings", ran, told)
        debug = settings.get("DEBUG")
        yield sandbox.evidence(
            "15.2", debug is False, "settings", ran, f"DEBUG is {debug} with {debug_variable(project)} as set"
        )
        allowed = [str(each) for each in settings.get("ALLOWED_HOSTS") or []]
        holds = there.host in allowed and "*" not in allowed
        yield sandbox.evidence(
            "15.3", holds, "settings", ran, f"ALLOWED_HOSTS is {', '.join(dict.fromkeys(allowed)) or 'empty'}"
        )
        known: dict[str, Observation | None] = {}
        for wanted in WANTED:
            yield self._one(sandbox, wanted, values, known)
        yield self._cors(project, sandbox, settings, ran)

    def _one(
        self, sandbox: Sandbox, wanted: Wanted, values: dict[str, str], known: dict[str, Observation | None]
    ) -> Evidence:
        """Evidence for one variable: its form, and where the service can be asked, that it *knows* it."""
        there = sandbox.target
        names = there.reads(wanted.pattern) or [name for name in values if re.search(wanted.pattern, name)]
        if not names:
            return not_applicable(
                wanted.item, "the settings were searched", f"they read no {wanted.pattern.rstrip('$')}"
            )
        name = names[0]
        value = values.get(name, "")
        if not value or value == there.project.placeholders.get(name):
            return waiting(wanted.item, name, "it has no value in .env.production")
        good, told = wanted.good(value)
        if good and wanted.service:
            if wanted.service not in known:
                known[wanted.service] = there.check_credentials(wanted.service)
            if seen := known[wanted.service]:
                return sandbox.evidence(wanted.item, bool(seen.holds), "service", name, f"{told}; {seen.showed}")
        return sandbox.evidence(wanted.item, good, "settings", name, told)

    def _cors(self, project: Project, sandbox: Sandbox, settings: Answer, ran: str) -> Evidence:
        origins = settings.get("CORS_ALLOWED_ORIGINS", settings.get("CORS_ORIGIN_WHITELIST"))
        if everybody := next((name for name in CORS_OPEN if settings.get(name) is True), ""):
            told = f"{everybody} lets every site read what this one answers{project.set_by(everybody)}"
            return waiting(
                "15.10", ran, f'{told}: CORS_ALLOWED_ORIGINS = ["https://…"] in its place names the frontend'
            )
        if origins is None:
            return not_applicable("15.10", "the settings were searched", "they have no CORS_ALLOWED_ORIGINS")
        good = bool(origins) and all(str(each).startswith("https://") for each in origins)
        return sandbox.evidence(
            "15.10", good, "settings", ran, f"CORS_ALLOWED_ORIGINS is {', '.join(map(str, origins)) or 'empty'}"
        )


STEP = Variables
