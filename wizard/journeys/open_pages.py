"""What must not work with pages: those for staff as a visitor, and their forms without a CSRF token."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence

from wizard.journeys import addresses
from wizard.journeys.attempts import page_with
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import marked_value
from wizard.journeys.operations import Operation, methods_of
from wizard.journeys.resources import Resource
from wizard.journeys.row_address import address
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import View

NEVER_OPEN = re.compile(r"^back_?-?office|^moderat")
"""Words of addresses whose pages are for staff, whatever the code says."""
STAFF = re.compile(r"staff|back_?-?office|moderat|internal|intranet")
"""Words of addresses whose pages are for staff, if one of them is."""
OFTEN_STAFF = re.compile(r"manage|dashboard|admin|panel|console|office|control")
"""Words of addresses whose pages are for staff, if most of them are."""
SHARE = 0.6
NOT_OF_ADDRESS = re.compile(r"^(api|v\d|[a-z]{2}(-[a-z]{2,4})?)$")
"""Parts of addresses that say nothing: versions and languages."""
MOST = 8


def check_staff_pages(context: Context) -> None:
    """Check that visitors cannot open pages for staff."""
    pages = staff_pages(context)
    for role in ("first", "anonymous"):
        if pages and role in context.visitors:
            who = "A visitor" if role == "first" else "A visitor who is not logged in"
            title = f"{who} cannot open pages for staff"
            context.run(f"staff-pages-{role}", title, "hole", "staff", role, _opens(context, pages), pages[0].where)


def staff_pages(context: Context) -> list[Operation]:
    """Pages for staff, at most MOST: those of which the code tells, and those among such pages below one address."""
    accounts = ("login", "logout", "signup", "reset")
    own = [view for view in context.surface.views if not (view.library or view.package) and view.role not in accounts]
    parts: dict[str, list[bool]] = {}
    for view in own:
        parts.setdefault(_part(view), []).append(view.requires == "staff")
    among = {part for part, flags in parts.items() if _is_for_staff(part, flags)}
    found = [
        Operation(view.role or "other", view, "get", None, view.model)
        for view in own
        if (view.requires == "staff" or _part(view) in among) and "get" in (methods_of(view) or ("get",))
    ]
    return sorted(found, key=lambda each: each.view.requires == "staff")[:MOST]


def _is_for_staff(part: str, flags: Sequence[bool]) -> bool:
    if NEVER_OPEN.search(part):
        return True
    if STAFF.search(part):
        return any(flags)
    return bool(OFTEN_STAFF.search(part)) and sum(flags) >= 2 and sum(flags) >= SHARE * len(flags)


def _part(view: View) -> str:
    """The first word of a view's address that says something."""
    words = re.split(r"[/^$]+", re.split(r"\(\?P<|<", view.url.route)[0])
    return next((word for word in words if word and not NOT_OF_ADDRESS.match(word)), "")


def _opens(context: Context, pages: Sequence[Operation]) -> Callable[[Visitor], str]:
    def body(visitor: Visitor) -> str:
        seen = []
        for operation in pages:
            try:
                path = address(context, operation, None, visitor.role)
            except Unfinished:
                path = addresses.fill(operation.view.url.route, dict.fromkeys(operation.parameters, "1"))
            answer = visitor.request("get", path, follow=False)
            location = answer.response.headers.get("location", "")
            if answer.status == 200 and not _asks_for_login(answer.response.text):
                raise Contradiction(f"GET {path} got 200 ({operation.where})", "403, or the login page")
            seen.append(f"GET {path} → {answer.status} {location}".strip())
        return ", ".join(seen[:4])

    return body


def _asks_for_login(text: str) -> bool:
    return 'type="password"' in text or "type='password'" in text


def check_csrf(context: Context, resource: Resource) -> bool:
    """Check that a form is refused without its CSRF token, if its page has one. Returns whether it was tried."""
    operation = resource.operation("create")
    if operation is None or operation.form is None or context.rows is None:
        return False
    if operation.view.url.drf or operation.form.encoding not in ("form", "multipart"):
        return False
    role = "staff" if operation.view.requires == "staff" else "first" if "first" in context.visitors else "anonymous"
    if role not in context.visitors:
        return False

    def body(visitor: Visitor) -> str:
        return _without_token(context, resource, operation, visitor)

    title = f"A form for a {resource.title} is refused without its CSRF token"
    context.run(f"{resource.name}-csrf", title, "hole", resource.label, role, body, operation.where)
    if context.results[-1].why == NO_TOKEN:
        context.results.pop()
        return False
    return True


NO_TOKEN = "the page has no form with a CSRF token"  # noqa: S105 - a text


def _without_token(context: Context, resource: Resource, operation: Operation, visitor: Visitor) -> str:
    assert context.rows is not None and operation.form is not None
    form, filler = operation.form, context.fillers[visitor.role]
    path = address(context, operation, None, visitor.role)
    page, shown = page_with(visitor, form, path)
    if shown is None or not any(each.name == CSRF_FIELD for each in shown.inputs):
        raise Unfinished(NO_TOKEN)
    given = {**context.prepare(form, visitor.role), **marked_value(form, secrets.token_hex(4), ascii_only=True)}
    path = shown.path or page.path or path
    count = context.rows.count(resource.label) if resource.model else 0
    answer = visitor.send(filler.fill(form, shown, given), path, csrf=False, follow=False)
    if resource.model and context.rows.count(resource.label) > count:
        raise Contradiction(
            f"POST {path} without its CSRF token made a row of {resource.label} ({answer.status})", "403"
        )
    return f"POST {path} without its token → {answer.status}"
