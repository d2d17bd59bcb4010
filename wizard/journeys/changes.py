"""Change and delete a row as the visitor who made it, and check that this row changed, and no other."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from wizard.journeys.attempts import attempt
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import WHO, partial_form, status_of
from wizard.journeys.evidence import Row, lost_fields, shows
from wizard.journeys.field_changes import change_all, check_unchanged
from wizard.journeys.filling import Filled, Filler
from wizard.journeys.inline_rows import check_inline
from wizard.journeys.operations import Operation, words_of
from wizard.journeys.reading import is_login, is_shown, named
from wizard.journeys.refusals import refusals_of
from wizard.journeys.resources import Resource
from wizard.journeys.row_address import address, answers_of
from wizard.journeys.row_inputs import aimed, field_of, flat, identify, marked_given, marked_leaf
from wizard.journeys.saved_rows import values_of
from wizard.journeys.sent_form import Attempt
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input

AUTOMATIC = re.compile(r"updat|modif|edit|changed|version|slug|count|views|hits|last_|status|rank|score|search")
"""Names of fields that a site may change by itself."""
TIMES = re.compile(r"updat|modif|changed")
ENDS = frozenset({"cancel", "unsubscribe"})
"""Words of deletions that may only change the row."""


def update(
    context: Context, resource: Resource, row: Row, others: Sequence[Row], role: str, mine: Row | None = None
) -> None:
    """Change one field of *row*, and check that it has the new value and keeps its others, as do *others*.

    *mine* is another row of the same visitor. It is changed, too, so that a view that takes any row of the visitor is
    noticed. A form that takes only files is left to the uploads.
    """
    operation = resource.operations["update"]
    if operation.form is not None and all(each.kind in ("file", "image") for each in operation.form.inputs):
        return

    def body(visitor: Visitor) -> str:
        effect = _update(context, resource, operation, row, [*others, *([mine] if mine else [])], visitor)
        if mine is not None:
            _update(context, resource, operation, mine, [*others, row], visitor)
        return effect

    title = f"{WHO[role]} changes {resource.one}"
    name = f"{resource.name}-update" + ("-second" if role == "second" else "")
    context.run(name, title, "update", resource.label, role, body, operation.where)


def _update(
    context: Context, resource: Resource, operation: Operation, row: Row, others: Sequence[Row], visitor: Visitor
) -> str:
    form, filler = operation.form, context.fillers[visitor.role]
    assert form is not None
    path = address(context, operation, row, visitor.role)
    kept, before = values_of(context, row), [values_of(context, other) for other in others]
    known = context.prepare(form, visitor.role)
    form = aimed(form, row) if operation.is_graphql else form
    names = identify(form, row) if operation.names_row_in_body and not operation.is_graphql else {}
    mark = secrets.token_hex(4)
    given = new_value(filler, form, kept or row.content, mark, {**known, **names})
    if not given:
        raise Unfinished("no field of the form can be changed")
    name, value = marked_leaf(given, mark)
    name = field_of(name, kept) or name
    sent_form, whole = _form_to_send(form, name, row, known)
    went = attempt(visitor, filler, sent_form, path, given={**whole, **names, **given})
    if went.broken:
        raise Contradiction(f"{operation.request(path)} got {status_of(went)}", "the row is changed")
    _check_page(went, row, others)
    if not went.accepted:
        raise Unfinished(went.why or "the site does not accept the change")
    _check_others(context, row, others, before)
    _check_changed(context, row, kept, name, value, went.filled)
    check_unchanged(kept, values_of(context, row), went.filled)
    check_inline(context, operation, went)
    row.sent = {**row.sent, name: value}
    effect = _check_shown(context, resource, row, visitor, name, value)
    effect += change_all(context, operation, row, path, visitor, {**known, **names})
    request = f"{operation.request(path)} → {went.answer.first if went.answer else 0}"
    return f"{request}; {name} is now {str(value)[:60]!r}{effect}"


def _check_page(went: Attempt, row: Row, others: Sequence[Row]) -> None:
    """Raise Contradiction if the page with the form shows the values of another row instead of those of *row*."""
    shown = " ".join(each.initial for form in went.before.forms for each in form.inputs).casefold()
    for other in others:
        if other.mark and other.mark in shown and not (row.mark and row.mark in shown):
            raise Contradiction(f"the page to change {named(row)} shows {named(other)}, another row", named(row))


def _check_others(context: Context, row: Row, others: Sequence[Row], before: Sequence[Mapping[str, Any]]) -> None:
    """Raise Contradiction if one of *others* does not have its values of *before* any more."""
    for other, values in zip(others, before, strict=True):
        if values and (changed := changes_of(values, values_of(context, other))):
            raise Contradiction(
                f"the change of {named(row)} changed {', '.join(changed)} of another row", "only this row changes"
            )


def new_value(
    filler: Filler, form: Form, kept: Mapping[str, Any], mark: str, known: Mapping[str, Any]
) -> dict[str, Any]:
    """A value for one field of *form* that differs from the one in the row *kept*; a text has *mark*.

    Fields in *known* are not changed.
    """
    if marked := marked_given(filler, form, mark, given=known):
        return marked
    for each in form.inputs:
        if each.name in known:
            continue
        present = kept.get(each.name)
        if each.kind in ("integer", "decimal", "float") and not each.choices:
            return {each.name: _other_number(each, present)}
        if each.choices and not each.many and each.kind != "reference":
            different = [value for value in each.choices if value != str(present)]
            if different:
                return {each.name: different[0]}
        if each.kind == "boolean":
            return {each.name: not present}
    return {}


def _other_number(each: Input, present: Any) -> int:
    number = int(float(str(present))) if re.fullmatch(r"-?\d{1,9}(\.\d+)?", str(present)) else 1
    lowest, highest = each.minimum, each.maximum
    if highest is not None and number + 1 > highest:
        return int(number - 1 if lowest is None or number - 1 >= lowest else lowest)
    return int(number + 1 if lowest is None or number + 1 >= lowest else lowest)


def _form_to_send(form: Form, name: str, row: Row, known: Mapping[str, Any]) -> tuple[Form, dict[str, Any]]:
    """What is sent to change the field *name*: for PATCH only that field, else the whole row as it was sent before."""
    if form.method == "patch":
        return partial_form(form, {name}), {}
    names = {each.name for each in form.inputs if each.kind not in ("file", "image", "password")}
    before = {key: value for key, value in row.sent.items() if key in names}
    return form, {**known, **(before if form.encoding != "form" or form.method != "post" else {})}


def _check_changed(
    context: Context, row: Row, before: Mapping[str, Any], name: str, value: Any, filled: Filled
) -> None:
    if context.rows is None or row.key is None:
        return
    now, form, sent = values_of(context, row), filled.form, filled.values
    if not now:
        raise Contradiction(f"{named(row)} is gone after the change", "the row is changed")
    if name in now and not _is_value(value, now[name]):
        kept = "its old value" if now[name] == before.get(name) else repr(str(now[name])[:60])
        raise Contradiction(f"the site reported success, but {name} has {kept}", f"{name} has the new value")
    pairs = [(each, given) for each, given in flat(form.inputs, sent) if each.name != name]
    if lost := lost_fields(pairs, now):
        raise Contradiction(f"the change of {name} lost {'; '.join(lost[:3])}", "the other fields keep their values")
    if lost := [each for each in changes_of(before, now, {name, *sent}) if now.get(each) in (None, "", [])]:
        raise Contradiction(f"the change of {name} emptied {', '.join(lost)}", "the other fields keep their values")


def _is_value(sent: Any, kept: Any) -> bool:
    first, second = str(sent).casefold().strip(), str(kept).casefold().strip()
    if first in second or re.sub(r"[\W_]+", "", first) == re.sub(r"[\W_]+", "", second):
        return True
    try:
        return abs(float(first) - float(second)) < 1e-9
    except ValueError:
        return isinstance(kept, bool) and (first in ("true", "on", "1")) == kept


def changes_of(before: Mapping[str, Any], now: Mapping[str, Any], expected: Collection[str] = frozenset()) -> list[str]:
    """The fields whose values changed, apart from *expected* and those that a site changes by itself."""
    return [
        name
        for name, value in before.items()
        if name in now
        and now[name] != value
        and name not in expected
        and not AUTOMATIC.search(name)
        and not re.match(r"\d{4}-\d\d-\d\d", str(value))
    ]


def _check_shown(context: Context, resource: Resource, row: Row, visitor: Visitor, name: str, value: Any) -> str:
    """Check that the page of *row* shows the new value instead of the old one. Returns what it showed."""
    detail, old = resource.operation("detail"), row.mark
    found = re.search(r"[0-9a-f]{8}", str(value)) if isinstance(value, str) else None
    if not found:
        return ""
    row.mark, row.path = found[0], ""
    if detail is None:
        return ""
    path = address(context, detail, row, visitor.role)
    answer = next(answers_of(context, detail, path, row, visitor))
    if answer.status == 200 and shows(answer, row.mark):
        return ", and its page shows it"
    if answer.status == 200 and old and shows(answer, old) and not _is_cached(answer):
        raise Contradiction(f"GET {answer.path} still shows the old {name}", "the new value")
    return ""


def _is_cached(answer: Answer) -> bool:
    return bool(re.search(r"max-age=[1-9]", answer.response.headers.get("cache-control", "")))


def delete(context: Context, resource: Resource, row: Row, others: Sequence[Row], role: str) -> None:
    """Delete *row*, and check that it is gone and others are not."""
    operation = resource.operations["delete"]

    def body(visitor: Visitor) -> str:
        path = address(context, operation, row, role)
        keys = set(context.rows.keys(row.label)) if context.rows else set()
        kept = values_of(context, row)
        answer = send_delete(context, operation, visitor, path, row)
        if answer.status >= 500:
            raise Contradiction(f"{operation.method.upper()} {path} got {answer.status}", "the row is deleted")
        if answer.status >= 400 or is_login(answer):
            raise Unfinished(f"{operation.method.upper()} {path} got {answer.first or answer.status}")
        lost = keys - set(context.rows.keys(row.label)) if context.rows else set()
        for other in others:
            if other.key in lost:
                raise Contradiction(f"the deletion of {named(row)} deleted {named(other)}", "only this row is deleted")
        gone = _gone_or_refused(context, resource, row, kept, visitor, answer)
        return f"{operation.method.upper()} {path} → {answer.first or answer.status}; {gone}"

    title = f"{WHO[role]} deletes {resource.one}"
    context.run(f"{resource.name}-delete", title, "delete", resource.label, role, body, operation.where)
    if row.key is not None:
        context.forget(row.label, row.key)


def send_delete(context: Context, operation: Operation, visitor: Visitor, path: str, row: Row) -> Answer:
    """Delete as a browser does: from the form on the confirmation page, or by a request of its own.

    Raises:
        Unfinished: a mutation was refused.
    """
    if operation.form is not None and operation.is_graphql:
        filled = context.fillers[visitor.role].fill(aimed(operation.form, row, values_of(context, row)))
        answer = visitor.send(filled, path)
        if refused := refusals_of(answer, filled):
            raise Unfinished("; ".join(map(str, refused[:3])))
        return answer
    if operation.method == "delete":
        return visitor.request("delete", path, headers={"Accept": "application/json"} if operation.is_api else None)
    if operation.view.url.methods is None or "get" in operation.view.url.methods:
        page = visitor.get(path)
        for form in page.page.forms_to(page.path, "post"):
            return visitor.send(context.fillers[visitor.role].fill(form), page.path)
        if page.status == 200 and page.redirects and not is_login(page):
            return page  # the view deletes by GET
    return visitor.request(operation.method, path, form={} if operation.method == "post" else None)


def _gone_or_refused(
    context: Context, resource: Resource, row: Row, kept: Mapping[str, Any], visitor: Visitor, answer: Answer
) -> str:
    """As `_gone`.

    Raises:
        Contradiction: the row is still there.
        Unfinished: it is, and *answer* tells why.
    """
    try:
        return _gone(context, resource, row, kept, visitor)
    except Contradiction as error:
        if answer.is_page and answer.page.alerts:
            raise Unfinished(f"the site answered {answer.page.alerts[0][:120]!r}") from error
        raise


def _gone(context: Context, resource: Resource, row: Row, kept: Mapping[str, Any], visitor: Visitor) -> str:
    """Say how the row is gone, whose values were *kept* before.

    Raises:
        Contradiction: it is still there.
    """
    if context.rows is not None and row.key is not None and context.rows.values(row.label, row.key) is None:
        return f"{row.label} {row.key} is gone from the database"
    if _is_flagged(values_of(context, row)) and not _is_flagged(kept):
        return f"{row.label} {row.key} is marked as deleted"
    now, words = values_of(context, row), words_of(resource.operations["delete"].view.url.route)
    ended = [name for name, value in kept.items() if now and now.get(name) != value and not TIMES.search(name)]
    if ended and ENDS & set(words):
        return f"{row.label} {row.key} is kept with another {', '.join(ended[:3])}"
    where = []
    for role in ("detail", "list"):
        operation = resource.operation(role)
        if operation is None:
            continue
        path = address(context, operation, row, visitor.role)
        answer = next(answers_of(context, operation, path, row, visitor))
        if answer.status == 200 and is_shown(context, resource, answer, row, visitor.role):
            where.append(answer.path)
    if where:
        raise Contradiction(f"the site reported success, but {where[-1]} still shows {named(row)}", "the row is gone")
    if context.rows is not None and row.key is not None:
        if context.rows.is_visible(row.label, row.key) and not _is_flagged(values_of(context, row)):
            raise Contradiction(
                f"the site reported success, but {row.label} {row.key} is still in the database", "the row is gone"
            )
        return f"{row.label} {row.key} is marked as deleted, and no page shows it"
    return "no page shows it"


def _is_flagged(values: Mapping[str, Any]) -> bool:
    """Whether a row looks like one that is only marked as deleted."""
    return any(
        (re.search(r"delet|remov|archiv|trash|cancel", name) and value not in (None, False, "", 0))
        or (name in ("is_active", "active", "enabled", "visible") and value is False)
        or (name in ("status", "state") and re.search(r"delet|remov|archiv|cancel|inactive", str(value), re.I))
        for name, value in values.items()
    )
