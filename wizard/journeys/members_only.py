"""Rows that only users with an account may create, although the code of the create view does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wizard.journeys.context import Context
from wizard.journeys.operations import Operation, of_surface
from wizard.journeys.resources import Resource
from wizard.project.inputs import Input


def is_for_members(context: Context, resource: Resource, by_visitors: re.Pattern[str]) -> bool:
    """Whether a row must belong to a user, or only rows of users refer to it, such as a category.

    *by_visitors* are words of rows that everybody may create.
    """
    create = resource.operation("create")
    if create is None or create.form is None or resource.model is None:
        return False
    if by_visitors.search(f"{resource.label} {resource.title}".lower()):
        return False
    return _needs_owner(context, resource, create) or _is_only_referred_to(context, resource, by_visitors)


def _needs_owner(context: Context, resource: Resource, create: Operation) -> bool:
    """Whether each row has an owner whom the form does not name, and changes are for those who are logged in."""
    assert resource.model is not None and create.form is not None
    field = next((each for each in resource.model.inputs if each.name == resource.owner), None)
    if field is None or not field.required or field.model != context.surface.user_model:
        return False
    if any(each.kind == "reference" and each.model == field.model for each in _flat(create.form.inputs)):
        return False
    changes = [resource.requires(role) for role in ("update", "delete") if resource.operation(role)]
    return bool(changes) and all(each in ("login", "staff") for each in changes)


def _is_only_referred_to(context: Context, resource: Resource, by_visitors: re.Pattern[str]) -> bool:
    """Whether forms for those who are logged in refer to its rows, and no other row can be created by everybody."""
    if resource.owner:
        return False
    referring = False
    for operation in of_surface(context.surface):
        if operation.role != "create" or operation.form is None or operation.model in ("", resource.label):
            continue
        if operation.view.requires not in ("login", "staff"):
            if not by_visitors.search(operation.model.lower()):
                return False
            continue
        referring = referring or any(each.model == resource.label for each in _flat(operation.form.inputs))
    return referring


def _flat(inputs: Sequence[Input]) -> Iterator[Input]:
    for each in inputs:
        yield each
        yield from _flat(each.inputs)
