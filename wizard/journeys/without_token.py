"""Forms without their CSRF token: what creates, changes or deletes a row refuses them, if their page has one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from wizard.journeys.attempts import matching_form
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import own_row
from wizard.journeys.evidence import Row, marked_value
from wizard.journeys.html_page import Page
from wizard.journeys.operations import Operation, of_surface
from wizard.journeys.reading import is_login
from wizard.journeys.resources import Resource, parent_of
from wizard.journeys.result import Verdict
from wizard.journeys.row_address import address
from wizard.journeys.saved_rows import values_of
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form

MOST = 14
"""How many forms are sent without their token."""
ROLES = ("create", "delete", "update")
NO_TOKEN = "no page has the form with a CSRF token"  # noqa: S105 - a text
DONE = {"create": "made", "delete": "deleted", "update": "changed"}


def check_all(context: Context, resources: Sequence[Resource]) -> None:
    """Send forms without their token, those that create rows first, and each view once."""
    tried: set[str] = set()
    for role in ROLES:
        for resource in resources:
            operation = resource.operation(role)
            if operation is None or operation.view.url.view in tried or len(tried) >= MOST or context.is_late:
                continue
            if check(context, resource, operation):
                tried.add(operation.view.url.view)


def check(context: Context, resource: Resource, operation: Operation) -> bool:
    """Check that a form is refused without its CSRF token, if a page has it with one. Returns whether it was tried."""
    by_form = operation.form is None or operation.form.encoding in ("form", "multipart")
    if context.rows is None or operation.view.url.drf or not by_form or operation.method != "post":
        return False
    if (operation.form if operation.role == "create" else resource.model) is None:
        return False
    role = "staff" if operation.view.requires == "staff" else "first" if "first" in context.visitors else "anonymous"
    if role not in context.visitors:
        return False

    def body(visitor: Visitor) -> str:
        return _without_token(context, resource, operation, visitor)

    what = {"create": "for", "delete": "that deletes", "update": "that changes"}[operation.role]
    title = f"A form {what} {resource.one} is refused without its CSRF token"
    name = f"{resource.name}-csrf" + ("" if operation.role == "create" else f"-{operation.role}")
    context.run(name, title, "hole", resource.label, role, body, operation.where)
    result = context.results[-1]
    if result.why == NO_TOKEN or (operation.role != "create" and result.verdict is Verdict.OPEN):
        context.results.pop()
        return False
    return True


def _without_token(context: Context, resource: Resource, operation: Operation, visitor: Visitor) -> str:
    assert context.rows is not None
    filler, mark = context.fillers[visitor.role], secrets.token_hex(4)
    row = None if operation.role == "create" else own_row(context, resource, visitor.role)
    path = address(context, operation, row, visitor.role)
    form = operation.form or Form("post", "form", (), "", path=path)
    page, shown = page_with_token(context, resource, operation, row, path, visitor)
    if shown is None:
        raise Unfinished(NO_TOKEN)
    given = {**context.prepare(form, visitor.role), **marked_value(form, mark, ascii_only=True)}
    path = shown.path or page.path or path
    count = context.rows.count_by_site(resource.label) if resource.model else 0
    filled = filler.fill(form, shown, given)
    filled.form = replace(filled.form, headers=tuple(each for each in filled.form.headers if each not in tokens(shown)))
    answer = visitor.send(filled, path, csrf=False, follow=False)
    kept = values_of(context, row) if row is not None else {}
    if operation.role == "create":
        had_effect = resource.model is not None and context.rows.count_by_site(resource.label) > count
    else:
        had_effect = not kept if operation.role == "delete" else mark in str(kept)
    if had_effect:
        raise Contradiction(
            f"POST {path} without its CSRF token {DONE[operation.role]} a row of {resource.label} ({answer.status})",
            "403",
        )
    return f"POST {path} without its token → {answer.status}"


def page_with_token(
    context: Context, resource: Resource, operation: Operation, row: Row | None, path: str, visitor: Visitor
) -> tuple[Page, Form | None]:
    """The first page with a form that is sent to *path* and has a CSRF token: that of *path*, or one before."""
    form = operation.form or Form("post", "form", (), "", path=path)
    for where in dict.fromkeys([path, *_pages_before(context, resource, operation, row, path, visitor)]):
        answer = visitor.get(where)
        if answer.status != 200 or not answer.is_page or is_login(answer):
            continue
        own = answer.page.forms_to(path, "post")
        shown = own[0] if own else matching_form(answer.page, form, path) if where == path else None
        if shown is not None and (tokens(shown) or any(each.name == CSRF_FIELD for each in shown.inputs)):
            return answer.page, shown
    return Page(path), None


def tokens(form: Form) -> tuple[tuple[str, str], ...]:
    """The headers with a token that a page's script sends with *form*."""
    return tuple(each for each in form.headers if "csrf" in each[0].lower())


def _pages_before(
    context: Context, resource: Resource, operation: Operation, row: Row | None, path: str, visitor: Visitor
) -> Iterator[str]:
    """The pages that may have a form for *path*: that of the row above, that of the row, and the list."""
    for name in operation.parameters if row is None else ():
        label = parent_of(operation, name, context.surface)
        keys = context.fillers[visitor.role].rows.get(label)
        for detail in of_surface(context.surface) if keys else ():
            if (detail.role, detail.model) == ("detail", label) and len(detail.parameters) == 1:
                yield address(context, detail, Row(label, keys[0]), visitor.role)  # type: ignore[index]
    for role in ("detail", "list"):
        found = resource.operation(role)
        if found is not None and not found.is_api and not found.is_graphql:
            with suppress(Unfinished):
                yield address(context, found, row, visitor.role)
