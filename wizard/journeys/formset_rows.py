"""Rows of a form's formsets: which of them a visitor fills, and which row follows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.project.inputs import Form, Input

CELL = re.compile(r"^(?P<prefix>.{1,200})-(?P<number>\d{1,4})-(?P<field>[^\d-].{0,200})$")
"""The name of an input in a formset's row: `choice_set-1-choice_text`."""
MANAGED = ("-DELETE", "-ORDER", "-id")
"""Ends of the names of inputs with which Django manages the rows."""
MOST = 10
"""Rows of a formset that are filled."""


def is_blank(each: Input, form: Form) -> bool:
    """Whether the input belongs to a row that stays as it is: all but the first, or those that the formset demands."""
    found = CELL.match(each.name)
    if found is None:
        return each.name.endswith("__prefix__") or "__prefix__-" in each.name
    if each.name.endswith(MANAGED):
        return True
    return int(found["number"]) >= _demanded(form, found["prefix"])


def in_first_row(name: str) -> str:
    """The name of the same input in the first row of its formset; *name* itself for another input."""
    found = CELL.match(name)
    return f"{found['prefix']}-0-{found['field']}" if found is not None else name


def _demanded(form: Form, prefix: str) -> int:
    name = f"{prefix}-MIN_NUM_FORMS"
    lowest = next((each.initial for each in form.inputs if each.name == name), "")
    return min(MOST, max(1, int(lowest) if re.fullmatch(r"\d{1,4}", lowest) else 1))


def next_row(form: Form, values: Mapping[str, object]) -> list[Input]:
    """The inputs of the first row that the page shows and that is sent without values. Empty if all are filled."""
    rows: dict[tuple[str, int], list[Input]] = {}
    for each in form.inputs:
        found = CELL.match(each.name)
        if found is not None and each.kind != "hidden" and not each.name.endswith(MANAGED):
            rows.setdefault((found["prefix"], int(found["number"])), []).append(each)
    for inputs in list(rows.values())[:MOST]:
        if all(values.get(each.name) in (None, "", [], False) for each in inputs):
            return inputs
    return []


def cells_of(prefix: str, values: Mapping[str, object]) -> dict[int, dict[str, object]]:
    """What *values* have for each row of the formset *prefix*, by the row's number and the field's name."""
    rows: dict[int, dict[str, object]] = {}
    for name, value in values.items():
        found = CELL.match(name)
        if found is not None and found["prefix"] == prefix and not name.endswith(MANAGED):
            rows.setdefault(int(found["number"]), {})[found["field"]] = value
    return rows
