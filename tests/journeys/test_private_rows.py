"""Rows of one visitor that another one must not use, own, or see instead of their own."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

from tests.journeys.surfaces import inputs, model, surface, view
from wizard.journeys import changes, depth, orders
from wizard.journeys.context import Context, Contradiction
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filler, Person
from wizard.journeys.further_pages import check_further
from wizard.journeys.operations import Operation
from wizard.journeys.owners import check_owner
from wizard.journeys.references import check_reference
from wizard.journeys.resources import find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.visitor import Answer

DEAL = view("deals/new/", "create", model="sales.Deal", fields=["title", "sales.Company:company"], requires="login")
COMPANY = view("companies/<int:pk>/", "detail", model="sales.Company", requires="login")
OWNER = (replace(inputs(["auth.User:owner"])[0], required=True),)


class Rows:
    """Company 1 belongs to the first visitor, whose account is 1. *deals* are the rows that were made."""

    def __init__(self):
        self.deals = {}

    def keys(self, label):
        return [*self.deals] if label == "sales.Deal" else [1]

    def values(self, label, key):
        return self.deals.get(key, {}) if label == "sales.Deal" else {"id": key}

    def related(self, label, key, owner):
        return 1


class ServerError(str):
    """The text of a page that raises an error."""


class Member:
    """A visitor of a site that answers GET by *pages*, else 404, and makes deals for companies that it *accepts*."""

    def __init__(self, role, pages, rows, accepts=()):
        self.role, self.pages, self.rows, self.accepts = role, pages, rows, accepts
        self.person, self.requests = Person.made_up(), []

    def begin(self):
        pass

    def get(self, path, *, data=False):
        text = self.pages.get(path)
        status = 404 if text is None else 500 if isinstance(text, ServerError) else 200
        response = httpx.Response(status, text=text or "", headers={"content-type": "text/html"})
        return Answer(response, path, first=response.status_code)

    def send(self, filled, path, *, csrf=True):
        made = filled.values["company"] in self.accepts
        if made:
            self.rows.deals[7] = {"company": int(filled.values["company"])}
        return Answer(httpx.Response(200 if made else 400, json={} if made else {"company": ["Not yours."]}), path)


def context_of(site, first, second, accepts=()):
    rows = Rows()
    visitors = {"first": Member("first", first, rows), "second": Member("second", second, rows, accepts)}
    fillers = {role: Filler(each.person) for role, each in visitors.items()}
    fillers["first"].rows["sales.Company"], fillers["second"].rows["sales.Company"] = ["1"], ["2"]
    return Context(site, visitors, fillers, {"first": 1, "second": 2}, rows=rows)


def referred(accepts, *, second=None, deal=DEAL, field="company"):
    form = replace(deal.forms[0], encoding="json", inputs=inputs(["title", f"sales.Company:{field}"]))
    site = surface(
        replace(deal, forms=(form,)), COMPANY, models=[model("sales.Deal"), model("sales.Company", owner="owner")]
    )
    context = context_of(site, {"/companies/1/": "Acme"}, second or {}, accepts)
    create = Operation("create", site.views[0], "post", form, "sales.Deal")
    check_reference(context, create, "sales.Deal", "deal", "deal")
    return [(each.verdict, each.why) for each in context.results]


def test_a_row_that_only_another_visitor_sees_is_not_used():
    [(verdict, why)] = referred(["1", "2"])
    assert verdict is Verdict.BROKEN
    assert "POST /deals/new/ with company 1, which the visitor can't see, made a row of sales.Deal" in why
    [(verdict, why)] = referred(["2"])
    assert (verdict, why.endswith("→ 400 company: Not yours.")) == (Verdict.WORKS, True)


def test_a_reference_to_a_row_that_others_see_or_that_is_a_target_is_not_tried():
    assert referred(["1"], second={"/companies/1/": "Acme"}) == []
    assert referred(["1"], deal=replace(DEAL, url=replace(DEAL.url, route="deals/apply/"))) == []
    assert referred(["1"], field="to_company") == []


PAGES = surface(
    *(view(f"polls/<int:pk>/{word}", "detail", model="polls.Poll") for word in ("", "results/", "related/")),
    models=[model("polls.Poll")],
)


@pytest.mark.parametrize(("text", "verdict"), [
    ("0a0a0a0a: 7 votes", Verdict.WORKS),
    ("7 votes", Verdict.WORKS),
    ("1b1b1b1b: 7 votes", Verdict.BROKEN),
    ("1b1b1b1b, 2c2c2c2c", Verdict.WORKS),
])  # fmt: skip
def test_a_further_page_shows_no_other_row_instead(text, verdict):
    context = context_of(PAGES, {"/polls/1/results/": text, "/polls/1/related/": "1b1b1b1b"}, {})
    [resource] = find_resources(PAGES)
    rows = [Row("polls.Poll", 1, "0a0a0a0a"), Row("polls.Poll", 2, "1b1b1b1b"), Row("polls.Poll", 3, "2c2c2c2c")]
    check_further(context, resource, rows[0], rows[1:], "first")
    [result] = context.results
    assert result.verdict is verdict
    assert ("shows row 2, another row" in result.why) is (verdict is Verdict.BROKEN)


@pytest.mark.parametrize(
    ("page", "verdicts"), [('<a href="/polls/1/results/">Results</a>', [Verdict.BROKEN]), ("", [])]
)
def test_an_error_of_a_further_page_counts_where_the_row_links_to_it(page, verdicts):
    context = context_of(PAGES, {"/polls/1/": page, "/polls/1/results/": ServerError()}, {})
    [resource] = find_resources(PAGES)
    rows = [Row("polls.Poll", key, mark) for key, mark in enumerate(("0a0a0a0a", "1b1b1b1b", "2c2c2c2c"), 1)]
    check_further(context, resource, rows[0], rows[1:], "first")
    assert [each.verdict for each in context.results] == verdicts


@pytest.mark.parametrize(("role", "owner", "more", "requires", "wrong"), [
    ("second", "owner", (), "login", True),
    ("first", "owner", (), "login", False),
    ("second", "owner", (), "", False),
    ("second", "seller", (), "login", False),
    ("second", "owner", inputs(["auth.User:friend"]), "login", False),
])  # fmt: skip
def test_a_new_row_belongs_to_the_visitor_who_made_it(role, owner, more, requires, wrong):
    deal = model("sales.Deal", owner=owner)
    site = surface(replace(DEAL, requires=requires), models=[replace(deal, inputs=(*OWNER, *more))])
    context = context_of(site, {}, {})
    create = Operation("create", site.views[0], "post", DEAL.forms[0], "sales.Deal")
    words = r"the new sales\.Deal 7 belongs to another user: owner is 1"
    with pytest.raises(Contradiction, match=words) if wrong else nullcontext():
        check_owner(context, create, Row("sales.Deal", 7), role)


@pytest.mark.parametrize(("owner", "count"), [(OWNER, 1), ((replace(OWNER[0], required=False),), 0)])
def test_the_list_of_orders_is_read_as_another_visitor_where_each_belongs_to_a_user(owner, count):
    listed = view("api/orders/", "list", model="sales.Order", requires="nobody")
    site = surface(listed, models=[replace(model("sales.Order", owner="owner"), inputs=owner)])
    context = context_of(site, {}, {"/api/orders/": '<a href="/orders/5/">Order</a>'})
    shop = SimpleNamespace(orders=Operation("list", listed, "get", None, "sales.Order"))
    orders.check_others_order(context, shop, SimpleNamespace(row=Row("sales.Order", 5)))
    assert [each.verdict for each in context.results] == [Verdict.BROKEN] * count


@pytest.mark.parametrize(("word", "rows"), [("delete", "beside"), ("unsubscribe", "known"), ("clear-all", "known")])
def test_a_deletion_keeps_the_visitors_other_row_unless_it_is_of_all(word, rows):
    site = surface(view(f"news/<int:pk>/{word}/", "delete", model="news.Mail"), models=[model("news.Mail")])
    [resource] = find_resources(site)
    assert depth.must_stay(resource, "known", "beside") == rows


def test_the_second_visitor_changes_the_own_row_too(monkeypatch):
    profile = view("profile/", "update", model="auth.User", fields=["first_name"], requires="login")
    site = surface(profile, models=[model("auth.User", "first_name")])
    [resource] = find_resources(site)
    changed = []
    monkeypatch.setattr(
        changes, "update", lambda _, resource, row, others, role: changed.append((role, row.key, others[0].key))
    )
    row = depth.try_resource(context_of(site, {}, {}), resource)
    assert row.key == 1
    assert changed == [("first", 1, 2), ("second", 2, 1)]
