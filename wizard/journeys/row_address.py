"""The address of an operation on one row, with the keys of the rows that it is below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wizard.journeys import addresses
from wizard.journeys.context import Context, Unfinished
from wizard.journeys.evidence import Row, pages_of, read
from wizard.journeys.operations import Operation
from wizard.journeys.resources import parent_of
from wizard.journeys.row_inputs import aimed, names_row
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form

KEYS = ("pk", "id")
CONVERTED = ("slug", "uuid")
"""The converters of a route that tell which kind of field a row is looked up by."""


def address(context: Context, operation: Operation, row: Row | None, role: str) -> str:
    """The address of *operation* on *row*, for the visitor of *role*. Rows that it lies below are made.

    Raises:
        Unfinished: a parameter's value is not known.
    """
    values = {}
    for name in operation.parameters:
        value = _value(context, operation, name, row, role)
        if value not in (None, ""):
            values[name] = value
    path = addresses.fill(operation.view.url.route, values)
    if not path:
        lacking = ", ".join(name for name in operation.parameters if name not in values)
        raise Unfinished(f"the address of {operation} needs a value for {lacking or 'its parameters'}")
    return path


def _value(context: Context, operation: Operation, name: str, row: Row | None, role: str) -> Any:
    label = parent_of(operation, name, context.surface)
    field = field_of(context, operation, name, label or (row.label if row is not None else ""))
    if row is not None and label in (row.label, ""):
        return of_row(context, row, name, field)
    if row is not None and row.key is not None and context.rows is not None and label:
        owners = [each.name for each in _inputs(context, row.label) if each.model == label]
        kept = context.rows.values(row.label, row.key) or {}
        for each in owners:
            if kept.get(each) not in (None, "", []):
                return of_row(context, Row(label, kept[each]), name, field)
    if not label:
        return None
    known = context.fillers[role].rows.get(label)
    key = known[0] if known else context.row_for(label, role)
    if key is None:
        return None
    context.remember(label, key, role)
    return of_row(context, Row(label, key), name, field)


def field_of(context: Context, operation: Operation, name: str, label: str) -> str:
    """The field of *label* that the parameter *name* is compared to, as the view or the route's converter tells."""
    if known := operation.view.parameters.get(name, ""):
        return known
    converter = addresses.converters(operation.view.url.route).get(name, "")
    inputs = _inputs(context, label) if converter in CONVERTED else ()
    if any(each.name == name for each in inputs):
        return name
    return next((each.name for each in inputs if each.kind == converter), "")


def _inputs(context: Context, label: str) -> Any:
    return next((model.inputs for model in context.surface.models if model.label == label), ())


def of_row(context: Context, row: Row, name: str, field: str) -> Any:
    """The value of a route's parameter *name* for *row*. *field*: the field that the view compares it to, if known."""
    field = field.rpartition(".")[2]
    if field in KEYS and row.key is not None:
        return row.key
    kept: dict[str, Any] = {}
    if row.key is not None and context.rows is not None:
        kept = context.rows.values(row.label, row.key) or {}
    kept = {**row.content, **kept}
    if field and kept.get(field) not in (None, ""):
        return kept[field]
    stem = re.sub(r"^.*_(?=slug$|uuid$|username$|code$|number$|name$)", "", name.lower())
    for each in (name, stem):
        if each not in KEYS and kept.get(each) not in (None, ""):
            return kept[each]
    if row.key is not None:
        return row.key
    return next((kept[each] for each in KEYS if each in kept), None)


def answers_of(
    context: Context, operation: Operation, path: str, row: Row | None, visitor: Visitor
) -> Iterator[Answer]:
    """What *operation* answers when a visitor reads: its pages, or the answer to a query."""
    if operation.form is not None and operation.is_graphql:
        filler, form = context.fillers[visitor.role], operation.form
        named = [each for each in form.inputs if row is not None and names_row(each, row.label)]
        few = replace(form, inputs=tuple(each for each in form.inputs if each.required or each in named))
        given = _named_by(context, few, row) if row is not None else {}
        answer = visitor.send(filler.fill(aimed(few, row) if row is not None else few, None, given), path)
        yield replace(answer, path=f"{path} {{ {form.action} }}")
    elif operation.role == "list":
        yield from pages_of(visitor, path, data=operation.is_api)
    else:
        yield read(visitor, path, data=operation.is_api)


def _named_by(context: Context, form: Form, row: Row) -> dict[str, Any]:
    """The values of *row* for the fields that a query must have, as where it finds a row by its name."""
    kept = dict(row.content)
    if context.rows is not None and row.key is not None:
        kept |= context.rows.values(row.label, row.key) or {}
    return {
        each.name: kept[each.name]
        for each in form.inputs
        if each.required and each.kind in ("text", "slug", "email") and kept.get(each.name) not in (None, "")
    }
