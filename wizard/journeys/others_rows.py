"""What another visitor must not do with a private row: open the page that changes it, or add rows below it."""

from __future__ import annotations

import re

from wizard.journeys.context import Context, Contradiction
from wizard.journeys.evidence import Row, marked_value, shows
from wizard.journeys.operations import Operation, of_surface
from wizard.journeys.reading import is_login, named
from wizard.journeys.resources import Resource, parent_of
from wizard.journeys.row_address import address
from wizard.journeys.rows import Key
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Input

INVITED = re.compile(
    r"join|apply|application|request|enrol|follow|invit|accept|report|subscri|order|checkout|booking|rsvp"
)
"""Words of addresses below a row at which those who may not see the row are welcome."""
TARGET = re.compile(r"(^|_)(to|target|dest\w*|recip\w*|receiv\w*|payee|benef\w*|friend|invit\w*|follow\w*)(_|$)")
"""Names of references to what others own on purpose, such as the account that gets a payment."""


def has_hidden_page(context: Context, detail: Operation | None, row: Row) -> bool:
    """Whether the page of *row* opens for its owner, and does not exist for the second visitor."""
    if detail is None or not detail.parameters or detail.is_graphql or detail.view.requires in ("nobody", "staff"):
        return False
    path = address(context, detail, row, "first")
    second = context.visitors["second"].get(path)
    if second.status != 404:
        return False
    first = context.visitors["first"].get(path)
    return first.status == 200 and not is_login(first)


def page_to_change(context: Context, resource: Resource, row: Row, visitor: Visitor) -> str:
    """Open the page that changes a private *row* as another visitor. Returns how that ended; empty without a page.

    Raises:
        Contradiction: its form has the values of the row.
    """
    operation = resource.operation("update")
    if operation is None or operation.is_api or operation.method != "post" or operation.view.requires == "staff":
        return ""
    path = address(context, operation, row, visitor.role)
    answer = visitor.get(path)
    values = " ".join(each.initial for form in answer.page.forms for each in form.inputs).casefold()
    if answer.status == 200 and not is_login(answer) and row.mark and (row.mark in values or shows(answer, row.mark)):
        raise Contradiction(f"GET {path} shows {named(row)} of another visitor", "403 or 404")
    return f"GET {path} → {answer.first}"


def private_parent(context: Context, resource: Resource) -> tuple[Operation, str] | None:
    """The operation that creates rows below a row of the first visitor, and its address, if the second can't see that.

    None where rows are not below others, or where those are not private.
    """
    operation = resource.operation("create")
    if operation is None or operation.form is None or not operation.parameters or context.rows is None:
        return None
    welcome = INVITED.search(f"{operation.view.url.route} {operation.view.url.name or ''}".lower())
    if operation.view.requires == "staff" or welcome or not marked_value(operation.form, "0" * 8):
        return None
    path = address(context, operation, None, "first")
    for name in operation.parameters:
        label = parent_of(operation, name, context.surface)
        owner = context.surface.owner_of(label)
        rows = context.fillers["first"].rows.get(label)
        if not owner or not rows or context.rows.related(label, rows[0], owner) != context.accounts.get("first"):
            continue
        details = [each for each in of_surface(context.surface) if (each.role, each.model) == ("detail", label)]
        detail = next((each for each in details if len(each.parameters) == 1), None)
        if has_hidden_page(context, detail, Row(label, rows[0])):
            return operation, path
    return None


def private_reference(context: Context, operation: Operation, label: str) -> tuple[Input, Key] | None:
    """An input that refers to a row which belongs to the first visitor and which the second can't see, and its key.

    *operation* makes rows of the model *label*.
    """
    if operation.form is None or context.rows is None or operation.view.requires == "staff":
        return None
    words = f"{operation.view.url.route} {operation.view.url.name or ''} {label}".lower()
    if INVITED.search(re.sub("orders?|checkout|booking", "", words)):
        return None
    for each in operation.form.inputs:
        if each.kind != "reference" or each.many or TARGET.search(each.name.lower()) or each.model == label:
            continue
        owner = context.surface.owner_of(each.model)
        keys = context.fillers["first"].rows.get(each.model)
        if not owner or not keys or context.rows.related(each.model, keys[0], owner) != context.accounts.get("first"):
            continue
        details = [one for one in of_surface(context.surface) if (one.role, one.model) == ("detail", each.model)]
        detail = next((one for one in details if len(one.parameters) == 1), None)
        if has_hidden_page(context, detail, Row(each.model, keys[0])):
            return each, keys[0]
    return None
