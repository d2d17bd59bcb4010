"""Complete an existing `sentry_sdk.init(…)` where it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steps.shared import packages
from steps.shared.call_arguments import change_arguments
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.project import Project

PII_IS_DEPRECATED = "2.72"
"""The release from which `send_default_pii` warns as deprecated. False is its default in every release."""
FOREIGN_HOST = "django.core.exceptions.DisallowedHost"
"""Scanners send foreign Host headers, and each would be an event. Source: sentry-sdk 2.75, tried with Django 5.2."""
IGNORED = f'ignore_errors=["{FOREIGN_HOST}"]'


def complete(project: Project, draft: Draft) -> None:
    """Add to *draft* what the existing call lacks: no deprecated option, and no event for a foreign Host header."""
    deprecated = not packages.is_older(project, "sentry-sdk", PII_IS_DEPRECATED)
    filtered = project.settings.mentions("DisallowedHost")
    for source, call in _calls(project):
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


def _calls(project: Project) -> Iterator[tuple[Source, ast.Call]]:
    for source in project.settings.sources:
        for node in source.nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "sentry_sdk.init":
                yield source, node
