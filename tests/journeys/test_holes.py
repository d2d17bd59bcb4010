"""Holes that pages show: links for staff, the page of another and rows below it, drafts, circles of redirects."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from tests.journeys.surfaces import model, surface, view
from wizard.journeys import drafts, open_pages, others_rows, plain_pages, uploads
from wizard.journeys.admin_modules import check_admin_modules
from wizard.journeys.context import Context, Contradiction
from wizard.journeys.cookies import Cookies
from wizard.journeys.drafts import draft_choice
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filled, Filler, Person, Upload
from wizard.journeys.operations import Operation, of_surface
from wizard.journeys.recorded import Recorder
from wizard.journeys.resources import find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.sent_form import Attempt
from wizard.journeys.staff_links import pages_linked_for_staff
from wizard.journeys.visitor import Answer, RedirectLoop
from wizard.project.inputs import Form, Input

MARK = "0a1b2c3d"


class FakeVisitor:
    """A visitor whose site answers from *pages*: a text, or a status. Other addresses get 404."""

    def __init__(self, role, pages):
        self.role, self.pages, self.requests = role, pages, []
        self.cookies, self.recorder = Cookies("shop.example"), Recorder(20)

    def begin(self):
        self.requests = []

    def get(self, path, data=False):
        page = self.pages.get(path, 404)
        if isinstance(page, Exception):
            raise page
        text, status = (page, 200) if isinstance(page, str) else ("", page)
        response = httpx.Response(status, text=text, headers={"content-type": "text/html"})
        return Answer(response, path, first=status)

    def request(self, method, path, **more):
        return self.get(path)


class FakeRows:
    """Rows that all belong to the first visitor, whose account is 1."""

    def __init__(self, found=()):
        self.found = found

    def values(self, label, key):
        return {"id": key}

    def related(self, label, key, owner):
        return 1

    def find(self, label, mark):
        return self.found


def context_of(site, rows=None, **pages):
    context = Context(site, {}, {}, rows=rows, accounts={"first": 1, "second": 2})
    for role, answers in pages.items():
        context.visitors[role], context.fillers[role] = FakeVisitor(role, answers), Filler(Person.made_up())
    return context


def linked(*paths):
    return "".join(f'<a href="{path}">page</a>' for path in paths)


SHOP = surface(
    view("", "list", model="shop.Book"),
    view("books/", "list", model="shop.Book"),
    view("desk/"),
    view("desk/export/"),
    view("profile/edit/", "update"),
    view("help/"),
    admin="/admin/",
)


def test_a_page_that_only_staff_finds_a_link_to_is_for_staff():
    menu = linked("/books/", "/desk/", "/profile/edit/", "/admin/")
    staff = {"/": menu, "/books/": menu, "/desk/": menu + linked("/desk/export/", "/help/"), "/desk/export/": "a,b"}
    pages = {"/": linked("/books/"), "/books/": linked("/books/")}
    context = context_of(SHOP, first={**pages, "/desk/export/": "a,b"}, second=pages, staff=staff)
    assert [each.view.url.route for each in pages_linked_for_staff(context)] == ["desk/", "desk/export/"]
    open_pages.check_staff_pages(context)
    [result] = context.results
    assert result.verdict is Verdict.BROKEN
    assert "GET /desk/export/ got 200" in result.why


def test_the_links_of_pages_that_visitors_cannot_open_say_nothing():
    inside = linked("/books/", "/help/")
    staff = {"/": "", "/desk/": inside, "/desk/export/": inside, "/help/": inside}
    context = context_of(SHOP, first={"/": "", "/books/": "the books"}, staff=staff)
    assert pages_linked_for_staff(context) == []


def test_a_link_that_visitors_find_too_or_that_one_page_has_says_nothing():
    once = {"/": linked("/desk/"), "/books/": "no links"}
    context = context_of(SHOP, first={"/": "", "/books/": ""}, staff=once)
    assert pages_linked_for_staff(context) == []
    both = {"/": linked("/desk/"), "/books/": linked("/desk/")}
    context = context_of(SHOP, first={"/": "", "/books/": ""}, second=once, staff=both)
    assert pages_linked_for_staff(context) == []


FORM = '<form method="post"><input name="subject"></form>'


@pytest.mark.parametrize(("view_of", "page", "verdicts"), [
    ("shop.admin_views.send", FORM, [Verdict.BROKEN]),
    ("shop.views.admin.send", FORM, [Verdict.BROKEN]),
    ("shop.admin_views.send", "no form", [Verdict.WORKS]),
    ("shop.admin_views.send", 403, [Verdict.WORKS]),
    ("shop.admin_views.send", FORM.replace("<input ", '<input type="password" name="p"><input '), [Verdict.WORKS]),
    ("shop.admin_views.send", FORM.replace('"post"', '"post" action="/search/"'), [Verdict.WORKS]),
    ("shop.views.send", FORM, []),
    ("administration.views.send", FORM, []),
])  # fmt: skip
def test_the_forms_of_a_module_for_administrators_are_not_open(view_of, page, verdicts):
    sent = view("send/")
    site = surface(replace(sent, url=replace(sent.url, view=view_of)))
    context = context_of(site, anonymous={"/send/": page})
    check_admin_modules(context)
    assert [each.verdict for each in context.results] == verdicts


def test_the_address_of_administrators_is_for_staff_unless_it_has_own_rows_or_is_open():
    site = surface(
        view("api/admin/stats", requires="login"),
        view("admin/orders/", "list", model="shop.Order", requires="login"),
        view("admin/welcome/", requires="nobody"),
        view("administrative-law/", requires="login"),
        models=[model("shop.Order", owner="user")],
    )
    found = [each.view.url.route for each in open_pages.staff_pages(context_of(site))]
    assert found == ["api/admin/stats"]


COMPANIES = surface(
    view("companies/", "list", model="crm.Company", requires="login"),
    view("companies/<int:pk>/", "detail", model="crm.Company", requires="login"),
    view("companies/<int:pk>/edit/", "update", model="crm.Company", fields=["name"], requires="login"),
    view("companies/<int:pk>/notes/", "create", model="crm.Note", fields=["text"], requires="login"),
    view("companies/<int:pk>/join/", "create", model="crm.Member", fields=["text"], requires="login"),
    models=[model("crm.Company", "name", owner="owner"), model("crm.Note", "text"), model("crm.Member", "text")],
)


def resource_of(label):
    return next(each for each in find_resources(COMPANIES) if each.label == label)


def test_a_page_that_only_its_owner_opens_makes_a_row_private():
    detail = resource_of("crm.Company").operation("detail")
    row = Row("crm.Company", 7)
    hidden = context_of(COMPANIES, first={"/companies/7/": "it"}, second={})
    assert others_rows.has_hidden_page(hidden, detail, row)
    shown = context_of(COMPANIES, first={"/companies/7/": "it"}, second={"/companies/7/": "it"})
    assert not others_rows.has_hidden_page(shown, detail, row)
    gone = context_of(COMPANIES, first={}, second={})
    assert not others_rows.has_hidden_page(gone, detail, row)


def test_a_form_with_the_values_of_a_private_row_is_a_hole():
    form = f'<form method="post"><input name="name" value="Golive {MARK}"></form>'
    context = context_of(COMPANIES, second={"/companies/7/edit/": form})
    row, company = Row("crm.Company", 7, MARK, {"name": f"Golive {MARK}"}), resource_of("crm.Company")
    with pytest.raises(Contradiction, match="GET /companies/7/edit/ shows"):
        others_rows.page_to_change(context, company, row, context.visitors["second"])
    row.mark = "ffffffff"
    assert (
        others_rows.page_to_change(context, company, row, context.visitors["second"]) == "GET /companies/7/edit/ → 200"
    )


def test_rows_below_a_private_row_are_for_its_owner_unless_others_are_invited():
    context = context_of(COMPANIES, FakeRows(), first={"/companies/7/": "it"}, second={})
    context.fillers["first"].rows["crm.Company"] = ["7"]
    operation, path = others_rows.private_parent(context, resource_of("crm.Note"))
    assert (str(operation), path) == ("POST /companies/<int:pk>/notes/", "/companies/7/notes/")
    assert others_rows.private_parent(context, resource_of("crm.Member")) is None
    context.visitors["second"].pages["/companies/7/"] = "it"
    assert others_rows.private_parent(context, resource_of("crm.Note")) is None


@pytest.mark.parametrize(("status", "verdict"), [(404, Verdict.BROKEN), (200, Verdict.WORKS)])
def test_a_draft_leads_its_author_to_a_page_that_exists(monkeypatch, status, verdict):
    fields = (Input("title", "text"), Input("status", "text", choices=("published", "draft")))
    site = surface(
        view("posts/new/", "create", model="blog.Post", requires="login"), models=[model("blog.Post", "title")]
    )
    [operation] = [Operation("create", each, "post", Form("post", "form", fields, "form", "blog.Post"), "blog.Post")
                   for each in site.views]  # fmt: skip
    [found] = find_resources(surface(view("posts/new/", "create", model="blog.Post", fields=["title"]),
                                     models=[model("blog.Post", "title")]))  # fmt: skip
    found.operations["create"] = operation
    sent = []

    def attempt(visitor, filler, form, path, *, given, rounds):
        sent.append(given)
        answer = Answer(httpx.Response(status, text="page"), "/posts/x/", ("/posts/x/",), 302)
        return Attempt(answer, Filled(form, given), status == 200, path, None)

    monkeypatch.setattr(drafts, "attempt", attempt)
    monkeypatch.setattr(drafts, "before", lambda *given: None)
    monkeypatch.setattr(drafts, "new_row", lambda *given: None)
    context = context_of(site, FakeRows([3]), first={})
    drafts.check_draft(context, found, "first")
    assert sent[0]["status"] == "draft"
    assert [each.verdict for each in context.results] == [verdict]


def test_only_a_choice_of_a_draft_makes_one():
    assert draft_choice(Form("post", "form", (Input("state", "text", choices=("neu", "entwurf")),), "")) == {
        "state": "entwurf"
    }
    assert draft_choice(Form("post", "form", (Input("size", "text", choices=("s", "draft beer")),), "")) == {}


@pytest.mark.parametrize(
    ("way", "faulty"),
    [
        ("/accounts/login/?next=/desk/ → /desk/ → /accounts/login/?next=/desk/", False),
        ("/accounts/login/?next=%2Fdesk%2F → /desk/ → /accounts/login/?next=%2Fdesk%2F", False),
        ("/desk/?next=/desk/ → /desk/?next=/desk/ → /desk/?next=/desk/", True),
        ("/ → /desk/ → /", True),
    ],
)
def test_a_circle_through_the_log_in_is_how_some_sites_guard_a_page(way, faulty):
    loop = RedirectLoop("GET /desk/ is redirected more than 10 times", way)
    context = context_of(surface(view("desk/")), first={"/desk/": loop})
    plain_pages.check_pages(context)
    [result] = context.results
    assert (result.verdict is Verdict.BROKEN) == faulty


def test_a_download_that_raises_an_error_is_broken(monkeypatch):
    context = context_of(surface(), first={"/documents/1/download": 500})
    monkeypatch.setattr(uploads, "_downloads", lambda *given: ["/documents/1/download"])
    sent = Upload("a.pdf", b"%PDF", "application/pdf")
    with pytest.raises(Contradiction, match="GET /documents/1/download got 500"):
        uploads._check_downloads(context, None, Row("docs.Document", 1), sent, context.visitors["first"])


@pytest.mark.parametrize("word", ["cancel", "unsubscribe"])
def test_the_word_of_an_address_makes_a_view_without_code_for_it_one_that_deletes(word):
    site = surface(
        view(f"newsletter/<int:pk>/{word}/", model="news.Subscriber"), models=[model("news.Subscriber", "email")]
    )
    assert [each.role for each in of_surface(site)] == ["delete"]
