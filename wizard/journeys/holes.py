"""What must not work: anonymous changes, another visitor's rows, pages for staff, forms without a CSRF token.

A hole is only reported where the code or the rest of the site shows that the request should be refused: an API that is
open to everybody on purpose has none.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence

from wizard.base.errors import SiteError
from wizard.journeys import addresses
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import partial_form
from wizard.journeys.evidence import Row, marked_value, pages_of, read, shows
from wizard.journeys.operations import Operation, methods_of
from wizard.journeys.reading import is_login, named
from wizard.journeys.resources import Resource
from wizard.journeys.row_address import address
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
CHANGES = ("create", "update", "delete")
STAFF_WORDS = re.compile(r"staff|manage|dashboard|back_?office|admin|panel|console|internal|office|moderat|control")
"""Words of addresses whose pages are usually for staff."""
STAFF_SHARE = 0.6
"""The part of the views below one address that must be for staff, so that the others should be, too."""


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
    if not required and not (owned and resource.requires("create") != "nobody"):
        return
    tried: list[str] = []

    def body(visitor: Visitor) -> str:
        for role in open_roles:
            operation = resource.operations[role]
            if role == "create" and operation.view.requires == "nobody":
                continue
            tried.append(_refused(context, resource, operation, rows[0], visitor))
        if not tried:
            raise Unfinished("every change is open to everybody")
        return "refused: " + ", ".join(tried)

    context.run(
        f"{resource.name}-anonymous",
        f"A visitor who is not logged in cannot change a {resource.title}",
        "hole",
        resource.label,
        "anonymous",
        body,
        resource.operations[open_roles[0]].where,
    )


def _refused(context: Context, resource: Resource, operation: Operation, row: Row, visitor: Visitor) -> str:
    """Try *operation* on *row* as a visitor who may not, and say how it was refused.

    Raises:
        Contradiction: it had an effect.
    """
    assert context.rows is not None
    before, count = values_of(context, row), context.rows.count(row.label)
    path = address(context, operation, None if operation.role == "create" else row, visitor.role)
    mark = secrets.token_hex(4)
    status, ended = _send(context, operation, path, visitor, row, mark)
    request = f"{operation.method.upper()} {path}"
    who = "a visitor who is not logged in" if visitor.role == "anonymous" else "another visitor"
    if operation.role == "create":
        if context.rows.count(row.label) > count:
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
    if form is None or operation.role == "delete":
        answer = visitor.request(operation.method, path, form={} if operation.method == "post" else None, follow=False)
    else:
        given = {**context.prepare(form, "first"), **_plain(form, row), **marked_value(form, mark, ascii_only=True)}
        sent = partial_form(form, set(marked_value(form, mark))) if form.method == "patch" else form
        filler = context.fillers["first"] if "first" in context.fillers else context.fillers[visitor.role]
        answer = visitor.send(filler.fill(sent, None, given), path, follow=False)
    location = answer.response.headers.get("location", "")
    return answer.status, f"{answer.status} {location}".strip()


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
        first, second = (_lists(context.visitors[role], path, row, data=listed.is_api) for role in ("first", "second"))
        return first and not second
    except (SiteError, Unfinished):
        return False


def _lists(visitor: Visitor, path: str, row: Row, *, data: bool) -> bool:
    pages = pages_of(visitor, path, data=data)
    return any(answer.status == 200 and not is_login(answer) and shows(answer, row.mark) for answer in pages)


def _reads(context: Context, resource: Resource, row: Row, visitor: Visitor, *, private: bool) -> list[str]:
    seen: list[str] = []
    if not private:
        return seen
    for role in ("list", "detail"):
        operation = resource.operation(role)
        if operation is None or operation.view.requires == "staff":
            continue
        path = address(context, operation, row, visitor.role)
        data = operation.is_api
        for answer in pages_of(visitor, path, data=data) if role == "list" else [read(visitor, path, data=data)]:
            whole = role == "detail" and isinstance(answer.json, dict) and str(answer.json.get("id")) == str(row.key)
            if answer.status == 200 and not is_login(answer) and (shows(answer, row.mark) or whole):
                expected = "a list of the visitor's own rows" if role == "list" else "403 or 404"
                raise Contradiction(f"GET {answer.path} shows {named(row)} of another visitor", expected)
            seen.append(f"GET {answer.path} → {answer.status}" + (" without it" if role == "list" else ""))
            if answer.status != 200:
                break
    return seen[:4]


def check_staff_pages(context: Context) -> None:
    """Check that visitors cannot open pages for staff."""
    pages = staff_pages(context)
    if not pages or not {"first", "anonymous"} & context.visitors.keys():
        return
    for role in ("first", "anonymous"):
        if role in context.visitors:
            who = "A visitor" if role == "first" else "A visitor who is not logged in"
            context.run(
                f"staff-pages-{role}",
                f"{who} cannot open pages for staff",
                "hole",
                "staff",
                role,
                _opens(context, pages),
                pages[0].where,
            )


def staff_pages(context: Context) -> list[Operation]:
    """Pages for staff, at most eight: those of which the code tells, and those among many of such below one address."""
    own = [
        view
        for view in context.surface.views
        if not view.library and view.role not in ("login", "logout", "signup", "reset")
    ]
    parts: dict[str, list[bool]] = {}
    for view in own:
        parts.setdefault(_part(view.url.route), []).append(view.requires == "staff")
    for_staff = {
        part
        for part, flags in parts.items()
        if STAFF_WORDS.search(part) and sum(flags) >= 2 and sum(flags) >= STAFF_SHARE * len(flags)
    }
    found = [
        Operation(view.role or "other", view, "get", None, view.model)
        for view in own
        if (view.requires == "staff" or (_part(view.url.route) in for_staff and view.requires != "nobody"))
        and "get" in (methods_of(view) or ("get",))
    ]
    return found[:8]


def _part(route: str) -> str:
    """The first two words of a route, `api` apart."""
    words = [
        word
        for word in re.split(r"[/^$]+", re.split(r"\(\?P<|<", route)[0])
        if word and word not in ("api", "v1", "v2")
    ]
    return words[0] if words else ""


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
            if answer.status == 200 and not _asks_for_login(answer.text):
                raise Contradiction(f"GET {path} got 200 ({operation.where})", "403, or the login page")
            seen.append(f"GET {path} → {answer.status} {location}".strip())
        return ", ".join(seen[:4])

    return body


def _asks_for_login(text: str) -> bool:
    return 'type="password"' in text or "type='password'" in text


def check_csrf(context: Context, resource: Resource) -> bool:
    """Check that a form of a logged-in visitor is refused without its CSRF token. Returns whether it was tried."""
    operation, visitor = resource.operation("create"), context.visitors.get("first")
    if (
        operation is None
        or operation.form is None
        or visitor is None
        or context.rows is None
        or visitor.headers.get("Authorization")
    ):
        return False
    url = operation.view.url
    if (
        operation.view.requires not in ("login", "staff")
        or url.drf
        or operation.form.encoding not in ("form", "multipart")
    ):
        return False
    form, role = operation.form, "staff" if operation.view.requires == "staff" else "first"

    def body(visitor: Visitor) -> str:
        assert context.rows is not None
        path = address(context, operation, None, role)
        count = context.rows.count(resource.label)
        given = {**context.prepare(form, role), **marked_value(form, secrets.token_hex(4), ascii_only=True)}
        answer = visitor.send(context.fillers[role].fill(form, None, given), path, csrf=False, follow=False)
        if context.rows.count(resource.label) > count:
            raise Contradiction(
                f"POST {path} without a CSRF token made a row of {resource.label} ({answer.status})", "403"
            )
        return f"POST {path} without its token → {answer.status}"

    context.run(
        f"{resource.name}-csrf",
        f"A form for a {resource.title} is refused without its CSRF token",
        "hole",
        resource.label,
        role,
        body,
        operation.where,
    )
    return True
