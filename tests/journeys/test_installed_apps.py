"""Journeys on the pages of installed apps: they are judged less strictly than the project's own code."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from tests.journeys.surfaces import model, result, surface, view
from wizard.journeys import depth, people
from wizard.journeys.account_doors import doors
from wizard.journeys.context import Context, Contradiction
from wizard.journeys.cookies import Cookies
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filler, Person
from wizard.journeys.open_pages import staff_pages
from wizard.journeys.plain_pages import check_pages
from wizard.journeys.recorded import Recorder
from wizard.journeys.resources import find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.shop_views import find_shop
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form, Input


def of_app(route, role="", **given):
    """A view of the installed app `bazaar`."""
    found = view(route, role, **given)
    url = dataclasses.replace(found.url, view=f"bazaar.views.{found.url.function}", file=None, line=None)
    return dataclasses.replace(found, url=url, package="bazaar", where=url.view)


class Pages:
    """A visitor of pages that link to each other: path -> the paths that its page links to, or a status."""

    role, requests, cookies, recorder = "anonymous", (), Cookies("shop.example"), Recorder(20)

    def __init__(self, pages):
        self.pages, self.opened = pages, []

    def begin(self):
        self.opened.clear()

    def get(self, path, data=False):
        self.opened.append(path)
        found = self.pages.get(path, 404)
        links = [SimpleNamespace(path=each) for each in (found if isinstance(found, list) else ())]
        status = found if isinstance(found, int) else 200
        return SimpleNamespace(status=status, path=path, is_page=True, page=SimpleNamespace(links=links, forms=[]))


def context_of(site, pages=None):
    return Context(site, {"anonymous": Pages(pages or {})}, {})


@pytest.mark.parametrize(
    ("kind", "why", "verdict"),
    [
        ("list", "GET /shop/ got 500", Verdict.OPEN),
        ("create", "the site answered 302, but no row of bazaar.Article is new", Verdict.OPEN),
        ("other", "GET /shop/ got 500", Verdict.BROKEN),
    ],
)
def test_an_installed_app_that_may_lack_its_set_up_is_open(kind, why, verdict):
    site = surface(of_app("shop/", function="articles"))
    context = context_of(site)

    def body(_):
        raise Contradiction(why, "an answer without an error")

    assert context.run("x", "x", kind, "x", "anonymous", body, "bazaar.views.articles").verdict is verdict
    assert context.run("x", "x", kind, "x", "anonymous", body, "shop/views.py:7").verdict is Verdict.BROKEN


def test_pages_of_an_installed_app_are_opened_where_another_page_links_to_them():
    site = surface(of_app("shop/", "list"), of_app("shop/search/", function="search"), of_app("shop/lost/"))
    context = context_of(site, {"/shop/": ["/shop/search/?q=a"], "/shop/search/": [], "/shop/lost/": 500})
    check_pages(context)
    assert context.visitors["anonymous"].opened == ["/", "/shop/", "/shop/search/"]
    assert context.results[-1].verdict is Verdict.WORKS


def test_a_linked_page_of_an_installed_app_that_gets_an_error_is_broken():
    site = surface(of_app("shop/", "list"), of_app("shop/search/", function="search"))
    context = context_of(site, {"/shop/": ["/shop/search/"], "/shop/search/": 500})
    check_pages(context)
    assert context.results[-1].verdict is Verdict.BROKEN
    assert context.results[-1].why == "GET /shop/search/ got 500 (bazaar.views.search)"


def test_an_api_is_asked_for_data_as_its_pages_for_browsers_may_not_be_set_up():
    api = view("api/sums/", methods=("get",))
    site = surface(dataclasses.replace(api, url=dataclasses.replace(api.url, drf=True)))
    context = context_of(site, {})
    pages = context.visitors["anonymous"]
    pages.get = lambda path, data=False: SimpleNamespace(status=200 if data else 500, path=path, is_page=False)
    check_pages(context)
    assert context.results[-1].verdict is Verdict.WORKS


def test_rows_that_a_form_offers_by_their_name_are_made_before():
    made = []
    rows = SimpleNamespace(count=lambda label: 0, make=lambda label, **_: made.append(label) or 3)
    site = surface(models=[model("desk.Queue", "title"), model("desk.Color", "title")])
    context = Context(site, {}, {"first": Filler(Person.made_up())}, rows=rows)
    inputs = (Input("queue", "choice"), Input("color", "choice", choices=("red",)), Input("text"))
    context.prepare(Form("post", "form", inputs, "a form"), "first")
    assert made == ["desk.Queue"]


@pytest.mark.parametrize(("known", "journeys"), [((), ["logout", "login-again"]), (("logout",), [])])
def test_staff_log_out_and_in_where_no_visitor_does(monkeypatch, known, journeys):
    run = []

    def log_in(accounts, visitor, account, name="login", kind="login"):
        run.extend([name] * (name != "login"))
        return result(kind, "account")

    monkeypatch.setattr(people, "log_in", log_in)
    monkeypatch.setattr(people, "log_out", lambda *_: run.append("logout"))
    monkeypatch.setattr(people, "landing", lambda *_: None)
    monkeypatch.setattr(people.AccountContext, "explore", lambda self: None)
    context = Context(surface(), {}, {}, superuser={"username": "boss", "password": "a-Password-7"})
    context.results += [result(kind, "account") for kind in known]
    people.add_superuser(context, SimpleNamespace(host="shop.example"))
    assert run == journeys


def test_staff_pages_of_an_installed_app_are_neither_resources_nor_tried_as_holes():
    site = surface(
        of_app("shop/dashboard/articles/", "list", model="bazaar.Article", requires="staff"),
        models=[model("bazaar.Article", "title")],
    )
    assert find_resources(site) == []
    assert staff_pages(context_of(site)) == []


def test_a_list_without_a_model_is_that_of_the_rows_whose_pages_are_below_it():
    site = surface(
        of_app("catalogue/", "list", function="catalogue"),
        of_app("catalogue/<int:pk>/", "detail", model="bazaar.Article"),
        models=[model("bazaar.Article", "title")],
    )
    [resource] = find_resources(site)
    assert (resource.label, resource.operations["list"].view.url.route) == ("bazaar.Article", "catalogue/")


def test_a_product_is_added_by_the_view_that_is_named_so_and_not_by_the_cart_or_its_vouchers():
    shop = find_shop(surface(
        of_app("basket/", function="BasketView", fields=["quantity"], methods=("get", "post")),
        of_app("basket/vouchers/add/", function="VoucherAddView", fields=["code"], methods=("get", "post")),
        of_app("basket/add/<int:pk>/", function="BasketAddView", fields=["quantity"], methods=("post",)),
    ))  # fmt: skip
    assert shop.add is not None and shop.add.view.url.route == "basket/add/<int:pk>/"


def test_visitors_do_not_log_in_where_the_staff_of_an_installed_app_do():
    site = surface(
        of_app("dashboard/login/", function="LoginView", fields=["username", "password:password"]),
        of_app("accounts/login/", "login", function="AccountView", fields=["login_submit"]),
    )
    assert [door.path for door in doors(site, "login")] == ["/accounts/login/"]


def test_staff_log_out_in_a_session_of_their_own_where_only_the_admin_lets_them_in(monkeypatch):
    def log_out(accounts, visitor, account, page):
        accounts.results.append(result("logout", "account", name=visitor.cookies.get("sessionid")))
        assert accounts.proof.path == "/admin/" and visitor is not context.visitors["staff"]

    monkeypatch.setattr(people, "log_out", log_out)
    monkeypatch.setattr(people, "landing", lambda *_: None)
    staff = Visitor(SimpleNamespace(host="shop.example"), Person.made_up(), role="staff")
    rows = SimpleNamespace(session=lambda key: {"sessionid": f"session-of-{key}"})
    context = Context(surface(admin="/admin/"), {"staff": staff}, {}, {"staff": 7}, rows=rows)
    people.leave_admin(context, staff.site)
    people.leave_admin(context, staff.site)
    assert [each.name for each in context.results] == ["session-of-7"]


@pytest.mark.parametrize(
    ("why", "readers"), [("GET /shop/1/ got status 403", ["first", "staff"]), ("GET /shop/1/ got 404", ["first"])]
)
def test_a_page_that_needs_a_permission_is_read_by_the_staff(monkeypatch, why, readers):
    read = []

    def check_detail(context, resource, row, others, reader, **_):
        read.append(reader)
        opened = Verdict.OPEN if reader == "first" else Verdict.WORKS
        context.results.append(result("detail", "shop.Article", opened, why))

    monkeypatch.setattr(depth.reading, "check_detail", check_detail)
    monkeypatch.setattr(depth, "check_search", lambda *_: None)
    monkeypatch.setattr(depth.queries, "check_search", lambda *_: None)
    context = Context(surface(), {"first": None, "staff": None}, {})
    [resource] = find_resources(
        surface(view("shop/<int:pk>/", "detail", model="shop.Article"), models=[model("shop.Article", "title")])
    )
    depth._read(context, resource, Row("shop.Article", 1), [], "first", by_site=False)
    assert read == readers and len(context.results) == 1
