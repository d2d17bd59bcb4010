"""Views whose module says that they are for administrators: nobody sends their forms without a log-in."""

from __future__ import annotations

import re

from wizard.journeys import addresses
from wizard.journeys.context import Context, Contradiction
from wizard.journeys.html_page import Page
from wizard.journeys.operations import methods_of
from wizard.journeys.plain_pages import ON_PURPOSE
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import View

MODULE = re.compile(r"(?:^|\.)(?:admin_views?|views?_admin|views?\.admin|admin\.views?)\.")
"""Modules of such views, as `shop.admin_views`."""
ACCOUNTS = ("login", "logout", "signup", "reset", "password")
MOST = 8


def check_admin_modules(context: Context) -> None:
    """Open the pages whose code asks for no log-in as a visitor who has none."""
    views = [(view, path) for view in context.surface.views if (path := _path(context, view))][:MOST]
    if not views or "anonymous" not in context.visitors:
        return

    def body(visitor: Visitor) -> str:
        for view, path in views:
            answer = visitor.request("get", path, follow=False)
            if answer.status == 200 and answer.is_page and _has_own_form(answer.page, path):
                module = view.url.view.rpartition(".")[0]
                why = f"GET {path} got 200 with a form ({view.where}), and its code is in {module}"
                raise Contradiction(why, "403, or the login page")
        return f"no form without a log-in: {', '.join(path for _, path in views[:4])}"

    title = "A visitor who is not logged in has no form for administrators"
    context.run("admin-modules", title, "hole", "staff", "anonymous", body, views[0][0].where)


def _path(context: Context, view: View) -> str:
    """The address of such a page that can be opened. Empty for another view."""
    url = view.url
    if view.library or view.package or view.role in ACCOUNTS or view.requires in ("login", "staff"):
        return ""
    words = f"{url.route} {url.name or ''}".lower()
    opens = "get" in (methods_of(view) or ("get",)) and not addresses.parameters(url.route)
    if not MODULE.search(url.view) or not opens or ON_PURPOSE.search(words):
        return ""
    path = addresses.fill(url.route, {})
    return "" if context.surface.admin and path.startswith(context.surface.admin) else path


def _has_own_form(page: Page, path: str) -> bool:
    """Whether the page has a form that is sent to it, with something to fill in and no password."""
    for form in page.forms:
        own = form.path.partition("?")[0] in ("", path)
        kinds = {each.kind for each in form.inputs}
        if own and form.method == "post" and "password" not in kinds and kinds - {"hidden"}:
            return True
    return False
