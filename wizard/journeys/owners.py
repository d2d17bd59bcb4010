"""To whom a new row belongs: to the visitor who made it, where nothing else tells to whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.journeys.context import Context, Contradiction
from wizard.journeys.evidence import Row
from wizard.journeys.operations import Operation
from wizard.journeys.resources import parent_of
from wizard.project.inputs import Input

MAKERS = frozenset({
    "user", "owner", "author", "created_by", "creator", "poster", "posted_by", "added_by", "uploaded_by",
    "submitted_by", "writer",
})  # fmt: skip
"""Names of the field that says who made a row."""


def check_owner(context: Context, operation: Operation, row: Row, role: str) -> None:
    """Raise Contradiction if the new *row* belongs to another user than the visitor of *role* who made it."""
    account, users = context.accounts.get(role), context.surface.user_model
    model = context.surface.model(row.label)
    if model is None or account is None or context.rows is None or row.key is None or role not in ("first", "second"):
        return
    named = [each for each in _flat(operation.form.inputs if operation.form else ()) if each.model == users]
    below = [name for name in operation.parameters if parent_of(operation, name, context.surface) == users]
    several = sum(each.model == users for each in model.inputs) != 1
    if operation.view.requires != "login" or model.owner not in MAKERS or named or below or several:
        return
    owner = context.rows.related(row.label, row.key, model.owner)
    if owner is not None and owner != account:
        raise Contradiction(
            f"the new {row.label} {row.key} belongs to another user: {model.owner} is {owner}",
            "it belongs to the visitor who made it",
        )


def _flat(inputs: Sequence[Input]) -> Iterator[Input]:
    for each in inputs:
        yield each
        yield from _flat(each.inputs)
