"""Change all fields of a row at once: a view that forgets one of them leaves its old value behind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from wizard.journeys.attempts import attempt
from wizard.journeys.context import Context, Contradiction
from wizard.journeys.crud import partial_form
from wizard.journeys.evidence import NUMBERS, OVERRIDDEN, Row, differs, lacks
from wizard.journeys.filling import Filled, Filler
from wizard.journeys.operations import Operation
from wizard.journeys.row_inputs import field_of, flat
from wizard.journeys.saved_rows import values_of
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form, Input

BY_SITE = re.compile(
    r"mail|user|login|version|slug|count|views|hits|rank|score|position|order|password|phone|code|plan"
)
"""Names of fields that a site may keep on purpose, such as an address that must be confirmed first."""


def check_unchanged(
    before: Mapping[str, Any], now: Mapping[str, Any], filled: Filled, expected: str = "the field has the new value"
) -> None:
    """Raise Contradiction if a field has its old value though another one was sent."""
    for each, sent in flat(filled.form.inputs, filled.values):
        name = field_of(each.name, now)
        if not name or name not in before or not _is_plain(replace(each, name=name)) or sent in (None, ""):
            continue
        wrong = lacks(each, sent, before[name]) if each.kind == "text" else differs(each, sent, before[name])
        if wrong and now[name] == before[name]:
            kept = str(now[name])[:60]
            raise Contradiction(f"the site reported success, but {name} has its old value {kept!r}", expected)


def change_all(
    context: Context, operation: Operation, row: Row, path: str, visitor: Visitor, known: Mapping[str, Any]
) -> str:
    """Send new values for all plain fields of *row* by an API. Returns which ones it kept, as a clause.

    A site that refuses them is not questioned: one of the values may be wrong.

    Raises:
        Contradiction: a field has its old value.
    """
    form, before = operation.form, values_of(context, row)
    if form is None or not before or operation.is_graphql or form.encoding not in ("json", "form", "multipart"):
        return ""
    if form.method == "post" and form.encoding != "json":
        return ""  # a page's form has new values in all fields already
    filler = context.fillers[visitor.role]
    given = dict(_new_values(form, filler, before, {*known, _marked(row)}))
    if not given:
        return ""
    sent_form = partial_form(form, set(given)) if form.method == "patch" else form
    names = {each.name for each in form.inputs}
    whole = {} if form.method == "patch" else {name: value for name, value in row.sent.items() if name in names}
    went = attempt(visitor, filler, sent_form, path, given={**whole, **known, **given}, rounds=1)
    if not went.accepted:
        return ""
    check_unchanged(before, values_of(context, row), went.filled)
    row.sent = {**row.sent, **given}
    return f"; {', '.join(list(given)[:4])} changed, too"


def _marked(row: Row) -> str:
    return next((name for name, value in row.sent.items() if row.mark and row.mark in str(value)), "")


def _new_values(form: Form, filler: Filler, before: Mapping[str, Any], kept: set[str]) -> Iterator[tuple[str, Any]]:
    filler.next_number()
    for each in form.inputs:
        name = field_of(each.name, before)
        if each.name in kept or not name or not _is_plain(replace(each, name=name)) or each.many:
            continue
        trial = Filled(form)
        value = filler.value(each, form, trial)
        if value is None or trial.problem:
            continue
        if each.kind in NUMBERS and not differs(each, value, before[name]):
            continue
        if each.kind == "text" and not lacks(each, value, before[name]):
            continue
        yield each.name, value


def _is_plain(each: Input) -> bool:
    """Whether the site keeps the field as it is sent."""
    name = each.name.lower()
    plain = each.kind in ("text", *NUMBERS) and not each.choices and not each.model
    return plain and not OVERRIDDEN.search(name) and not BY_SITE.search(name)
