"""What must not work with rows: anonymous changes, and reading or changing those of another visitor.

A hole is only reported where the code or the rest of the site shows that the request should be refused: an API that is
open to everybody on purpose has none.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace

from wizard.base.errors import SiteError
from wizard.journeys.attempts import page_with
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import partial_form
from wizard.journeys.evidence import Row, marked_value, shows
from wizard.journeys.members_only import is_for_members
from wizard.journeys.operations import Operation
from wizard.journeys.others_rows import has_hidden_page, page_to_change, private_parent
from wizard.journeys.reading import explained, is_login, is_shown, named
from wizard.journeys.resources import Resource
from wizard.journeys.row_address import address, answers_of
from wizard.journeys.row_inputs import aimed, marked_given
from wizard.journeys.saved_rows import values_of
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form

PRIVATE = re.compile(
    r"order|basket|\bcart|booking|reservation|appointment|invoice|payment|address|notification|message|inbox|wish|favou?rite"
    r"|subscription|ticket|\bmy\b|\bmine\b|account|document|prescription|medical|salary|note\b|notes\b|transaction|wallet|bill"
)
"""Words of rows that only their owner may see."""
WEAK_OWNER = re.compile(r"created_by|updated_by|modified_by|assigned|assignee|editor|reviewer|manager|agent|added_by")
"""Names of fields that say who worked on a row, which is often shared by all users."""
OWN = re.compile(r"(^|[/_-])(my|mine|own|drafts?|private|history)([/_-]|$)")
"""Words of lists that have only the visitor's own rows."""
SMALLEST = 20
"""Bytes of an answer that says something about a row."""
BY_VISITORS = re.compile(
    r"comment|review|message|inquir|enquir|contact|subscri|feedback|vote|lead|order|booking|regist|report|rsvp|question"
    r"|newsletter|application|request|signature|rating|entry|submission|guest"
)
"""Words of rows that visitors who are not logged in may create though staff manage them."""
CHANGES = ("create", "update", "delete")


def needs_login(resource: Resource, refused: Sequence[str] = ()) -> bool:
    """Whether changes of the resource are for logged-in visitors: by the code of one, or since one was refused."""
    told = [resource.requires(role) for role in CHANGES if resource.operation(role)]
    return bool(refused) or any(each in ("login", "staff") for each in told)


def check_anonymous(context: Context, resource: Resource, rows: Sequence[Row]) -> None:
    """Check that a visitor who is not logged in can neither change nor delete a row, nor create one."""
    if context.rows is None or not rows:
        return
    open_roles = [role for role in ("delete", "update", "create") if resource.operation(role)]
    if not open_roles:
        return
    required = needs_login(resource)
    owned = bool(resource.owner) and not WEAK_OWNER.search(resource.owner)
    members = is_for_members(context, resource, BY_VISITORS)
    if not required and not members and not (owned and resource.requires("create") != "nobody"):
        return
    tried: list[str] = []

    def body(visitor: Visitor) -> str:
        for role in open_roles:
            operation = resource.operations[role]
            if role == "create" and operation.view.requires == "nobody" and not (members or _is_catalogue(resource)):
                continue
            tried.append(_refused(context, resource, operation, rows[0], visitor))
        if not tried:
            raise Unfinished("every change is open to everybody")
        return "refused: " + ", ".join(tried)

    context.run(
        f"{resource.name}-anonymous",
        f"A visitor who is not logged in cannot change {resource.one}",
        "hole",
        resource.label,
        "anonymous",
        body,
        resource.operations[open_roles[0]].where,
    )


def _is_catalogue(resource: Resource) -> bool:
    """Whether everybody sees the rows, and only staff change and delete them, so that only staff can create them."""
    changes = all(resource.requires(role) == "staff" for role in ("update", "delete"))
    words = f"{resource.label} {resource.title}".lower()
    return changes and resource.requires("list") in ("", "nobody", "login") and not BY_VISITORS.search(words)


def _refused(
    context: Context, resource: Resource, operation: Operation, row: Row, visitor: Visitor, path: str = ""
) -> str:
    """Try *operation* on *row* as a visitor who may not, and say how it was refused. *path*: below another's row.

    Raises:
        Contradiction: it had an effect.
    """
    assert context.rows is not None
    before, count = values_of(context, row), context.rows.count_by_site(row.label)
    path = path or address(context, operation, None if operation.role == "create" else row, visitor.role)
    mark = secrets.token_hex(4)
    status, ended = _send(context, operation, path, visitor, row, mark)
    request = operation.request(path)
    who = "a visitor who is not logged in" if visitor.role == "anonymous" else "another visitor"
    if operation.role == "create":
        if context.rows.count_by_site(row.label) > count:
            raise Contradiction(
                f"{request} by {who} made a row of {row.label} ({status})", "a refusal: 401, 403 or the login page"
            )
    else:
        now = values_of(context, row)
        if not now and before:
            raise Contradiction(
                f"{request} by {who} deleted {named(row)} ({status})", "a refusal: 401, 403, 404 or the login page"
            )
        if mark in str(now) or (operation.role == "delete" and not _same(before, now)):
            raise Contradiction(
                f"{request} by {who} changed {named(row)} ({status})", "a refusal: 401, 403, 404 or the login page"
            )
    return f"{request} → {ended}"


def _same(before: dict[str, object], now: dict[str, object]) -> bool:
    return all(now.get(name) == value for name, value in before.items())


def _send(context: Context, operation: Operation, path: str, visitor: Visitor, row: Row, mark: str) -> tuple[int, str]:
    """Send what the owner of *row* would send. Returns the status, and how the request ended for display."""
    form = operation.form
    filler = context.fillers["first"] if "first" in context.fillers else context.fillers[visitor.role]
    if form is not None and operation.is_graphql:
        form = _named_row(context, operation, form, row)
        given = context.prepare(form, "first")
        marked = marked_given(filler, form, mark, ascii_only=True, given=given)
        answer = visitor.send(filler.fill(form, None, {**given, **marked}), path, follow=False)
    elif form is None or operation.role == "delete":
        answer = visitor.request(operation.method, path, form={} if operation.method == "post" else None, follow=False)
    else:
        given = {**context.prepare(form, "first"), **_plain(form, row), **marked_value(form, mark, ascii_only=True)}
        sent = partial_form(form, set(marked_value(form, mark))) if form.method == "patch" else form
        filled = filler.fill(sent, _owners_form(context, operation, path), given)
        filled.values.pop(CSRF_FIELD, None)
        filled.form = replace(filled.form, source=form.source)  # the visitor has a token of their own
        answer = visitor.send(filled, path, follow=False)
    location = answer.response.headers.get("location", "")
    return answer.status, f"{answer.status} {location}".strip()


def _owners_form(context: Context, operation: Operation, path: str) -> Form | None:
    """The form on the owner's page, which has the rows of formsets. None for a form without them."""
    if operation.form is None or "first" not in context.visitors or not any(f.formset for f in operation.view.forms):
        return None
    return page_with(context.visitors["first"], operation.form, path)[1]


def _named_row(context: Context, operation: Operation, form: Form, row: Row) -> Form:
    """*form*, of GraphQL, about *row*."""
    if operation.role == "create":
        return form
    return aimed(form, row, values_of(context, row) if operation.role == "delete" else None)


def _plain(form: Form, row: Row) -> dict[str, object]:
    names = {each.name for each in form.inputs if each.kind not in ("file", "image", "password", "captcha")}
    return {name: value for name, value in row.sent.items() if name in names}


def check_other_visitor(context: Context, resource: Resource, row: Row) -> None:
    """Check that the second visitor can't change or delete the first one's *row*, nor see it if it is private."""
    owner = resource.owner
    if context.rows is None or not owner or "second" not in context.visitors or row.key is None:
        return
    if context.rows.related(row.label, row.key, owner) != context.accounts.get("first"):
        return
    private = is_private(context, resource, row)
    writes = [role for role in ("update", "delete") if resource.operation(role) and resource.requires(role) != "staff"]
    if WEAK_OWNER.search(owner) and not private:
        writes = []
    if not writes and not private:
        return

    def body(visitor: Visitor) -> str:
        seen = [*_reads(context, resource, row, visitor, private=private)]
        seen += [_refused(context, resource, resource.operations[role], row, visitor) for role in writes]
        if not seen:
            raise Unfinished("there is no request to try")
        return "refused: " + ", ".join(seen)

    role = (writes or ["detail", "list"])[0]
    operation = resource.operation(role) or next(iter(resource.operations.values()))
    context.run(
        f"{resource.name}-other-visitor",
        f"Another visitor cannot use somebody else's {resource.title}",
        "hole",
        resource.label,
        "second",
        body,
        operation.where,
    )


def check_below_others(context: Context, resource: Resource, row: Row) -> None:
    """Check that the second visitor can't create a row below one of the first that only the first may see."""
    if not {"first", "second"} <= context.visitors.keys() or row.label != resource.label:
        return
    found = private_parent(context, resource)
    if found is None:
        return
    operation, path = found

    def body(visitor: Visitor) -> str:
        return "refused: " + _refused(context, resource, operation, row, visitor, path)

    title = f"Another visitor cannot add {resource.one} to somebody else's row"
    context.run(f"{resource.name}-below-others", title, "hole", resource.label, "second", body, operation.where)


def check_own_lists(context: Context, resource: Resource, row: Row) -> None:
    """Check that lists of a visitor's own rows, such as their drafts, do not show those of another one."""
    if not resource.owner or not row.mark or not {"first", "second"} <= context.visitors.keys():
        return
    for operation in resource.others:
        if operation.role != "list" or operation.view.requires == "staff" or operation.parameters:
            continue
        if OWN.search(operation.address_words) and context.rows is not None:
            _check_own_list(context, resource, operation, row)


def _check_own_list(context: Context, resource: Resource, operation: Operation, row: Row) -> None:
    path = address(context, operation, row, "first")
    shown = operation.request(path)

    def body(visitor: Visitor) -> str:
        first = context.visitors["first"]
        if _lists(context, resource, operation, visitor, path, row):
            raise Contradiction(f"{shown} shows {named(row)} of another visitor", "the visitor's own rows")
        with explained(context, row, lambda: _lists(context, resource, operation, first, path, row)) as flag:
            if flag and _lists(context, resource, operation, visitor, path, row):
                raise Contradiction(f"{shown} shows {named(row)} of another visitor", "the visitor's own rows")
        return f"{shown} does not show {named(row)} of another visitor"

    name = f"{resource.name}-own-list"
    title = f"A list of a visitor's own {resource.title} has no others'"
    context.run(name, title, "hole", resource.label, "second", body, operation.where)


def is_private(context: Context, resource: Resource, row: Row) -> bool:
    """Whether only its owner may see *row*: by the words of the model, or since the second visitor's list lacks it."""
    listed, detail = resource.operation("list"), resource.operation("detail")
    if not row.mark and listed is None:
        return False
    if any(each is not None and each.view.requires == "nobody" for each in (listed, detail)):
        return False
    route = next((each.view.url.route for each in (listed, detail) if each is not None), "")
    words = f"{resource.name.replace('-', ' ')} {resource.title} {route}"
    if PRIVATE.search(words.lower()) and any(each and each.view.requires == "login" for each in (listed, detail)):
        return True
    if listed is None or not row.mark:
        return False
    try:
        path = address(context, listed, row, "first")
        first, second = (
            _lists(context, resource, listed, context.visitors[role], path, row) for role in ("first", "second")
        )
        return first and (not second or has_hidden_page(context, detail, row))
    except (SiteError, Unfinished):
        return False


def _lists(context: Context, resource: Resource, operation: Operation, visitor: Visitor, path: str, row: Row) -> bool:
    """Whether the list at *path* shows *row* to *visitor*."""
    return any(
        answer.status == 200 and not is_login(answer) and is_shown(context, resource, answer, row, visitor.role)
        for answer in answers_of(context, operation, path, row, visitor)
    )


def _reads(context: Context, resource: Resource, row: Row, visitor: Visitor, *, private: bool) -> list[str]:
    seen: list[str] = []
    if not private:
        return seen
    for role in ("list", "detail"):
        operation = resource.operation(role)
        if operation is None or operation.view.requires == "staff":
            continue
        path = address(context, operation, row, visitor.role)
        for answer in answers_of(context, operation, path, row, visitor):
            if role == "list":
                seen_there = is_shown(context, resource, answer, row, visitor.role)
            else:
                whole = isinstance(answer.json, dict) and str(answer.json.get("id")) == str(row.key)
                seen_there = shows(answer, row.mark) or whole
            if answer.status == 200 and not is_login(answer) and seen_there:
                expected = "a list of the visitor's own rows" if role == "list" else "403 or 404"
                raise Contradiction(f"GET {answer.path} shows {named(row)} of another visitor", expected)
            seen.append(f"GET {answer.path} → {answer.status}" + (" without it" if role == "list" else ""))
            if answer.status != 200:
                break
    changed = page_to_change(context, resource, row, visitor)
    return [*seen[:4], *([changed] if changed else []), *_reads_further(context, resource, row, visitor)]


def _reads_further(context: Context, resource: Resource, row: Row, visitor: Visitor) -> list[str]:
    """Open further pages of a private row, such as its download, as another visitor.

    Raises:
        Contradiction: one answers what it answers the owner.
    """
    seen: list[str] = []
    for operation in resource.further_pages:
        path = address(context, operation, row, visitor.role)
        answer = visitor.get(path)
        if answer.status == 200 and not is_login(answer) and len(answer.response.content) > SMALLEST:
            owners = context.visitors["first"].get(path)
            if owners.status == 200 and owners.response.content == answer.response.content:
                raise Contradiction(f"GET {path} answers another visitor what it answers the owner", "403 or 404")
        seen.append(f"GET {path} → {answer.status}")
    return seen
