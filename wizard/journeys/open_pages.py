"""What must not work with pages: visitors must not open those for staff."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from wizard.journeys import addresses
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.operations import Operation, methods_of
from wizard.journeys.row_address import address
from wizard.journeys.staff_links import pages_linked_for_staff
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import View

NEVER_OPEN = re.compile(r"^back_?-?office|^moderat")
"""Words of addresses whose pages are for staff, whatever the code says."""
ADMINISTRATORS = re.compile(r"^(admin(istra\w*)?|superuser|verwaltung|beheer\w*|yonetim|zarzadzanie|админ\w*)$")
"""Parts of addresses that are for administrators, in several languages."""
STAFF = re.compile(r"staff|back_?-?office|moderat|internal|intranet|mitarbeiter|redaktion|medewerker|personale\b")
"""Words of addresses whose pages are for staff, if one of them is."""
OFTEN_STAFF = re.compile(
    r"manage|dashboard|admin|panel|console|office|control|verwalt|gestion|beheer|painel|kontrol|yonetim|zarzadz"
)
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
    """Pages for staff, at most MOST: those that the code or the address tells, those that only staff finds."""
    accounts = ("login", "logout", "signup", "reset")
    views = [view for view in context.surface.views if context.rows is not None or not view.url.effects]
    own = [view for view in views if not (view.library or view.package) and view.role not in accounts]
    parts: dict[str, list[bool]] = {}
    for view in own:
        parts.setdefault(_part(view), []).append(view.requires == "staff")
    among = {part for part, flags in parts.items() if _is_for_staff(part, flags)}
    found = [
        Operation(view.role or "other", view, "get", None, view.model)
        for view in own
        if (view.requires == "staff" or _part(view) in among or _is_of_admin(context, view))
        and "get" in (methods_of(view) or ("get",))
    ]
    views = [each.view for each in found]
    found += [each for each in pages_linked_for_staff(context) if each.view not in views]
    return sorted(found, key=lambda each: each.view.requires == "staff")[:MOST]


def _is_for_staff(part: str, flags: Sequence[bool]) -> bool:
    if NEVER_OPEN.search(part):
        return True
    if STAFF.search(part):
        return any(flags)
    return bool(OFTEN_STAFF.search(part)) and sum(flags) >= 2 and sum(flags) >= SHARE * len(flags)


def _is_of_admin(context: Context, view: View) -> bool:
    """Whether the address of *view* says that it is for administrators, it asks for a log-in, and has no own rows."""
    owners = {model.label: model.owner for model in context.surface.models}
    is_own = owners.get(view.model) and view.model != context.surface.user_model
    return bool(ADMINISTRATORS.search(_part(view))) and view.requires == "login" and not is_own


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
