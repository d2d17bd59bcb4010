"""All journeys of a running bookshop: none fails without a fault, and each fault makes the right one fail."""

from __future__ import annotations

import re

import pytest

from tests.journeys.shelf import PASSWORD
from wizard.journeys import crud, depth, open_pages, orders, saved_rows, second_order, shop, uploads, without_token
from wizard.journeys.explore import Given, explore
from wizard.journeys.result import Verdict
from wizard.journeys.visitor import Visitor


@pytest.fixture(scope="module")
def results(shelf):
    """The results of all journeys without a fault, by name."""
    return {each.name: each for each in shelf.explore()}


def test_every_journey_of_a_site_without_faults_works(results):
    wrong = {name: each.why for name, each in results.items() if each.verdict is not Verdict.WORKS}
    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("book-create", "books.Book"),
        ("book-list", "shows 'Zoë Ångström"),
        ("book-search", "finds 'Zoë Ångström"),
        ("book-update", "and its page shows it"),
        ("book-delete", "is gone from the database"),
        ("book-create-second", "POST /books/new/ → 302"),
        ("note-api-create", "POST /api/notes/ → 201"),
        ("note-api-other-visitor", "DELETE /api/notes/"),
        ("book-anonymous", "/login/?next=/books/"),
        ("review-list", "GET /staff/reviews/ shows"),
        ("document-upload-large", "gives back all 5,242,880 bytes"),
        ("cart-change", "shows the quantity 3"),
        ("order", "books.Order"),
        ("orders", "GET /orders/ shows the order"),
        ("admin-change", "has its old value again"),
        ("staff-pages-first", "GET /staff/reviews/ → 403"),
        ("book-csrf", "without its token → 403"),
    ],
)
def test_a_journey_tells_the_effect_that_it_saw(results, name, shown):
    assert shown in results[name].why


def test_an_api_that_is_open_on_purpose_is_no_hole(results):
    assert "message-api-create" in results
    assert not [name for name, each in results.items() if each.kind == "hole" and name.startswith("message")]


BOOK = {
    "saves-nothing": ("book-create", "no row of books.Book is new"),
    "owner-first": ("book-create", "belongs to another user: owner is"),
    "saves-twice": ("book-create", "one request made 2 equal rows"),
    "drops-field": ("book-create", "lost summary: kept nothing"),
    "garbles": ("book-create", "kept 'Zo? ?ngstr?m"),
    "ascii-only": ("book-create", "gets 500, and 'Golive"),
    "second-user": ("book-create-second", "got 500"),
    "hides-from-list": ("book-list", "/books/ does not show"),
    "misses-newest": ("book-list", "only since there is a newer row"),
    "finds-nothing": ("book-search", "nor does any other of its texts"),
    "wrong-detail": ("book-detail", "another row"),
    "update-lost": ("book-update", "title has its old value"),
    "update-all": ("book-update", "changed title of another row"),
    "update-empties": ("book-update", "lost summary: kept nothing"),
    "delete-all": ("book-delete", "the deletion of"),
    "delete-nothing": ("book-delete", "still shows"),
    "edits-others": ("book-other-visitor", "by another visitor changed"),
}
NOTE = {
    "api-saves-nothing": ("note-api-create", "answered 201, but no row of books.Note is new"),
    "api-drops-field": ("note-api-create-second", "kept priority = 7 in both rows"),
    "api-forgets-field": ("note-api-update", "priority has its old value"),
    "toggles-nothing": ("note-api-toggle", "was accepted (200), and no row changed"),
    "toggles-another": ("note-api-toggle", "changed priority of another row"),
    "shows-others": ("note-api-other-visitor", "of another visitor"),
    "reads-others": ("note-api-other-visitor", "GET /api/notes/"),
    "api-edits-others": ("note-api-other-visitor", "by another visitor changed"),
    "anonymous-delete": ("note-api-anonymous", "by a visitor who is not logged in deleted"),
}
FAULTS = [("book", fault, *found) for fault, found in BOOK.items()]
FAULTS += [("note-api", fault, *found) for fault, found in NOTE.items()]
SIMILAR = {
    "saves-twice", "garbles", "ascii-only", "misses-newest", "update-lost", "update-empties", "api-saves-nothing",
    "api-forgets-field", "toggles-another", "reads-others", "edits-others",
}  # fmt: skip
"""Faults of a kind that another one has, too."""


def broken(context):
    return {each.name: each for each in context.results if each.verdict is Verdict.BROKEN}


@pytest.mark.parametrize(("resource", "fault", "name", "why"), [
    pytest.param(*each, id=each[1], marks=[pytest.mark.nightly] if each[1] in SIMILAR else []) for each in FAULTS
])  # fmt: skip
def test_a_fault_of_a_resource_is_found(shelf, monkeypatch, resource, fault, name, why):
    monkeypatch.setattr(saved_rows, "PATIENCE", 0.05)
    context = shelf.context(fault)
    depth.try_resource(context, shelf.resources[resource])
    assert why in broken(context)[name].why
    assert broken(context)[name].expected


def test_an_api_that_answers_200_with_errors_gets_no_tick(shelf):
    context = shelf.context("errors-with-200")
    depth.try_resource(context, shelf.resources["note-api"])
    [created] = [each for each in context.results if each.name == "note-api-create"]
    assert created.verdict is Verdict.OPEN
    assert "text: is wrong" in created.why


def test_a_file_that_is_cut_is_found(shelf):
    context = shelf.context("cuts-upload")
    [(resource, operation)] = uploads.with_uploads(list(shelf.resources.values()))
    uploads.upload(context, resource, operation, None)
    assert list(broken(context)) == ["document-upload-large"]
    assert "100,000 other bytes instead of the 5,242,880" in broken(context)["document-upload-large"].why


@pytest.mark.parametrize(
    ("fault", "name", "why"),
    [
        ("cart-loses", "cart-add", "/cart/ does not show the product"),
        ("cart-keeps-quantity", "cart-change", "still shows the old quantity"),
        ("cart-keeps-line", "cart-remove", "still shows the product"),
        ("order-lost", "order", "no row of books.Order is new"),
        ("orders-of-all", "orders-other-visitor", "shows the order of another visitor"),
    ],
)
def test_a_fault_of_the_shop_is_found(shelf, fault, name, why):
    context = shelf.context(fault)
    basket = shop.cart(context, shelf.shop, "first")
    if basket is not None and (placed := orders.order(context, shelf.shop, basket, "first")) is not None:
        orders.check_others_order(context, shelf.shop, placed)
    assert why in broken(context)[name].why


def test_an_order_that_fails_for_the_second_visitor_is_found(shelf):
    context = shelf.context("second-user")
    basket = shop.cart(context, shelf.shop, "first")
    placed = orders.order(context, shelf.shop, basket, "first")
    second_order.order_again(context, shelf.shop, basket, placed)
    assert list(broken(context)) == ["order-second"]
    assert "POST /checkout/ got 500" in broken(context)["order-second"].why
    [model] = [each for each in shelf.surface.models if each.label == placed.row.label]
    owners = [shelf.rows.related(model.label, key, model.owner) for key in shelf.rows.keys(model.label)]
    assert owners.count(context.accounts["second"]) == owners.count(context.accounts["first"]) - 1


def test_rows_of_others_leave_the_second_visitor_without_any(shelf):
    context = shelf.context()
    other = crud.fill_other_row(context, shelf.resources["book"])
    owner = shelf.rows.related("books.Book", other.key, "owner")
    assert owner == context.accounts["third"]
    assert owner not in (context.accounts["first"], context.accounts["second"])


def test_a_page_for_staff_that_visitors_can_open_is_a_hole(shelf):
    context = shelf.context("staff-open")
    open_pages.check_staff_pages(context)
    assert broken(context).keys() == {"staff-pages-first", "staff-pages-anonymous"}


def test_a_form_that_is_accepted_without_its_token_is_a_hole(shelf, monkeypatch):
    context = shelf.context()
    # A site that does not check the token: every request has it.
    send = Visitor.send
    monkeypatch.setattr(Visitor, "send", lambda self, filled, path="", **more: send(self, filled, path))
    book, review = shelf.resources["book"], shelf.resources["review"]
    without_token.check(context, book, book.operations["create"])
    without_token.check(context, book, book.operations["delete"])
    without_token.check(context, book, book.operations["update"])
    assert without_token.check(context, review, review.operations["create"])  # its form is on the page of the book
    found = {name: each.why for name, each in broken(context).items()}
    assert found.keys() == {"book-csrf", "book-csrf-delete", "book-csrf-update", "review-csrf"}
    for name, done in (("book-csrf", "made"), ("book-csrf-delete", "deleted"), ("book-csrf-update", "changed")):
        assert f"without its CSRF token {done} a row of books.Book" in found[name]


def test_a_journey_that_may_only_read_changes_nothing(shelf):
    labels = [model.label for model in shelf.surface.models]
    before = shelf.rows.counts(labels)
    found = {each.name: each for each in shelf.explore(changes=False)}
    assert shelf.rows.counts(labels) == before
    assert found["book-list"].why == "GET /books/ → 200"
    assert found["book-detail"].why.startswith("GET /books/")
    assert {each.visitor for each in found.values()} == {"anonymous"}


def test_no_journey_begins_after_the_time_is_over(shelf):
    said = []
    results = shelf.explore(seconds=0.0, log=said.append)
    assert not [each for each in results if each.kind in ("create", "upload", "cart-add")]
    assert "book: not tried, because the journeys before it took too long" in said


def test_what_journeys_create_at_a_real_site_is_deleted_or_listed(shelf):
    labels = [*(model.label for model in shelf.surface.models), "auth.User"]
    before = shelf.rows.counts(labels)
    boss = {"username": "boss", "password": PASSWORD}
    results = explore(shelf.site, shelf.surface, Given(superuser=lambda: boss))  # without rows, as at a real target
    after = shelf.rows.counts(labels)
    assert any(each.kind == "create" and each.verdict is Verdict.WORKS for each in results)
    left = {label: after[label] - before[label] for label in labels if after[label] != before[label]}
    assert left == {"books.Message": 2}, "the only ones without a form to delete them, and outside the admin"
    listed = "left on the site, please delete: message 2, message 1, an uploaded file in the storage"
    assert re.sub(r"message \d+", "message", results[-1].why) == re.sub(r"message \d+", "message", listed)
