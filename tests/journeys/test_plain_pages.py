"""Pages that are opened without a row: those that answer nothing, and those that do something when they are opened."""

from dataclasses import replace

import httpx
import pytest

from tests.journeys.surfaces import surface, view
from wizard.base.errors import SiteError
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filler, Person
from wizard.journeys.login_proof import _protected
from wizard.journeys.open_pages import staff_pages
from wizard.journeys.operations import Operation
from wizard.journeys.plain_pages import MOST_SILENT, PATIENCE, check_pages
from wizard.journeys.reading_only import read_only
from wizard.journeys.recorded import Recorder
from wizard.journeys.resources import find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.rows import RowsError, User
from wizard.journeys.shown_values import shown_by_another_value
from wizard.journeys.visitor import Answer, Visitor
from wizard.site.session import Site


class Browser(Visitor):
    """A logged-in visitor of a site whose *pages* have a status, or an error instead of an answer."""

    def __init__(self, pages):
        super().__init__(Site(0, "zoo.example"), Person.made_up())
        self.cookies.put("sessionid", "of the log-in")
        self.pages, self.opened, self.waits = pages, [], []

    def get(self, path, **more):
        self.opened.append(path)
        self.waits.append(self.recorder.seconds_left())
        found = self.pages.get(path, 200)
        if isinstance(found, Exception):
            raise found
        if path == "/exit/":
            self.cookies.clear()
        return Answer(httpx.Response(found, headers={"content-type": "text/html"}), path)


class Accounts:
    """The database of the site: the account 1, unless it is *gone*."""

    def __init__(self, gone=False):
        self.gone = gone

    def values(self, label, key):
        return None if self.gone and key == 1 else {"id": key}

    def session(self, key):
        if self.gone and key == 1:
            raise RowsError("there is no such account")
        return {"sessionid": f"new, of account {key}"}

    def account(self, *given):
        return 7, given[0]

    def user(self, *given):
        return User(7, True, True)


def checked(pages, *views, rows=None):
    visitor = Browser(pages)
    context = Context(surface(*views), {"first": visitor}, {"first": Filler(visitor.person)}, {"first": 1}, rows)
    check_pages(context)
    return context, visitor


def doing(route, *effects):
    """A page that has *effects* when it is opened."""
    made = view(route)
    return replace(made, url=replace(made.url, effects=effects))


def test_pages_without_an_answer_leave_the_journey_open_and_the_others_are_still_opened():
    silent = SiteError("GET /slow/ got no response")
    context, visitor = checked({"/slow/": silent}, view("slow/"), view("list/"))
    assert visitor.opened == ["/slow/", "/list/"]
    assert max(visitor.waits) <= PATIENCE < visitor.recorder.seconds_left()
    [result] = context.results
    assert (result.verdict, result.why) == (Verdict.OPEN, "GET /slow/ got no response; 1 page answered")


def test_an_error_is_found_beside_pages_without_an_answer():
    pages = {"/slow/": SiteError("GET /slow/ got no response"), "/list/": 500}
    broken = view("list/")
    broken = replace(broken, url=replace(broken.url, file="books/views.py", line=40))
    context, _ = checked(pages, view("slow/"), broken)
    [result] = context.results
    assert (result.verdict, result.why) == (Verdict.BROKEN, "GET /list/ got 500")
    assert result.where == "books/views.py:40", "the view that failed, and not the first one"


def test_no_further_page_is_opened_after_several_without_an_answer():
    views = [view(f"slow{number}/") for number in range(9)]
    _, visitor = checked({f"/slow{number}/": SiteError("no response") for number in range(9)}, *views)
    assert len(visitor.opened) == MOST_SILENT + 1


@pytest.mark.parametrize(("status", "verdict"), [(400, Verdict.OPEN), (404, Verdict.OPEN), (403, Verdict.WORKS)])
def test_a_site_that_refuses_each_page_proves_nothing(status, verdict):
    context, _ = checked({"/a/": status, "/b/": status}, view("a/"), view("b/"))
    assert context.results[0].verdict is verdict


def test_pages_that_do_something_when_they_are_opened_are_left_alone():
    views = (
        doing("exit/", "logout"), doing("close/", "account"), doing("stop/", "exit"), doing("news/", "mail"),
        doing("wipe/", "delete"), doing("build/", "task"), view("list/"),
    )  # fmt: skip
    _, visitor = checked({}, *views)
    assert visitor.opened == ["/list/"]
    _, visitor = checked({}, *views, rows=Accounts())  # in a rehearsal, rows are Golive's own
    assert visitor.opened == ["/wipe/", "/build/", "/list/"]


def test_a_visitor_whom_a_page_logs_out_is_logged_in_again():
    _, visitor = checked({}, view("exit/"), rows=Accounts())
    assert visitor.cookies.get("sessionid") == "new, of account 1"
    _, visitor = checked({}, view("list/"), rows=Accounts())
    assert visitor.cookies.get("sessionid") == "of the log-in"


def test_a_visitor_whose_account_a_page_deletes_gets_another_one():
    context, _ = checked({}, view("list/"), rows=Accounts(gone=True))
    assert context.visitors["first"].cookies.get("sessionid") == "new, of account 7"
    assert context.accounts["first"] == 7


def test_a_list_that_sends_mail_is_no_list_of_rows():
    everybody, books = view("news/", "list", model="auth.User"), view("books/", "list", model="zoo.Book")
    found = surface(replace(everybody, url=replace(everybody.url, effects=("mail",))), books)
    assert [each.label for each in find_resources(found)] == ["book"]


def test_reading_a_real_site_opens_no_page_with_an_effect(monkeypatch):
    opened = []
    monkeypatch.setattr(Visitor, "get", lambda self, path, **more: opened.append(path) or Browser({}).get(path))
    purged, books = view("old/", "list", model="zoo.Old"), view("books/", "list", model="zoo.Book")
    made = view("begin/", "list", model="zoo.Begun")
    found = surface(
        replace(purged, url=replace(purged.url, effects=("delete",))),
        replace(made, url=replace(made.url, by_get=True)),
        books,
    )
    context = Context(found, {}, {})
    read_only(context, Site(0, "zoo.example"), find_resources(found))
    assert opened == ["/books/"]


def test_patience_ends_with_its_block():
    recorder = Recorder(20)
    with recorder.patience(5):
        assert recorder.seconds_left() == 5
    assert recorder.seconds_left() > 19


class Contacts:
    """Rows of which another one has the text `said twice`, too."""

    def find(self, label, text):
        return [3, 2] if text == "said twice" else [3]


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<td>Zoe.Unique@Example.com</td>", "GET /contacts/ shows 'zoe.unique@example.com'"),
        ("<td>said twice</td>", ""),
        ("<td>short</td>", ""),
        ("<td>other@example.com</td>", ""),
    ],
)
def test_a_list_can_show_a_row_by_another_column_than_the_marked_one(page, shown):
    visitor = Browser({})
    visitor.get = lambda path, **more: Answer(httpx.Response(200, html=page), path)
    sent = {"note": "Golive 1a2b3c4d", "email": "zoe.unique@example.com", "city": "said twice", "zip": "short",
            "reply": visitor.person.email}  # fmt: skip
    context = Context(surface(), {}, {}, rows=Contacts())
    listed = Operation("list", view("contacts/", "list", model="crm.Contact"), model="crm.Contact")
    row = Row("crm.Contact", 3, "1a2b3c4d", sent)
    assert shown_by_another_value(context, listed, row, visitor, "/contacts/") == shown


def test_a_page_that_deletes_the_account_proves_no_log_in():
    views = [replace(doing("account/close/", "account"), requires="login"), replace(view("account/"), requires="login")]
    assert _protected(surface(*views)) == ["/account/"]


def test_pages_for_staff_with_an_effect_are_not_opened_at_a_real_site():
    purge = replace(doing("staff/purge/", "delete"), requires="staff")
    context = Context(surface(purge), {}, {})
    assert staff_pages(context) == []
    context.rows = Accounts()
    assert [each.view for each in staff_pages(context)] == [purge]
