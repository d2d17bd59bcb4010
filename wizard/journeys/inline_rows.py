"""Rows that a form's formsets make or change beside its own row: whether the database has what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wizard.journeys.context import Context, Contradiction
from wizard.journeys.evidence import TEXTS, lost_fields
from wizard.journeys.formset_rows import cells_of
from wizard.journeys.operations import Operation
from wizard.journeys.sent_form import Attempt
from wizard.project.inputs import Form, Input


def check_inline(
    context: Context, operation: Operation, attempt: Attempt, counts: Mapping[str, int] | None = None
) -> str:
    """Check that each formset's rows in *attempt* are in the database. Returns what was compared, as a clause.

    *counts* are the numbers of rows before, by model. They tell of rows that have no text.

    Raises:
        Contradiction: a row is lost, or one of its fields.
    """
    if context.rows is None:
        return ""
    seen = []
    for form in operation.view.forms:
        if not form.formset or form.model not in context.models():
            continue
        rows = cells_of(form.formset, attempt.filled.values)
        sent = [row for row in rows.values() if any(value not in (None, "", [], False) for value in row.values())]
        made = [_found(context, form, attempt, row) for row in sent]
        if any(made):
            seen.append(f"{form.model} has {sum(made)} of the rows that were sent with it")
        elif sent and counts is not None and context.rows.count(form.model) <= counts.get(form.model, 0):
            raise Contradiction(f"the site reported success, but no row of {form.model} is new", "every row is kept")
    return "; ".join(seen)


def _found(context: Context, form: Form, attempt: Attempt, row: Mapping[str, Any]) -> bool:
    """Whether a row of the model has the marked texts of *row*. False for a row without such a text.

    Raises:
        Contradiction: no row has them, or the one with them has lost another field.
    """
    assert context.rows is not None
    pairs = [(each, row[each.name]) for each in form.inputs if row.get(each.name) not in (None, "")]
    marked = [(each, value) for each, value in pairs if _is_marked(context, each, value)]
    if not marked:
        return False
    first, value = marked[0]
    best: Sequence[str] = ()
    for mark in {found for found in _marks(context) if found in str(value)}:
        for key in context.rows.find(form.model, mark):
            kept = context.rows.values(form.model, key) or {}
            if first.name not in kept or lost_fields([(first, value)], kept):
                continue
            best = lost_fields(pairs, kept)
            if not best:
                return True
    what = f"{form.formset}: no row of {form.model} has {value!r}" if not best else "; ".join(best[:3])
    raise Contradiction(f"the site reported success, but lost {what}", "every sent row is kept")


def _marks(context: Context) -> list[str]:
    return [each.person.random for each in context.fillers.values()]


def _is_marked(context: Context, each: Input, value: Any) -> bool:
    return each.kind in TEXTS and isinstance(value, str) and any(mark in value for mark in _marks(context))
