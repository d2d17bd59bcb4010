"""Resources from the surface of a site: which operations belong together, in which order, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.journeys import surfaces as made
from wizard.journeys import admin, changes
from wizard.journeys.evidence import lost_fields, marked_value, shown_values
from wizard.journeys.operations import Operation, of_surface, singular, words_of
from wizard.journeys.resources import Resource, find_resources, parent_of
from wizard.journeys.row_inputs import flat
from wizard.journeys.sample_files import Upload
from wizard.journeys.shop_views import find_shop
from wizard.journeys.uploads import with_uploads
from wizard.project.inputs import Form, Input, Model, Surface, View
from wizard.project.urls import Url

AUTHOR = Model("shop.Author", "author", (Input("name"),))
BOOK = Model("shop.Book", "book", (Input("title"), Input("author", "reference", model="shop.Author")))
COMMENT = Model("shop.Comment", "comment", (Input("book", "reference", model="shop.Book"), Input("text")))


def view(
    route,
    role="",
    *,
    form=None,
    model="",
    requires="",
    methods=("get", "post"),
    library="",
    drf=False,
    name="",
    action="",
):
    url = Url(route, name or None, f"shop.views.{name or role or 'view'}", "shop/views.py", 1, "function", None, None,
              is_async=False, drf=drf)  # fmt: skip
    forms = (form,) if form else ()
    return View(url, forms, model, role, requires, library=library, methods=methods, action=action)


def post(*names, model="", encoding="form", method="post", action=""):
    return Form(method, encoding, tuple(Input(name) for name in names), "a form", model, action)


def found(*views, models=(AUTHOR, BOOK, COMMENT)):
    return {each.name: each for each in find_resources(Surface(tuple(views), models, admin="/admin/"))}


def addresses(resource):
    return {role: str(each) for role, each in resource.operations.items()}


def test_pages_of_one_model_are_one_resource_and_its_api_another():
    book = post("title", "author", model="shop.Book")
    resources = found(
        view("books/", "list", model="shop.Book", methods=("get",)),
        view("books/new/", "create", form=book, model="shop.Book"),
        view("book/<int:pk>/", "detail", model="shop.Book", methods=("get",)),
        view("api/books/", "list", model="shop.Book", methods=("get",), drf=True),
    )
    assert addresses(resources["book"]) == {
        "list": "GET /books/", "create": "POST /books/new/", "detail": "GET /book/<int:pk>/"}  # fmt: skip
    assert addresses(resources["book-api"]) == {"list": "GET /api/books/"}


def test_a_form_on_the_page_of_another_row_creates_rows_of_its_own_model():
    resources = found(
        view("books/<int:pk>/", "detail", model="shop.Book", form=post("text", model="shop.Comment")),
    )
    assert addresses(resources["comment"]) == {"create": "POST /books/<int:pk>/"}
    assert addresses(resources["book"]) == {"detail": "GET /books/<int:pk>/"}


def test_a_form_that_acts_on_the_rows_of_a_list_creates_none():
    resources = found(view("comments/", "list", model="shop.Comment", form=post("selected")))
    assert "create" not in resources["comment"].operations


def test_the_word_of_a_route_tells_the_model_where_the_code_does_not():
    resources = found(view("books/add/", form=post("title"), name="add_book"))
    assert resources["book"].model == BOOK


def test_a_resource_comes_after_those_that_its_rows_refer_to():
    views = [
        view(f"{word}s/new/", "create", form=post(*fields, model=label), model=label)
        for word, label, fields in (("comment", "shop.Comment", ["text"]), ("book", "shop.Book", ["title"]),
                                    ("author", "shop.Author", ["name"]))
    ]  # fmt: skip
    assert list(found(*views)) == ["author", "book", "comment"]


def test_models_that_need_each_other_are_still_all_found():
    first = Model("a.First", "first", (Input("second", "reference", model="a.Second"), Input("name")))
    second = Model("a.Second", "second", (Input("first", "reference", model="a.First"), Input("name")))
    views = [
        view(f"{each.title}/", "create", form=post("name", model=each.label), model=each.label)
        for each in (first, second)
    ]
    assert set(found(*views, models=(first, second))) == {"first", "second"}


def test_views_of_libraries_of_accounts_and_of_the_admin_are_no_resources():
    assert not found(
        view("accounts/email/", "list", model="shop.Book", library="allauth"),
        view("login/", "login", form=post("username")),
        view("admin/shop/book/", "list", model="shop.Book"),
        view("api/books.<format>/", "list", model="shop.Book"),
    )


def test_an_api_that_exchanges_a_token_is_no_resource():
    resources = found(
        view("refresh/", form=post("refresh", encoding="json"), drf=True, name="refresh", methods=("post",)),
        view("verify/", form=post("token", encoding="json"), drf=True, name="verify", methods=("post",)),
        view("devices/", form=post("token", "name", encoding="json"), drf=True, name="devices", methods=("post",)),
    )
    assert list(resources) == ["device-api"]


def test_pages_for_staff_that_create_rows_are_a_part_of_their_own():
    book = post("title", "author", model="shop.Book")
    resources = found(
        view("books/new/", "create", form=book, model="shop.Book", requires="login"),
        view("office/books/new/", "create", form=book, model="shop.Book", requires="staff"),
    )
    assert [each.is_for_staff for each in resources.values()] == [False, True]


def test_the_row_above_is_found_by_the_name_of_the_parameter_or_the_word_before_it():
    surface = Surface((), (AUTHOR, BOOK, COMMENT))
    [operation] = found(view("books/<int:pk>/x/<int:author_id>/", "detail", model="shop.Comment"))[
        "comment"
    ].operations.values()
    assert parent_of(operation, "author_id", surface) == "shop.Author"
    assert parent_of(operation, "pk", surface) == "shop.Book"


def test_the_views_of_a_shop_are_told_apart():
    shop = find_shop(Surface((
        view("cart/", model="shop.Book", methods=("get",), name="cart"),
        view("cart/add/<int:book_id>/", methods=("post",), name="add_to_cart"),
        view("cart/<int:pk>/", "update", form=post("quantity", method="patch"), methods=("patch",), name="CartItem"),
        view("cart/<int:pk>/", "delete", methods=("delete",), name="CartItem"),
        view("cart/count/", methods=("get",), name="cart_count"),
        view("checkout/", "create", form=post("address"), name="checkout"),
        view("orders/", "list", methods=("get",), name="orders"),
        view("orders/<int:pk>/pay/", form=post("razorpay_payment_id"), name="pay"),
        view("staff/orders/", "list", methods=("get",), name="orders", requires="staff"),
    )))  # fmt: skip
    operations = (shop.add, shop.change, shop.remove, shop.show, shop.order, shop.orders, shop.payment)
    assert [str(each) for each in operations] == [
        "POST /cart/add/<int:book_id>/", "PATCH /cart/<int:pk>/", "DELETE /cart/<int:pk>/", "GET /cart/",
        "POST /checkout/", "GET /orders/", "POST /orders/<int:pk>/pay/",
    ]  # fmt: skip


def test_a_site_without_a_cart_has_no_shop():
    assert not find_shop(Surface((view("books/", "list", model="shop.Book"),))).views()


def test_words_and_their_singular():
    assert words_of("BookList2/(?P<pk>x)/<int:id>/") == ["book", "list2"]
    assert [singular(word) for word in ("categories", "boxes", "classes", "news", "status", "books")] == [
        "category", "box", "class", "new", "status", "book"]  # fmt: skip


def test_fields_that_were_dropped_cut_or_garbled_are_lost_and_others_are_not():
    form = Form("post", "form", (
        Input("title"), Input("body"), Input("email", "email"), Input("url", "url"), Input("pages", "integer"),
        Input("file", "file"), Input("status"), Input("password", "password"), Input("unknown"),
    ), "a form")  # fmt: skip
    sent = {
        "title": "Zoë  Ångström",
        "body": "a line of text",
        "email": "Zoe@Example.com",
        "url": "https://x.example/a/",
        "pages": 5,
        "file": Upload("a.txt", b"x", "text/plain"),
        "status": "x",
        "password": "p",
        "unknown": "x",
    }
    kept = {"title": "Zoë Ångström", "body": "<p>A line of text</p>", "email": "zoe@example.com", "url": "https://x.example/a",
            "pages": 7, "file": "docs/a.txt", "status": "draft", "password": "md5$x"}  # fmt: skip
    assert lost_fields(flat(form.inputs, sent), kept) == []
    broken = {**kept, "title": "Zo? ?ngstr?m", "body": "a line", "pages": None, "file": "", "status": "x"}
    assert [each.partition(":")[0] for each in lost_fields(flat(form.inputs, sent), broken)] == [
        "title",
        "body",
        "pages",
        "file",
    ]


def test_a_number_that_became_zero_is_lost_unless_the_site_computes_it():
    amount, total, pages = Input("amount", "decimal"), Input("total", "decimal"), Input("pages", "integer")
    pairs = [(amount, "19.90"), (total, "19.90"), (pages, 0)]
    assert lost_fields(pairs, {"amount": "0.00", "total": "0.00", "pages": 0}) == ["amount: sent '19.90', kept '0.00'"]


def test_the_field_that_names_the_row_gets_a_mark_within_its_length():
    def value(*inputs):
        return marked_value(Form("post", "form", inputs, "a form"), "0a1b2c3d")

    assert value(Input("phone"), Input("note", required=False), Input("title")) == {"title": "Zoë Ångström 0a1b2c3d"}
    assert value(Input("name", longest=15)) == {"name": "Zoë 0a1b2c3d"}
    assert len(value(Input("text", shortest=60))["text"]) >= 60
    assert value(Input("name", longest=8), Input("username"), Input("kind", choices=("a",))) == {}


def test_rows_are_created_as_a_site_shows_them():
    status, size = Input("status", "choice", choices=("draft", "Published")), Input("size", "choice", choices=("open",))
    form = Form("post", "form", (status, Input("is_public", "boolean"), size), "a form")
    assert shown_values(form) == {"status": "Published", "is_public": True}


@pytest.mark.parametrize(("route", "label"), [
    ("rezepte/<uuid:pk>/bewerten/", "kueche.Rezept"),
    ("rezepte/<uuid:rezept_nr>/bewerten/", "kueche.Rezept"),
    ("koeche/<int:pk>/bewerten/", "kueche.Bewertung"),  # nothing tells
])  # fmt: skip
def test_the_page_at_the_beginning_of_an_address_tells_what_a_new_row_is_below(route, label):
    site = made.surface(
        made.view("rezepte/<uuid:pk>/", "detail", model="kueche.Rezept"),
        made.view(route, "create", model="kueche.Bewertung", fields=("sterne",)),
        models=[made.model("kueche.Rezept", "titel"), made.model("kueche.Bewertung", "sterne")],
    )
    create = next(each for each in of_surface(site) if each.role == "create")
    assert parent_of(create, create.parameters[0], site) == label


def test_a_class_named_view_at_an_address_without_parameters_is_not_about_one_row():
    index = view("books/", name="index", methods=("get",))
    index = replace(index, url=replace(index.url, view="shop.views.BooksView"))
    resources = found(index, view("books/<int:pk>/", "detail", model="shop.Book", methods=("get",)))
    assert addresses(resources["book"]) == {"list": "GET /books/", "detail": "GET /books/<int:pk>/"}


def test_a_page_that_changes_the_account_and_takes_a_picture_of_the_profile_is_an_upload_of_both():
    account = Form("post", "form", (Input("email"),), "forms[0]", "auth.User")
    picture = Form("post", "multipart", (Input("image", "image"),), "forms[1]", "shop.Profile")
    notes = Form("post", "form", (Input("text"),), "forms[2]", "shop.Comment")
    page = replace(view("profile/", "update", model="auth.User", requires="login"), forms=(account, picture, notes))
    profile = Model("shop.Profile", "profile", (Input("image", "image"),), owner="user")
    surface = Surface((page,), (profile, COMMENT), admin="/admin/", user_model="auth.User")
    resources = find_resources(surface)
    assert [(resource.name, operation.form) for resource, operation in with_uploads(resources)] == [
        ("profile", picture)
    ]
    assert "comment" not in [each.name for each in resources], "a further form without a file is left out"


def test_an_update_of_only_a_file_is_left_to_the_uploads():
    ran = []
    context = SimpleNamespace(run=lambda *given: ran.append(given[0]))
    for kind in ("image", "text"):
        page = view("profile/", "update", form=Form("post", "multipart", (Input("a", kind),), "a form", "shop.Book"))
        changes.update(
            context,
            Resource("book", "book", BOOK, {"update": Operation("update", page, "post", page.forms[0])}),
            None,
            [],
            "first",
        )
    assert ran == ["book-update"]


@pytest.mark.parametrize(("kept", "holds"), [("Zoë ångström 1a", True), ("Zoë 1a", False)])
def test_a_change_in_the_admin_may_come_back_in_another_case(kept, holds):
    assert admin.is_kept("Zoë Ångström 1a", kept) is holds
