"""Create rows of a resource as a visitor, and check that each exists once, with all that was sent."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from wizard.journeys import addresses
from wizard.journeys.attempts import attempt
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row, content_row, marked_value, shown_values
from wizard.journeys.graphql_answers import INTERNAL, half_made
from wizard.journeys.inline_rows import check_inline
from wizard.journeys.made import Made
from wizard.journeys.operations import Operation
from wizard.journeys.owners import check_owner
from wizard.journeys.resources import Resource, parent_of
from wizard.journeys.result import Verdict
from wizard.journeys.row_address import address
from wizard.journeys.row_inputs import marked_given, marked_leaf, sent_value
from wizard.journeys.rows import RowsError
from wizard.journeys.saved_rows import before, check_kept, new_row
from wizard.journeys.sent_form import Attempt
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form

WHO = {
    "first": "A visitor",
    "second": "A second visitor",
    "staff": "A staff member",
    "anonymous": "An anonymous visitor",
}


def actor(context: Context, operation: Operation) -> str:
    """The role of the visitor who tries *operation* first."""
    if operation.view.requires == "staff":
        return "staff"
    return "first" if "first" in context.visitors else "anonymous"


def create(context: Context, resource: Resource, role: str = "", earlier: Row | None = None) -> Row | None:
    """Create a row as the visitor of *role*, by default the one who may. Returns it if the site made it.

    *earlier* is a row that was made before: a field of which both have the same other value is lost.
    """
    operation = resource.operation("create")
    assert operation is not None and operation.form is not None
    made: list[Row] = []
    tried = role or actor(context, operation)

    def body(visitor: Visitor) -> str:
        effect = _create(context, resource, operation, visitor, made)
        _compare(earlier, made[0])
        return effect

    name = f"{resource.name}-create" + (f"-{role}" if role else "")
    staff = ["staff"] if not role and tried != "staff" and "staff" in context.visitors else []
    for number, who in enumerate([tried, tried, *staff]):
        if number and not _was_forbidden(context):
            break
        if number == 1 and not _go_below_others(context, operation, who):
            continue
        if number:
            context.results.pop()
        title = f"{WHO[who]} creates {resource.one}"
        context.run(name, title, "create", resource.label, who, body, operation.where)
    if not made:
        context.drop_wrong_guess(operation)
    return made[0] if made else None


def _go_below_others(context: Context, operation: Operation, role: str) -> bool:
    """Let *operation* be about rows of another visitor, since nobody rates or buys what is their own.

    Returns whether it is about such a row.
    """
    other = context.accounts.get("second" if role != "second" else "first")
    found = False
    for name in operation.parameters:
        label = parent_of(operation, name, context.surface)
        owned = bool(context.surface.owner_of(label))
        if owned and other is not None and context.rows is not None and label != operation.model:
            try:
                key = context.rows.make(label, user=other)
            except RowsError:
                continue
            context.fillers[role].rows.setdefault(label, []).insert(0, str(key))
            found = True
    return found


def _compare(earlier: Row | None, row: Row) -> None:
    """Raise if the site replaced what was sent for a field by the same value in both rows, so that it is lost."""
    for name, value in row.replaced.items() if earlier is not None else ():
        if earlier is not None and earlier.replaced.get(name, row) == value:
            sent = f"{sent_value(earlier.sent, name)!r} and {sent_value(row.sent, name)!r}"
            raise Contradiction(
                f"the site kept {name} = {value!r} in both rows, for which {sent} were sent", "every sent field is kept"
            )


def _was_forbidden(context: Context) -> bool:
    """Whether the last journey ended because the site did not let the visitor in."""
    last = context.results[-1]
    ended = last.requests[-1] if last.requests else None
    return (
        last.verdict is Verdict.OPEN
        and ended is not None
        and (ended.status in (401, 403, 404) or "login" in ended.request or "login" in last.why.lower())
    )


def _create(context: Context, resource: Resource, operation: Operation, visitor: Visitor, made: list[Row]) -> str:
    mark = secrets.token_hex(4)
    role = visitor.role
    path = address(context, operation, None, role)
    assert operation.form is not None
    known = context.prepare(operation.form, role)
    then = before(context, resource.label)
    sent, mark = send_marked(context, operation.form, path, visitor, mark, known)
    row = new_row(context, then, sent, mark)
    told = described(resource, sent, mark)
    if row is None:
        if not (told.key or told.path):
            raise Unfinished("the site accepted it, and neither its answer nor the database tells what it made")
        row = told
    row.path, row.content, row.key = told.path, told.content, row.key if row.key is not None else told.key
    made.append(row)
    context.made.append(Made(resource, role, row))
    check_owner(context, operation, row, role)
    kept = (check_kept(context, row, sent), check_inline(context, operation, sent, then.counts))
    effect = "; ".join(filter(None, kept))
    if row.label == resource.label and row.key is not None:
        context.remember(row.label, row.key, visitor.role)
    assert sent.answer is not None
    status = sent.answer.first or sent.answer.status
    request = f"{operation.request(path.partition('?')[0])} → {status}"
    return f"{request}; {effect}" if effect else request


def send_marked(
    context: Context, form: Form, path: str, visitor: Visitor, mark: str, known: dict[str, Any]
) -> tuple[Attempt, str]:
    """Send *form* with a name outside ASCII that contains *mark*. Returns how it went, and the mark if it was sent.

    If the site does not take that name, a plain one is sent.

    Raises:
        Unfinished: the site refuses the form for good.
        Contradiction: the site fails by itself.
    """
    filler = context.fillers[visitor.role]
    marked = marked_given(filler, form, mark, given=known)
    first = attempt(visitor, filler, form, path, given={**shown_values(form), **known, **marked})
    if first.accepted:
        return first, mark if marked else ""
    plain = marked_given(filler, form, mark, ascii_only=True, given=known)
    failed = first.broken or _is_internal(first)
    if marked and (failed or _names(first.why, marked_leaf(marked, mark)[0])):
        second = attempt(visitor, filler, form, path, given={**known, **plain})
        if second.accepted and failed:
            name, value = marked_leaf(marked, mark)
            told = status_of(first) if first.broken else f"{status_of(first)} ({first.why[:120]})"
            raise Contradiction(
                f"{name} = {value!r} gets {told}, and {marked_leaf(plain, mark)[1]!r} is accepted",
                "a name outside ASCII is accepted or refused with a message",
            )
        if second.accepted:
            return second, mark
        first = second
    if first.broken:
        raise Contradiction(
            f"{form.method.upper()} {path} got {status_of(first)}", "an answer without an error of the site"
        )
    if _is_internal(first):
        raise Contradiction(
            f"{form.method.upper()} {path} got {status_of(first)} with an error of the site: {first.why[:160]}",
            "an answer with a status of 500, or no error",
        )
    if told := half_made(first.answer, form):
        raise Contradiction(f"the site answered a row that it did not save: {told}", "the new row with all its values")
    raise Unfinished(first.why or first.filled.problem or "the site does not accept the form")


def _is_internal(sent: Attempt) -> bool:
    """Whether an answer with a status of success contains an error of the site itself."""
    return 0 < status_of(sent) < 400 and bool(INTERNAL.search(sent.why))


def _names(why: str, name: str) -> bool:
    return name.lower() in why.lower() or not why


def status_of(sent: Attempt) -> int:
    return sent.answer.status if sent.answer else 0


def described(resource: Resource, sent: Attempt, mark: str) -> Row:
    """The row as the site's answer describes it: its id, and the address of its page."""
    answer = sent.answer
    assert answer is not None
    content = content_row(answer.json, mark) if answer.json is not None else {}
    detail = resource.operation("detail")
    path = ""
    if answer.redirects and detail is not None and is_address_of(detail, answer.path):
        path = answer.path
    key = next((content[name] for name in ("id", "pk", "uuid") if name in content), None)
    return Row(resource.label, key, mark, dict(sent.filled.values), path, content)


def is_address_of(operation: Operation, path: str) -> bool:
    """Whether *path* is an address of *operation*, whatever its parameters are."""
    probe = dict.fromkeys(operation.parameters, "~")
    pattern = addresses.fill(operation.view.url.route, probe).strip("/").split("/")
    parts = path.partition("?")[0].strip("/").split("/")
    return len(parts) == len(pattern) and all(
        "~" in each or each == part for each, part in zip(pattern, parts, strict=True)
    )


def fill_other_row(context: Context, resource: Resource) -> Row | None:
    """Make another row in the database, with a mark, so that a view that shows or changes the wrong row is noticed."""
    if context.rows is None or resource.model is None:
        return None
    mark = secrets.token_hex(4)
    form = Form("post", "form", tuple(each for each in resource.model.inputs if each.kind == "text"), "")
    owner = context.another_account() if resource.owner else context.accounts.get("first")
    values = marked_value(form, mark, ascii_only=True)
    key = context.rows.make(resource.label, values, owner)
    return Row(resource.label, key, mark if values else "", values)


def own_row(context: Context, resource: Resource, role: str) -> Row:
    """Make a row in the database that belongs to the visitor of *role*, for views that only read.

    Raises:
        RowsError: it can't be made.
    """
    assert context.rows is not None and resource.model is not None
    mark = secrets.token_hex(4)
    form = Form("post", "form", tuple(each for each in resource.model.inputs if each.kind == "text"), "")
    values = marked_value(form, mark)
    key = context.rows.make(resource.label, values, context.accounts.get(role) or context.accounts.get("first"))
    context.remember(resource.label, key, role)
    return Row(resource.label, key, mark if values else "", dict(values))


def partial_form(form: Form, names: set[str]) -> Form:
    return replace(form, inputs=tuple(each for each in form.inputs if each.name in names))
