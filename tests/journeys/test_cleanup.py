"""At a real site, journeys delete what they created, never another row, and list what is left."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from tests.journeys.surfaces import journeys, model, result, surface, view
from wizard.journeys.cleanup import KIND, clean_up
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.html_page import read_page
from wizard.journeys.made import Made
from wizard.journeys.operations import Operation
from wizard.journeys.resource_items import resources
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict

SURFACE = surface(
    view("books/<int:pk>/", "detail", model="library.Book"),
    models=[model("library.Book", "title", in_admin=True), model("orders.Order", "auth.User:user")],
    admin="/admin/",
)
DELETE_FORM = '<form method="post"><input type="hidden" name="post" value="yes"><input type="submit"></form>'


class Server:
    """A site with books and an admin, in which *rows* are what each admin page shows, by its list and key."""

    def __init__(self, books=(), rows=(), *, protects=False):
        self.books, self.rows, self.protects, self.sent = dict(books), dict(rows), protects, []

    def page(self, path):
        plain = path.partition("?")[0]
        if plain.startswith("/books/"):
            text = self.books.get(plain)
            return (200, plain, text) if text else (404, plain, "")
        if plain.endswith("/delete/"):
            text = self.rows.get(plain.removesuffix("delete/"))
            return (200, plain, f"<p>Delete {text}? Orders: order 3</p>{DELETE_FORM}") if text else (200, "/admin/", "")
        word = path.partition("?q=")[2]
        found = [key for key, text in self.rows.items() if key.startswith(plain) and word in text]
        return 200, plain, "".join(f'<a href="{key}change/">row</a>' for key in found)

    def change(self, method, path):
        self.sent.append(f"{method} {path}")
        self.books.pop(path.replace("delete/", ""), None)
        if not self.protects:
            self.rows.pop(path.removesuffix("delete/"), None)


class Visitor:
    """A visitor of *server*."""

    def __init__(self, server, role):
        self.server, self.role, self.person = server, role, SimpleNamespace(name=f"visitor{role}")

    def begin(self):
        pass

    def get(self, path):
        status, place, text = self.server.page(path)
        response = httpx.Response(status, text=text, headers={"content-type": "text/html"})
        return SimpleNamespace(
            status=status, path=place, redirects=(), text=text, json=None, response=response, page=read_page(text, path)
        )

    def request(self, method, path, form=None):
        self.server.change(method, path)

    def send(self, filled, path):
        assert filled.values == {"post": "yes"}
        self.server.change("post", path)


def cleaned(server, *made, roles=("first",), results=()):
    visitors = {role: Visitor(server, role) for role in roles}
    context = Context(SURFACE, visitors, {}, results=list(results), made=list(made))
    clean_up(context)
    assert context.results[-1].kind == KIND
    return context.results[-1]


def book(mark="abcd1234", key=5, *, deletes=True):
    detail = SURFACE.views[0]
    operations = {"detail": Operation("detail", detail, "get", None, "library.Book")}
    if deletes:
        path = view("books/<int:pk>/delete/", "delete", model="library.Book")
        operations["delete"] = Operation("delete", path, "post", None, "library.Book")
    resource = Resource("book", "book", SURFACE.models[0], operations)
    return Made(resource, "first", Row("library.Book", key, mark))


def test_a_row_is_deleted_by_the_sites_own_form():
    server = Server({"/books/5/": "Zoë abcd1234"})
    found = cleaned(server, book())
    assert (found.verdict, found.why) == (Verdict.WORKS, "1 deleted: book 5")
    assert server.sent == ["post /books/5/delete/"]


def test_a_row_without_a_form_is_deleted_by_the_admin():
    server = Server(rows={"/admin/library/book/5/": "Zoë abcd1234"})
    found = cleaned(server, book(deletes=False), roles=("first", "staff"))
    assert (found.verdict, server.sent) == (Verdict.WORKS, ["post /admin/library/book/5/delete/"])


@pytest.mark.parametrize("mark", ["abcd1234", ""])
def test_a_row_that_lacks_the_mark_is_never_deleted(mark):
    server = Server({"/books/5/": "Somebody's book"}, {"/admin/library/book/5/": "Somebody's book"})
    found = cleaned(server, book(mark), roles=("first", "staff"))
    assert (found.verdict, found.why) == (Verdict.OPEN, "left on the site, please delete: book 5")
    assert server.sent == []


def test_accounts_are_deleted_with_what_belongs_to_them():
    server = Server(rows={"/admin/auth/user/7/": "visitorfirst", "/admin/auth/user/8/": "another"})
    done = [result("signup", "auth.User"), result("order", "order"), result("cart-add", "cart", Verdict.OPEN)]
    found = cleaned(server, roles=("first", "staff"), results=done)
    assert (found.verdict, found.why) == (Verdict.WORKS, "1 deleted: account visitorfirst")
    assert server.sent == ["post /admin/auth/user/7/delete/"]


@pytest.mark.parametrize(
    ("server", "roles"),
    [
        (Server(rows={"/admin/auth/user/7/": "visitorfirst"}, protects=True), ("first", "staff")),
        (
            Server(rows={"/admin/auth/user/7/": "visitorfirst", "/admin/auth/user/8/": "visitorfirst2"}),
            ("first", "staff"),
        ),
        (Server(), ("first",)),
    ],
    ids=["the admin refuses", "two are alike", "no staff"],
)
def test_what_can_not_be_deleted_is_listed(server, roles):
    done = [result("signup", "auth.User"), result("order", "order"), result("upload", "library.Book")]
    found = cleaned(server, roles=roles, results=done)
    assert (
        found.why == "left on the site, please delete: account visitorfirst, an order, an uploaded file in the storage"
    )
    [item] = [each for each in resources(journeys(SURFACE, *done, found)) if each.label == KIND]
    assert item.text == "What the journeys created on the real site is deleted again"
    judged = item.judge("21.21")
    assert (judged.verdict, judged.showed) == (Verdict.OPEN, found.why)


@pytest.mark.parametrize(
    ("made", "left"),
    [
        (result("create", "crm.Keeper", Verdict.BROKEN, status=500), "perhaps a keeper (POST /page/ → 500)"),
        (result("create", "crm.Keeper", Verdict.OPEN, status=302), "perhaps a keeper (POST /page/ → 302)"),
        (result("create", "", Verdict.OPEN, status=0), "perhaps a row (POST /page/ → no answer)"),
        (result("signup", "auth.User", Verdict.OPEN), "perhaps an account (POST /page/ → 302)"),
        (result("create", "crm.Keeper", Verdict.OPEN, status=200), ""),
        (result("create", "crm.Keeper", Verdict.OPEN, status=403), ""),
        (result("create", "crm.Keeper", Verdict.OPEN, request="GET /page/"), ""),
        (result("list", "crm.Keeper", Verdict.OPEN, status=500), ""),
    ],
)
def test_what_a_journey_that_does_not_work_may_have_left_is_listed(made, left):
    found = cleaned(Server(), roles=(), results=[made])
    assert found.why == (f"left on the site, please delete: {left}" if left else "nothing was created")
