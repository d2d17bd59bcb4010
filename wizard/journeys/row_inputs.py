"""Inputs that name a row, and inputs that get a mark, also inside of objects such as the `input` of a mutation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wizard.journeys.evidence import Row, marked_value
from wizard.journeys.filling import Filler
from wizard.journeys.global_ids import encoded
from wizard.project.inputs import Form, Input


def flat(inputs: Sequence[Input], values: Mapping[str, Any]) -> Iterator[tuple[Input, Any]]:
    """Each input with its value, and those of objects."""
    for each in inputs:
        value = values.get(each.name)
        if each.kind == "object" and isinstance(value, Mapping):
            yield from flat(each.inputs, value)
        elif value is not None:
            yield each, value


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The texts in *values* by field, and those of objects."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= texts_of(value)
        elif isinstance(value, str) and value:
            found[name] = value
    return found


def sent_value(values: Mapping[str, Any], field: str) -> Any:
    """What was sent for the model's *field*, also inside of an object. None for nothing."""
    for name, value in values.items():
        if field_of(name, {field: value}) == field:
            return value
        if isinstance(value, Mapping) and (found := sent_value(value, field)) is not None:
            return found
    return None


def identify(form: Form, row: Row) -> dict[str, Any]:
    """The values by which *form* names *row*: its key for `id`, `itemId`, or a reference to its model."""
    return {each.name: row_id(row) for each in form.inputs if names_row(each, row.label)}


def aimed(form: Form, row: Row, kept: Mapping[str, Any] | None = None) -> Form:
    """*form* with the values that name *row* as its only ones, also inside of objects, as GraphQL has them.

    References to other models get their values of *kept*, those of the row.
    """
    return replace(form, inputs=tuple(_aimed(each, row, kept or {}) for each in form.inputs))


def _aimed(each: Input, row: Row, kept: Mapping[str, Any]) -> Input:
    if each.kind == "object":
        if each.name in ("AND", "OR", "NOT"):
            return each
        return replace(each, inputs=tuple(_aimed(part, row, kept) for part in each.inputs))
    if names_row(each, row.label):
        value = row_id(row)
    elif each.kind == "reference" and kept.get(field_of(each.name, kept)) not in (None, "", []):
        value = kept[field_of(each.name, kept)]
    else:
        return each
    value = str(encoded(each, value))
    return replace(each, kind="hidden", initial=value, chosen=(value,), required=True)


def names_row(each: Input, label: str) -> bool:
    if each.kind == "reference" and each.model:
        return each.model == label
    word = label.rpartition(".")[2].lower()
    return each.name.lower().replace("_", "") in ("id", "pk", "uuid", f"{word}id", f"{word}pk", f"{word}uuid")


def row_id(row: Row) -> Any:
    """What an API calls the row: the id in its answer, since that can be another one than the primary key."""
    told = row.content.get("id")
    return told if isinstance(told, str) and told else row.key


def marked_given(
    filler: Filler, form: Form, mark: str, *, ascii_only: bool = False, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Values with *mark* for the field of *form* that names the row, also inside of an object. Empty without one."""
    outer = replace(form, inputs=tuple(each for each in form.inputs if each.name not in (given or {})))
    if marked := marked_value(outer, mark, ascii_only=ascii_only):
        return dict(marked)
    for each in outer.inputs:
        if each.kind != "object" or each.many:
            continue
        inner = replace(form, inputs=each.inputs, encoding="json", buttons=(), path="")
        if found := marked_value(inner, mark, ascii_only=ascii_only):
            return {each.name: filler.fill(inner, None, found).values}
    return {}


def marked_leaf(given: Mapping[str, Any], mark: str) -> tuple[str, Any]:
    """The name and the value of the field with *mark*, also inside of an object; the first one without."""
    for name, value in given.items():
        if isinstance(value, Mapping):
            inner = marked_leaf(value, mark)
            if mark in str(inner[1]):
                return inner
        elif mark in str(value):
            return name, value
    return next(iter(given.items()), ("", ""))


def field_of(name: str, kept: Mapping[str, Any]) -> str:
    """The model's field behind an input: `category_id` and `categoryId` are `category`. Empty without one."""
    snake = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
    for each in (name, snake, snake.removesuffix("_id"), snake.removesuffix("_ids")):
        if each in kept:
            return each
    return ""
