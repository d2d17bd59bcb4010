"""Rows counted in the change lists of the admin."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared.admin_counts import count_rows
from tests.steps.fakes import FakeSite, response, url

ACCOUNT = {"username": "owner", "email": "owner@example.com", "password": "right"}
FORM = '<form><input name="username"><input type="password" name="password"></form>'
PAGES = {
    "/admin/shop/tea/": '<p class="paginator"><a>1</a> <a>2</a> … 1,250 teas</p>',
    "/admin/shop/order/": '<nav class="paginator">1 order</nav>',
    "/admin/shop/cup/": '<p class="paginator">0 cups</p>',
    "/admin/shop/note/": "<p>no list</p>",
}
ADMIN = SimpleNamespace(urls=[url("admin/login/", "admin:login")])


def admin(pages):
    """An admin that shows *pages* after a login."""
    links = "".join(f'<a href="{path}">list</a>' for path in pages)

    def answer(method, path, *, headers=None, **sent):
        if method == "POST":
            return response(302, set_cookie="session=1")
        if "session=1" not in (headers or {}).get("Cookie", ""):
            return response(200, FORM)
        return response(200, pages.get(path, links))

    return FakeSite(answer)


@pytest.mark.parametrize(
    ("pages", "holds", "showed"),
    [
        (PAGES, True, "shop/order 1, shop/tea 1250"),
        ({"/admin/shop/cup/": PAGES["/admin/shop/cup/"]}, False, "no rows"),
        ({}, False, "no rows"),
    ],
)
def test_rows_are_counted_without_empty_lists(pages, holds, showed):
    evidence = count_rows(ADMIN, admin(pages), ACCOUNT)
    assert (evidence.holds, evidence.showed) == (holds, showed)


@pytest.mark.parametrize(
    ("project", "site", "account", "showed"),
    [
        (SimpleNamespace(urls=[]), None, ACCOUNT, "the site has no admin, so check the data yourself"),
        (ADMIN, None, {"failed": "no database"}, "no database"),
        (
            ADMIN,
            FakeSite(lambda method, path, **sent: response(500)),
            ACCOUNT,
            "the login failed: /admin/ answered 500",
        ),
    ],
    ids=["no admin", "no account", "no login"],
)
def test_without_an_admin_or_a_login_the_observation_stays_open(project, site, account, showed):
    evidence = count_rows(project, site, account)
    assert evidence.holds is None
    assert evidence.showed.startswith(showed)
