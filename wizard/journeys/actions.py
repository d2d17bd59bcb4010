"""Actions on a row that send no value to compare: a vote for it, its cancellation. The row changes, and no other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wizard.journeys.attempts import attempt
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import WHO, status_of
from wizard.journeys.evidence import Row
from wizard.journeys.operations import Operation, words_of
from wizard.journeys.reading import is_login, named
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.journeys.row_address import address
from wizard.journeys.row_inputs import identify, names_row
from wizard.journeys.saved_rows import values_of
from wizard.journeys.visitor import Visitor

WORDS = frozenset({"cancel", "archive", "unarchive", "complete", "toggle", "vote", "upvote"})
"""Words of actions that always change something when the site accepts them."""
ENDED = re.compile(r"cancel|archiv|complete|closed|refund|shipped|deliver", re.I)
"""Values of a row on which an action may have no effect any more."""
MOST = 3


def picks_row(operation: Operation, label: str) -> bool:
    """Whether the form of *operation* only says which row it is about, as a vote does."""
    inputs = operation.form.inputs if operation.form is not None else ()
    return bool(inputs) and all(each.kind == "reference" and names_row(each, label) for each in inputs)


def is_action(operation: Operation, label: str) -> bool:
    """Whether *operation* sends no value that the row could have afterwards: it picks the row, or is a button."""
    return picks_row(operation, label) or _is_button(operation)


def _is_button(operation: Operation) -> bool:
    inputs = operation.form.inputs if operation.form is not None else ()
    return operation.method == "post" and not operation.is_graphql and all(each.kind == "hidden" for each in inputs)


def try_actions(context: Context, resource: Resource, row: Row, others: Sequence[Row], role: str) -> None:
    """Carry out the actions of *resource* on *row*, and check that it changed, and none of *others*."""
    if context.rows is None or row.key is None or row.label != resource.label:
        return
    for operation in _actions(resource):
        doer = "staff" if operation.view.requires == "staff" and "staff" in context.visitors else role
        _try(context, resource, operation, row, others, doer)


def _actions(resource: Resource) -> list[Operation]:
    found = [each for each in resource.others if each.role == "other" and each.parameters and _word(each)]
    update = resource.operation("update")
    picked = [update] if update is not None and is_action(update, resource.label) else []
    return [each for each in (*picked, *found) if each.method != "get" and not each.is_graphql][:MOST]


def _word(operation: Operation) -> str:
    """The word of the action in the end of its address or in its name. Empty without one."""
    action = operation.form.action if operation.form is not None else ""
    words = words_of(action or operation.view.action) or words_of(operation.view.url.route)[-1:]
    return next((word for word in words if word in WORDS), "")


def _try(
    context: Context, resource: Resource, operation: Operation, row: Row, others: Sequence[Row], role: str
) -> None:
    word = _word(operation) or next(iter(words_of(operation.view.url.route)[-1:]), "pick")
    certain = bool(_word(operation)) or picks_row(operation, row.label)

    def body(visitor: Visitor) -> str:
        return _act(context, operation, row, others, visitor, certain=certain)

    title = f"{WHO[role]} uses {word!r} on {resource.one}"
    context.run(f"{resource.name}-{word}", title, "update", resource.label, role, body, operation.where)
    if context.results[-1].verdict is Verdict.OPEN:
        context.results.pop()  # the row may not be in the state for it
    elif operation.view.csrf_exempt and not operation.is_api and picks_row(operation, row.label):
        _check_token(context, resource, operation, row, role)


def _check_token(context: Context, resource: Resource, operation: Operation, row: Row, role: str) -> None:
    """Check that the action is refused without a CSRF token, where the page with its form has one."""
    form = operation.form
    assert form is not None

    def body(visitor: Visitor) -> str:
        path = address(context, operation, row, visitor.role)
        above = f"{path.rstrip('/').rpartition('/')[0]}/"
        shown = visitor.get(above).page.forms_to(path, "post")
        if not any(each.name == CSRF_FIELD for one in shown for each in one.inputs):
            raise Unfinished(f"GET {above} has no form with a CSRF token for it")
        before = values_of(context, row)
        filled = context.fillers[visitor.role].fill(form, None, identify(form, row))
        status = visitor.send(filled, path, csrf=False, follow=False).status
        if wrong := _changed(before, values_of(context, row)):
            raise Contradiction(f"POST {path} without its CSRF token changed {', '.join(wrong[:3])} ({status})", "403")
        return f"POST {path} without its token → {status}"

    title = f"An action on {resource.one} is refused without its CSRF token"
    context.run(f"{resource.name}-action-csrf", title, "hole", resource.label, role, body, operation.where)
    if context.results[-1].verdict is Verdict.OPEN:
        context.results.pop()


def _act(
    context: Context, operation: Operation, row: Row, others: Sequence[Row], visitor: Visitor, *, certain: bool
) -> str:
    """Carry out *operation* on *row*. Returns what changed.

    Raises:
        Contradiction: another row changed, or nothing, although the action is *certain* to change something.
        Unfinished: it was refused, or had no effect that can be told.
    """
    assert context.rows is not None
    before, counts = values_of(context, row), context.rows.counts(list(context.models()))
    if any(ENDED.search(str(value)) for name, value in before.items() if re.search(r"stat|phase|stage", name)):
        raise Unfinished(f"{named(row)} is in its last state")
    beside = [values_of(context, other) for other in others]
    path, form = address(context, operation, row, visitor.role), operation.form
    request = operation.request(path)
    if form is not None and picks_row(operation, row.label):
        went = attempt(visitor, context.fillers[visitor.role], form, path, given=identify(form, row))
        answer, why, status = went.answer, went.why, status_of(went)
    else:
        empty: dict[str, Any] = {"json": {}} if operation.is_api else {"form": {}}
        answer = visitor.request(operation.method, path, **empty)
        why, status = ("" if answer.status < 400 else f"{request} got {answer.status}"), answer.status
    if status >= 500:
        raise Contradiction(f"{request} got {status}", "an answer without an error of the site")
    if why or answer is None or is_login(answer):
        raise Unfinished(why or f"{request} led to the log-in")
    now = values_of(context, row)
    changed = [name for name, value in before.items() if now.get(name) != value]
    if changed or not now:
        what = f"changed {', '.join(changed[:4])}" if now else "deleted the row"
        return f"{request} → {answer.first or status}; it {what}"
    for other, values in zip(others, beside, strict=True):
        if values and (wrong := _changed(values, values_of(context, other))):
            raise Contradiction(
                f"{request} about {named(row)} changed {', '.join(wrong[:3])} of another row", "only this row changes"
            )
    if context.rows.counts(list(context.models())) != counts:
        return f"{request} → {answer.first or status}; it made or deleted a row of another model"
    nothing = f"{request} was accepted ({answer.first or status}), and no row changed"
    if not certain:
        raise Unfinished(nothing)
    raise Contradiction(nothing, f"{named(row)} changes")


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name, value in before.items() if now.get(name) != value]
