"""Which items of the checklist journeys prove, which do not apply, and which stay open, for a dozen kinds of sites."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.journeys.surfaces import (
    API,
    BLOG,
    BOOKINGS,
    COURSES,
    CRM,
    DEALS,
    FORUM,
    GALLERY,
    HEADLESS,
    OPERATIONS,
    POLLS,
    SHOP,
    journeys,
    model,
    result,
    surface,
    view,
)
from wizard.journeys.items import RULES
from wizard.journeys.result import SentRequest, Verdict

SHOPPING = {"21.8", "21.10", "21.12", "21.13", "21.16"}
PRODUCTS = {"21.5", "21.6", "21.7"}
CARTS = {"21.8", "21.9", "21.10", "21.11", "21.12"}
PAYING = {"18.8", "21.14"}
UPLOADING = {"18.7", "21.15", "22.2"}
ACCOUNT = {"21.1", "21.2", "21.3", "21.4"}
ABSENT = {
    "blog": (BLOG, {*SHOPPING, *PAYING, *UPLOADING, *PRODUCTS, "21.9", "21.11", "21.18", "21.19", "21.20"}),
    "shop": (SHOP, {"21.9", "21.19", "21.20"}),
    "api": (API, {*PAYING, *UPLOADING, "21.1", "21.3", "21.6", "21.9", "21.17", "21.18", "21.19", "21.20"}),
    "polls": (POLLS, {rule.item for rule in RULES}),
    "crm": (CRM, {"21.1", "21.3", *PAYING, *PRODUCTS, *CARTS, "21.13", "21.20"}),
    "courses": (COURSES, {rule.item for rule in RULES} - {"21.5", "21.7"}),
    "bookings": (BOOKINGS, {rule.item for rule in RULES} - {"21.5", "21.13", "21.16"}),
    "forum": (FORUM, {rule.item for rule in RULES} - ACCOUNT),
    "deals": (DEALS, {*ACCOUNT, *PAYING, *UPLOADING, "21.7", "21.13", "21.16", "21.17", "21.18", "21.19", "21.20"}),
    "gallery": (GALLERY, {rule.item for rule in RULES} - UPLOADING),
    "operations": (OPERATIONS, {rule.item for rule in RULES} - {"21.17", "21.20"}),
}  # fmt: skip


@pytest.mark.parametrize(("site", "absent"), ABSENT.values(), ids=ABSENT)
def test_an_item_whose_subject_the_site_lacks_does_not_apply(site, absent):
    found = journeys(site)
    assert {rule.item for rule in RULES if found.judge(rule.item).verdict is None} == absent
    others = [found.judge(rule.item) for rule in RULES if rule.item not in absent]
    assert {each.verdict for each in others} <= {Verdict.OPEN}


def test_it_says_what_was_searched():
    judged = journeys(BLOG).judge("21.8")
    assert judged.showed == "no cart in 7 URLs, 2 models, 2 templates"
    assert judged.ran == "searched for cart, basket, bag"


def test_nothing_is_said_to_be_absent_from_views_that_could_not_be_read():
    for site, why in (
        (HEADLESS, "the views of the project could not be read"),
        (surface(problems=["shop/urls.py:3: the include failed"]), "shop/urls.py:3: the include failed"),
    ):
        judged = journeys(site).judge("21.8")
        assert (judged.verdict, judged.showed) == (Verdict.OPEN, why)


PROVEN = [
    (BLOG, result("signup", "auth.User"), ["21.1"]),
    (BLOG, result("confirm", "auth.User"), ["21.1"]),
    (BLOG, result("login"), ["21.2"]),
    (BLOG, result("logout"), ["21.3"]),
    (BLOG, result("login-again"), ["21.4"]),
    (BLOG, result("admin-login", visitor="staff"), ["21.17"]),
    (BLOG, result("admin-change", "blog.Post", visitor="staff"), ["21.17"]),
    (BLOG, result("list", "blog.Post"), []),
    (SHOP, result("list", "shop.Product"), ["21.5"]),
    (SHOP, result("detail", "shop.Product"), ["21.7"]),
    (SHOP, result("list", "shop.Category"), ["21.6"]),
    (SHOP, result("cart-add", "shop.Product"), ["21.8"]),
    (SHOP, result("cart-show", "cart"), ["21.10"]),
    (SHOP, result("cart-change", "cart"), ["21.11"]),
    (SHOP, result("cart-remove", "cart"), ["21.12"]),
    (SHOP, result("order", "orders.Order"), ["21.13"]),
    (SHOP, result("orders", "orders.Order"), ["21.16"]),
    (SHOP, result("detail", "orders.Order"), ["21.16"]),
    (SHOP, result("payment", "orders.Order"), ["18.8", "21.14"]),
    (SHOP, result("list", "orders.Order", visitor="staff"), ["21.18"]),
    (SHOP, result("create", "shop.Product", visitor="staff"), []),
    (API, result("list", "library.Book"), ["21.5"]),
    (API, result("create", "library.BasketLine"), ["21.8"]),
    (API, result("update", "library.BasketLine"), ["21.11"]),
    (API, result("delete", "library.BasketLine"), ["21.12"]),
    (API, result("create", "library.Purchase"), ["21.13"]),
    (CRM, result("upload", "crm.Attachment"), ["18.7", "21.15"]),
    (CRM, result("upload", "crm.Attachment", title="A visitor uploads a file of 5 MB"), ["18.7", "21.15", "22.2"]),
    (BLOG, result("hole", "staff", visitor="anonymous"), ["21.17"]),
    (BLOG, result("hole", "accounts", visitor="anonymous"), ["21.2"]),
    (BLOG, result("hole", "auth.User", visitor="anonymous"), ["21.2"]),
    (CRM, result("update", "crm.Order", visitor="staff", title="Staff assigns an order"), ["21.18", "21.19"]),
    (CRM, result("update", "crm.Order", visitor="staff", why="its note changed"), ["21.18"]),
    (BOOKINGS, result("create", "hotel.Buchung"), ["21.13"]),
    (BOOKINGS, result("list", "hotel.Zimmer"), ["21.5"]),
    (DEALS, result("cart-add", "deals.Deal"), ["21.9"]),
    (DEALS, result("cart-add", "deals.Plan"), ["21.8"]),
    (POLLS, result("list", "polls.Question"), []),
    (SHOP, result("hole", "orders.Order"), ["21.16"]),
    (BLOG, result("hole", "blog.Post"), []),
]


@pytest.mark.parametrize(
    ("site", "found", "items"), PROVEN, ids=[f"{each.subject or 'site'} {each.kind}" for _, each, _ in PROVEN]
)
def test_a_journey_proves_items_by_what_its_subject_means(site, found, items):
    assert journeys(site).items_of(found) == items


@pytest.mark.parametrize(("requires", "verdict"), [("login", None), ("staff", None), ("nobody", Verdict.OPEN)])
def test_a_register_behind_a_login_is_no_sign_up(requires, verdict):
    till = view("cashier/open/", name="open_register", requires=requires)
    assert journeys(surface(till)).judge("21.1").verdict is verdict


def test_the_evidence_is_the_request_with_its_effect():
    sent = (
        SentRequest("GET /accounts/signup/", status=200),
        SentRequest("POST /accounts/signup/", status=200, learned="password2: too short"),
        SentRequest("POST /accounts/signup/", status=302),
        SentRequest("GET /", status=200),
    )
    signup = result("signup", "auth.User", why="the account exists.")
    found = journeys(BLOG, type(signup)(**{**vars(signup), "requests": sent})).judge("21.1")
    assert (found.verdict, found.ran) == (Verdict.WORKS, "journey user-signup")
    assert found.showed == "POST /accounts/signup/ → 302, the account exists"


def test_a_broken_journey_fails_its_item_whatever_else_works():
    site = journeys(
        SHOP,
        result("cart-add", "shop.Product"),
        result("cart-add", "shop.Product", Verdict.BROKEN, "the cart is empty", status=200,
               expected="the product in the cart", where="cart/views.py:7"),
    )  # fmt: skip
    found = site.judge("21.8")
    assert (found.verdict, found.expected, found.where) == (
        Verdict.BROKEN,
        "the product in the cart",
        "cart/views.py:7",
    )
    assert found.showed == "POST /page/ → 200, the cart is empty"


def test_an_open_journey_leaves_its_item_open_with_the_sites_own_words():
    site = journeys(SHOP, result("order", "orders.Order", Verdict.OPEN, "phone: not a valid number", status=400))
    found = site.judge("21.13")
    assert found.verdict is Verdict.OPEN
    assert (
        found.showed == "POST /page/ → 400, phone: not a valid number. `golive journeys order-order` shows each request"
    )


def test_a_subject_without_a_journey_is_open_and_says_what_to_do():
    assert journeys(SHOP).judge("21.13").showed == (
        'found /checkout/, but no journey could use it. Add a flow with item: "21.13" to golive.yaml'
    )
    assert journeys(SHOP, reads_only=True).judge("21.13").showed == (
        "found /checkout/. Golive changes nothing at a real site without the answer `journeys: full`"
    )


def test_a_hole_fails_the_item_of_its_resource():
    hole = result("hole", "orders.Order", Verdict.BROKEN, "another visitor read order 3", visitor="second", status=200)
    site = journeys(SHOP, result("orders", "orders.Order"), hole)
    assert site.judge("21.16").verdict is Verdict.BROKEN
    assert site.hole("21.16").showed == "POST /page/ → 200, another visitor read order 3"
    assert site.hole("21.13") is None


def test_a_check_that_the_site_passed_proves_nothing_by_itself():
    site = journeys(SHOP, result("hole", "orders.Order", why="another visitor got 404"))
    assert site.judge("21.16").verdict is Verdict.OPEN
    assert site.hole("21.16") is None


def test_long_answers_are_cut():
    site = journeys(BLOG, result("login", why="x" * 5000))
    assert len(site.judge("21.2").showed) <= 120


def test_the_order_of_a_list_is_no_order_of_a_customer():
    assert journeys(COURSES).subjects.addresses("order") == []
    sold = surface(view("shop/order/", function="OrderView"), models=[])
    assert journeys(sold).subjects.addresses("order") == ["/shop/order/"]


def test_a_site_that_refuses_large_files_on_purpose_takes_none():
    why = "the site refuses a file of 5 MB and says so (400: at most 2 MB)"
    small, large = result("upload", "crm.Attachment"), result("upload", "crm.Attachment", name="file-large", why=why)
    site = journeys(CRM, small, large)
    assert (site.judge("22.2").verdict, site.judge("22.2").showed) == (None, why)
    assert site.judge("18.7").verdict is Verdict.WORKS
    broken = result("upload", "crm.Attachment", Verdict.BROKEN, "it is lost", name="other-large")
    assert journeys(CRM, large, broken).judge("22.2").verdict is Verdict.BROKEN


def test_what_could_not_be_begun_names_what_comes_first():
    broken = result("cart-add", "cart", Verdict.BROKEN, "POST /cart/add/1/ got 500", status=500, name="cart-add")
    site = journeys(SHOP, broken)
    for item in ("21.10", "21.11", "21.12", "21.13", "21.14", "21.16"):
        judged = site.judge(item)
        assert (judged.verdict, judged.showed) == (
            Verdict.OPEN, "not tried, because item 21.8 comes first, and is broken: POST /cart/add/1/ got 500"
        )  # fmt: skip


def test_a_token_in_an_address_is_no_login():
    site = surface(view("unsubscribe/<uuid:token>/"), view("list/(?P<token>[a-z]+)/"))
    assert journeys(site).judge("21.2").verdict is None
    assert journeys(surface(view("api/token/"))).judge("21.2").verdict is Verdict.OPEN


def test_orders_of_a_library_may_be_in_the_admin():
    pages = [view("basket/"), view("checkout/"), view("orders/")]
    for admin, verdict in (("/admin/", Verdict.OPEN), ("", None)):
        site = journeys(surface(*pages, admin=admin))
        assert [site.judge(item).verdict for item in ("21.18", "21.19")] == [verdict, verdict]


def test_a_category_is_a_campaign_only_where_something_is_sold():
    listed = view("categories/<slug:slug>/", "detail", model="desk.Category")
    desk = surface(listed, models=[model("desk.Category", "title")])
    assert journeys(desk, result("detail", "desk.Category")).judge("21.6").verdict is None
    shop = surface(listed, view("products/", "list"), models=[model("desk.Category", "title")])
    assert journeys(shop, result("detail", "desk.Category")).judge("21.6").verdict is Verdict.WORKS


def test_a_checkout_of_the_project_itself_has_no_orders_in_the_admin_without_a_model():
    pages = [view("cart/"), view("create-checkout-session/", methods=("post",))]
    site = journeys(surface(*pages, models=[model("shop.Item", "price")], admin="/admin/"))
    assert [site.judge(item).verdict for item in ("21.18", "21.19")] == [None, None]
    library = [view("cart/"), view("checkout/", package="oscar")]
    site = journeys(surface(*library, models=[model("shop.Item", "price")], admin="/admin/"))
    assert [site.judge(item).verdict for item in ("21.18", "21.19")] == [Verdict.OPEN, Verdict.OPEN]


@pytest.mark.parametrize(
    ("page", "model_label"),
    [
        (view("staff/checklist/<int:order>/", "update", model="orders.ChecklistItem"), "orders.ChecklistItem"),
        (view("orders/<int:pk>/checklist/", "update", model="orders.Order"), "orders.Order"),
        (view("orders/<int:pk>/steps/", "update", function="order_checklist"), "orders.Order"),
    ],
    ids=["a row below an order", "the address", "the view"],
)
def test_a_checklist_of_an_order_is_a_checklist(page, model_label):
    site = surface(page, view("orders/", "list", model="orders.Order"), models=[model(model_label, "text")])
    assert journeys(site).judge("21.20").verdict is Verdict.OPEN
    done = result("update", "orders.ChecklistItem")
    assert journeys(site, done).items_of(done) == ["21.20"]


def test_payments_do_not_apply_where_an_order_needs_none_and_no_service_is_named():
    pages = [view("checkout/"), view("checkout/payment-details/")]
    placed = result("order", "order", request="POST /checkout/preview/")
    assert journeys(surface(*pages), placed).judge("21.14").verdict is None
    assert journeys(surface(*pages), placed, services=("stripe",)).judge("21.14").verdict is Verdict.OPEN
    assert journeys(surface(*pages)).judge("21.14").verdict is Verdict.OPEN


@pytest.mark.parametrize("first", ["django.contrib.admin.sites.AdminSite.index", "wagtail.admin.views.home.HomeView"])
def test_what_a_second_admin_has_is_not_for_visitors(first):
    index = view("office/")
    index = replace(index, url=replace(index.url, view=first))
    changed = view("office/shop/product/<path:object_id>/")
    site = surface(index, changed, view("about/"), models=[model("shop.Product", "title")], admin="/admin/")
    assert journeys(site).judge("21.7").verdict is None
    assert journeys(surface(changed, models=site.models, admin="/admin/")).judge("21.7").verdict is Verdict.OPEN
