"""Complete an existing `sentry_sdk.init(…)` where it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from steps.shared import packages
from steps.shared.call_arguments import change_arguments
from steps.shared.problem import Problem
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.agent_answer import Answer
from wizard.project.error_reporting import leaves_out_foreign_hosts
from wizard.project.project import Project
from wizard.targets.sandbox import Sandbox

PII_IS_DEPRECATED = "2.72"
"""The release from which `send_default_pii` warns as deprecated. False is its default in every release."""
FOREIGN_HOST = "django.core.exceptions.DisallowedHost"
"""Scanners send foreign Host headers, and each would be an event. Source: sentry-sdk 2.75, tried with Django 5.2."""
DEVELOPMENT = re.compile(r"dev(el|elopment)?|local|test(ing)?|debug|ci|staging", re.I)
"""Names of environments that are not production."""
LOGGED_ONLY = (4, 1)
"""Before this Django, the error is only a line of the log, which has no exception that the SDK could ignore."""
SILENCE = 'ignore_logger("django.security.DisallowedHost")'
SILENCE_IMPORT = "from sentry_sdk.integrations.logging import ignore_logger"
IGNORED = f'ignore_errors=["{FOREIGN_HOST}"]'


def complete(project: Project, draft: Draft) -> None:
    """Add to *draft* what the existing call lacks: no deprecated option, and no event for a foreign Host header."""
    deprecated = not packages.is_older(project, "sentry-sdk", PII_IS_DEPRECATED)
    filtered = leaves_out_foreign_hosts(project.settings)
    logged = needs_silence(project) and not project.settings.mentions("ignore_logger")
    for source, call in calls(project):
        options = {keyword.arg: keyword for keyword in call.keywords}
        pii = options.get("send_default_pii")
        if not (deprecated and pii and isinstance(pii.value, ast.Constant) and pii.value.value is False):
            pii = None
        ignored = options.get("ignore_errors")
        reasons = ["leave out send_default_pii=False: it is the default, and deprecated"] if pii else []
        if (
            not filtered
            and not {None, "before_send"} & options.keys()
            and (ignored is None or isinstance(ignored.value, ast.List))
        ):
            reasons.append("report no foreign Host headers: scanners send them")
        for reason in reasons:
            edited = draft.source(source.path, reason)
        if reasons:
            _edit(edited, call, pii, ignored, filters=len(reasons) > bool(pii))
        statement = next((node for node in source.nodes if isinstance(node, ast.Expr) and node.value is call), None)
        if logged and statement and not {None, "before_send"} & options.keys():
            edited = draft.source(source.path, "report no foreign Host headers: this Django only logs them")
            edited.insert_after(statement, SILENCE)
            edited.add_import(SILENCE_IMPORT)


def needs_silence(project: Project) -> bool:
    return project.django < LOGGED_ONLY


def _edit(
    source: Source, call: ast.Call, pii: ast.keyword | None, ignored: ast.keyword | None, *, filters: bool
) -> None:
    """Remove the argument *pii* from *call*. *filters*: ignore foreign Host headers, in the list of *ignored*."""
    add = IGNORED if filters and ignored is None else ""
    if pii or add:
        change_arguments(source, call, add=add, remove=pii)
    if filters and ignored and isinstance(ignored.value, ast.List):
        elements = ignored.value.elts
        position = source.span(elements[-1])[1] if elements else source.span(ignored.value)[0] + 1
        source.splice(position, position, f'{", " if elements else ""}"{FOREIGN_HOST}"')


def calls(project: Project) -> Iterator[tuple[Source, ast.Call]]:
    """The calls of `sentry_sdk.init` in the settings."""
    for source in project.settings.sources:
        for node in source.nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "sentry_sdk.init":
                yield source, node


def dsn_variables(sandbox: Sandbox, dsn: str) -> dict[str, str]:
    """The variables from which the settings read the DSN, with *dsn* as their value."""
    return dict.fromkeys(sandbox.target.settings_variables(r"SENTRY\w*DSN$") or ["SENTRY_DSN"], dsn)


def place(project: Project, option: str = "") -> str:
    """The line of `sentry_sdk.init` in the settings, or of its argument *option*. Without a call, the settings file."""
    for source, call in calls(project):
        found = next((keyword.value for keyword in call.keywords if keyword.arg == option), call)
        return f"{project.display_path(source.path)}:{found.lineno}"
    return project.display_path(project.settings.main)


def problems(project: Project, answer: Answer) -> list[Problem]:
    """What is wrong with the SDK as it is set up in production with a DSN in the environment."""
    if not answer["active"]:
        expected = "sentry_sdk.init(…) with the DSN of the environment"
        return [Problem("the SDK sends no events with DEBUG=False", expected, place(project))]
    options, found = answer.get("options") or {}, []
    if not answer.get("given", True):
        where = place(project, "dsn")
        found.append(Problem("the SDK uses another DSN than the environment's", "the DSN of SENTRY_DSN", where))
    environment = str(options.get("environment") or "production")
    if DEVELOPMENT.fullmatch(environment):
        expected = "the name of the production environment"
        found.append(Problem(f"environment is {environment!r}", expected, place(project, "environment")))
    if answer["pii"]:
        expected = "send_default_pii=False, the default"
        found.append(Problem("personal data sent", expected, place(project, "send_default_pii"), optional=True))
    rate = options.get("sample_rate")
    if isinstance(rate, int | float) and rate < 1:
        expected = "sample_rate=1.0, the default: every error is reported"
        found.append(Problem(f"sample_rate is {rate}", expected, place(project, "sample_rate"), optional=True))
    traces = options.get("traces_sample_rate")
    if isinstance(traces, int | float) and traces >= 1:
        expected = "a share of the requests: tracing each one uses up the quota"
        where = place(project, "traces_sample_rate")
        found.append(Problem(f"traces_sample_rate is {traces}", expected, where, optional=True))
    return found
