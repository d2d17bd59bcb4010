"""Pages to which only staff finds a link: what the menu hides from visitors, their requests must not open either."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from wizard.base.errors import SiteError
from wizard.journeys import addresses
from wizard.journeys.context import Context
from wizard.journeys.html_page import Page
from wizard.journeys.operations import UNSAFE, Operation, methods_of
from wizard.journeys.reading import is_login
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import View

PAGES = 8
"""Pages without a parameter in which links are looked for."""
HIDDEN = 4
"""Pages for staff in which further links are looked for."""
EFFECT = re.compile(r"log_?-?out|sign_?-?out|delete|remove|clear|reset|send|sync|import|cancel|subscribe")
"""Words of views that are not opened, since opening them may have an effect."""
OWN = re.compile(
    r"profile|account|setting|verif|confirm|welcome|onboard|wizard|email|password|sign_?-?up|log_?-?in|register|invit|\bme\b"
)
"""Words of pages to which links depend on the state of an account."""


def pages_linked_for_staff(context: Context) -> list[Operation]:
    """The pages without a parameter that at least two pages link for staff, and no page links for visitors."""
    if not {"first", "staff"} <= context.visitors.keys():
        return []
    known = _openable(context)
    start = [path for path in known if not OWN.search(path)]
    start = ["/", *(path for path in start if path != "/")][:PAGES]
    roles = [role for role in ("first", "second", "anonymous") if role in context.visitors]
    shown = {role: _pages(context.visitors[role], start) for role in roles}
    seen = {path for pages in shown.values() for path in _links(pages, known)}
    common = _pages(context.visitors["staff"], shown["first"])  # pages for staff have links of their own
    staff = _links(common, known)
    hidden = [path for path, pages in staff.items() if path not in seen and len(pages - {path}) >= 2]
    below = _links(_pages(context.visitors["staff"], hidden[:HIDDEN]), known)
    hidden += [
        path for path, pages in below.items()
        if path not in seen and path not in hidden and any(path.startswith(page) for page in pages)
    ]  # fmt: skip
    return [Operation(known[path].role or "other", known[path], "get", None, known[path].model) for path in hidden]


def _openable(context: Context) -> Mapping[str, View]:
    """The pages of the project that can be opened by their address alone, without an effect."""
    found: dict[str, View] = {}
    for view in context.surface.views:
        url = view.url
        words = f"{url.route} {url.name or ''} {url.function}".lower()
        changes = view.role in ("create", "update", "delete", "upload") and any(f.method in UNSAFE for f in view.forms)
        plain = not addresses.parameters(url.route) and "(" not in url.route
        opens = "get" in (methods_of(view) or ("get",)) and not url.by_get
        if (
            view.library
            or changes
            or url.effects
            or not plain
            or not opens
            or EFFECT.search(words)
            or OWN.search(words)
        ):
            continue
        path = addresses.fill(url.route, {})
        if path and not (context.surface.admin and path.startswith(context.surface.admin)):
            found.setdefault(path, view)
    return found


def _pages(visitor: Visitor, paths: Iterable[str]) -> dict[str, Page]:
    """The pages at *paths* that the visitor can open."""
    found: dict[str, Page] = {}
    for path in paths:
        try:
            answer = visitor.get(path)
        except SiteError:
            continue
        if answer.status == 200 and answer.is_page and not is_login(answer):
            found[path] = answer.page
    return found


def _links(pages: Mapping[str, Page], known: Collection[str]) -> dict[str, set[str]]:
    """The addresses in *known* to which *pages* link, each with the addresses of those pages."""
    found: dict[str, set[str]] = {}
    for path, page in pages.items():
        for link in page.links:
            if (target := link.path.partition("?")[0]) in known:
                found.setdefault(target, set()).add(path)
    return found
