"""The project's own resources as items: their label, their text, and what their journeys show together."""

from __future__ import annotations

import dataclasses

import pytest

from tests.journeys.surfaces import BLOG, POLLS, SHOP, journeys, model, result, surface, view
from wizard.journeys.resource_items import plural_of, resources
from wizard.journeys.result import Verdict

BOOKS = surface(view("books/", "list", model="library.Book"), models=[model("library.Book", "title")])
WHOLE = [result(kind, "library.Book") for kind in ("create", "list", "detail", "update", "delete")]
GUARDED = result("hole", "library.Book", why="another visitor got 403")


def only(*results, site=BOOKS):
    [found] = resources(journeys(site, *results))
    return found


def test_a_resource_says_what_visitors_can_do_with_it():
    found = only(*WHOLE, GUARDED)
    assert found.label == "library.Book"
    assert found.text == "Books: list, detail, create, edit, delete; others cannot read or change what is not theirs"
    judged = found.judge("21.21")
    assert judged.verdict is Verdict.WORKS
    assert judged.showed == "list, detail, create, edit, delete: POST /page/ → 302, the effect was seen"


def test_an_api_without_a_model_has_the_name_of_its_address():
    assert only(result("create", "device-api")).text == "Devices: create"


def test_what_only_staff_can_do_is_named():
    found = only(result("list", "library.Book"), result("create", "library.Book", visitor="staff"))
    assert found.text == "Books: list, create (as staff)"


def test_one_broken_journey_fails_the_resource():
    broken = result("update", "library.Book", Verdict.BROKEN, "the title did not change", expected="the new title",
                    where="library/views.py:9")  # fmt: skip
    judged = only(*WHOLE, broken).judge("21.21")
    assert (judged.verdict, judged.expected, judged.where) == (Verdict.BROKEN, "the new title", "library/views.py:9")
    assert judged.showed == "POST /page/ → 302, the title did not change"


def test_a_hole_fails_the_resource():
    hole = result("hole", "library.Book", Verdict.BROKEN, "another visitor edited it", visitor="second", status=200)
    found = only(*WHOLE, hole)
    assert found.judge("21.21").verdict is Verdict.BROKEN
    assert "others cannot" in found.text


def test_a_hole_that_could_not_be_tried_is_not_claimed():
    found = only(*WHOLE, result("hole", "library.Book", Verdict.OPEN, "a second visitor could not log in"))
    assert found.text == "Books: list, detail, create, edit, delete"
    assert found.judge("21.21").verdict is Verdict.WORKS


def test_a_resource_with_an_open_journey_is_open_and_says_what_works():
    opened = result("create", "library.Book", Verdict.OPEN, "isbn: not valid", status=400, name="book-create")
    judged = only(result("list", "library.Book"), result("detail", "library.Book"), opened).judge("21.21")
    assert judged.verdict is Verdict.OPEN
    assert judged.showed == (
        "list, detail work, but not yet create: POST /page/ → 400, isbn: not valid. "
        "`golive journeys book-create` shows each request"
    )


def test_a_second_way_that_is_open_is_told_from_the_one_that_works():
    opened = result("create", "library.Book", Verdict.OPEN, "no row is new", status=200, name="book-2-create")
    judged = only(*WHOLE, opened).judge("21.21")
    assert "create, edit, delete work, but not yet another way to create: POST /page/" in judged.showed


def test_a_word_from_the_url_is_the_resource_where_no_model_is_known():
    assert only(result("list", "books")).label == "library.Book"  # the only model of that name
    assert only(result("list", "tickets")).text == "Tickets: list"
    assert only(result("list", "tickets")).label == only(result("list", "ticket")).label == "ticket"


def test_what_no_item_names_is_left_to_the_resource():
    names = [found.label for found in resources(journeys(
        SHOP, result("list", "shop.Product"), result("create", "shop.Product", visitor="staff"),
        result("reset", "auth.User"), result("order", "orders.Order"), result("signup", "auth.User"),
    ))]  # fmt: skip
    assert names == ["shop.Product", "password-reset"]


def test_a_password_reset_is_an_item():
    assert only(result("reset", "auth.User"), site=BLOG).text == "Password: reset by e-mail"


def test_polls_and_posts_are_resources():
    assert only(result("list", "polls.Question"), site=POLLS).text == "Questions: list"
    assert only(result("list", "blog.Post"), site=BLOG).text == "Posts: list"


def test_a_verbose_name_in_another_language_is_kept():
    site = surface(view("livres/", "list", model="lib.Book"), models=[model("lib.Book", "title", title="livre ancien")])
    assert only(result("list", "lib.Book"), site=site).text == "Livre ancien: list"


@pytest.mark.parametrize(
    ("title", "plural", "shown"),
    [
        ("rezept", "Rezepte", "Rezepte"),
        ("rezept", "rezepts", "Rezepts"),  # Django's own
        ("cooking recipe", "cooking recipes", "Cooking recipe"),
        ("cooking recipe", "recipes of cooks", "Recipes of cooks"),
    ],
)
def test_the_plural_of_a_project_is_used(title, plural, shown):
    recipe = dataclasses.replace(model("kitchen.Rezept", "text", title=title), plural=plural)
    [found] = resources(journeys(surface(models=[recipe]), result("list", "kitchen.Rezept")))
    assert found.text == f"{shown}: list"


@pytest.mark.parametrize(
    ("one", "several"),
    [("book", "books"), ("category", "categories"), ("day", "days"), ("box", "boxes"), ("news", "news")],
)
def test_plurals(one, several):
    assert plural_of(one) == several


def test_only_what_was_seen_of_an_installed_app_becomes_an_item():
    library = [model("library.Book", "name"), model("library.Loan", "day")]
    lists = view("books/", "list", model="library.Book", package="library", where="library.views.BookList")
    adds = view("books/add/", "create", model="library.Book", package="library", where="library.views.AddBook")
    lends = view("loans/add/", "create", model="library.Loan", package="library", where="library.views.AddLoan")
    refused = result("create", "library.Book", Verdict.OPEN, "place: not valid", where="library.views.AddBook")
    nothing = result("create", "library.Loan", Verdict.OPEN, "day: not valid", where="library.views.AddLoan")
    seen = result("list", "library.Book", where="library.views.BookList")
    found = only(seen, refused, nothing, site=surface(lists, adds, lends, models=library))
    assert found.text == "Books: list"
    assert found.judge("21.21").verdict is Verdict.WORKS
    broken = result("create", "library.Book", Verdict.BROKEN, "saves nothing", where="library.views.AddBook")
    assert only(seen, broken, site=surface(lists, adds, models=library)).judge("21.21").verdict is Verdict.BROKEN


def test_many_open_resources_are_one_item():
    labels = [f"library.{name}" for name in ("Book", "Shelf", "Loan", "Room")]
    site = surface(models=[model(label, "name") for label in labels])
    opened = [result("list", label, Verdict.OPEN, "got 401", request="GET /api/", status=401) for label in labels]
    works = result("list", "library.Author")
    assert [each.label for each in resources(journeys(site, *opened[:3]))] == labels[:3]
    author, others = resources(journeys(site, *opened, works))
    assert (author.label, others.label) == ("library.Author", "other-resources")
    assert others.text.startswith("4 resources whose journeys could not be carried out: Books, ")
    judged = others.judge("21.30")
    assert judged.verdict is Verdict.OPEN and "The first: GET /api/ → 401, got 401" in judged.showed
