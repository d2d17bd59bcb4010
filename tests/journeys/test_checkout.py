"""Checkouts of several pages, up to the order; and the forms on the page of a cart."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from tests.journeys.surfaces import view
from wizard.journeys import basket, cart_page, checkout, shop
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filler, Person
from wizard.journeys.operations import Operation
from wizard.journeys.shop_views import Shop
from wizard.journeys.visitor import Answer
from wizard.project.inputs import Input, Model, Surface

TOKEN = "<input type=hidden name=csrfmiddlewaretoken value=x>"
ASIDE = f"<form method=post action=/checkout/coupon/>{TOKEN}<input name=code><input name=a><input name=b></form>"
PAGES = {
    "/checkout/address/": f"{ASIDE}<form method=post>{TOKEN}<input name=street required></form>",
    "/checkout/payment/": "<a href=/>Continue shopping</a><a href=/checkout/preview/>Continue</a>",
    "/checkout/preview/": f"<form method=post>{TOKEN}<input type=hidden name=action value=place_order></form>",
    "/checkout/thanks/": "<h1>Thank you</h1>",
}
NEXT = {"/checkout/address/": "/checkout/payment/", "/checkout/preview/": "/checkout/thanks/"}


class Visitor:
    """A visitor of a shop with PAGES, whose forms lead to NEXT. Its last one makes an order, unless that is *lost*."""

    role = "first"

    def __init__(self, pages=PAGES, leads=NEXT, *, lost=False):
        self.pages, self.leads, self.lost = pages, leads, lost
        self.person, self.site, self.sent, self.orders = Person.made_up(), SimpleNamespace(host="shop.example"), [], 0

    def get(self, path, **_):
        if path == "/checkout/":
            return self.answer("/checkout/address/", redirects=("/checkout/address/",), first=302)
        return self.answer(path)

    def send(self, filled, path="", **_):
        path = path or filled.form.path
        self.sent.append((path, {name: value for name, value in filled.values.items() if "csrf" not in name}))
        if path == "/checkout/preview/":
            self.orders += not self.lost
        return self.answer(self.leads[path], redirects=(self.leads[path],), first=302)

    def learned(self, text):
        pass

    def answer(self, path, redirects=(), first=200):
        status = 200 if path in self.pages else 500
        response = httpx.Response(status, html=self.pages.get(path, ""))
        return Answer(response, path, redirects, first or status, host="shop.example")


def walked(visitor, surface=Surface()):  # noqa: B008 - it is never changed
    context = Context(surface, {"first": visitor}, {"first": Filler(visitor.person)})
    operation = Operation("order", view("checkout/", methods=("get", "post")), "post")
    page = checkout.starts_elsewhere(visitor, operation, "/checkout/")
    return checkout.walk(context, visitor, page, "/checkout/", lambda: visitor.orders > 0)


def test_a_checkout_is_followed_over_its_forms_and_links_to_the_order():
    visitor = Visitor()
    went, _ = walked(visitor)
    assert [path for path, _ in visitor.sent] == ["/checkout/address/", "/checkout/preview/"]
    assert visitor.sent[0][1]["street"] and visitor.sent[1][1] == {"action": "place_order"}
    assert went.path == "/checkout/preview/" and visitor.orders == 1


def test_a_checkout_that_ends_without_an_order_says_where():
    went, pages = walked(Visitor(lost=True))
    assert (went.answer.path, pages) == ("/checkout/thanks/", 3)


def test_a_page_of_the_checkout_with_an_error_of_the_site_is_broken():
    with pytest.raises(Contradiction, match="GET /checkout/preview/ got 500"):
        walked(Visitor({name: page for name, page in PAGES.items() if name != "/checkout/preview/"}))


def test_a_checkout_without_an_end_is_given_up():
    pages = {f"/checkout/{number}/": f"<a href=/checkout/{number + 1}/>Next</a>" for number in range(20)}
    with pytest.raises(Unfinished, match="no order after 8 pages"):
        walked(Visitor({**pages, "/checkout/address/": "<a href=/checkout/0/>Next</a>"}))


def test_the_form_of_a_carts_page_changes_the_quantity_and_removes_the_product():
    lines = "".join(f"<input type=hidden name=form-{name} value=1>" for name in ("TOTAL_FORMS", "0-id"))
    inputs = "<input name=form-0-quantity value=2><input type=checkbox name=form-0-DELETE>"
    page = f"<form method=post>{TOKEN}{lines}{inputs}</form>"
    visitor = Visitor({"/cart/": page}, {"/cart/": "/cart/"})
    views = Shop(show=Operation("cart-show", view("cart/")))
    assert cart_page.change(views, visitor, 3) is not None
    assert cart_page.remove(views, visitor) is not None
    [(_, changed), (_, removed)] = visitor.sent
    assert changed == {"form-TOTAL_FORMS": "1", "form-0-id": "1", "form-0-quantity": "3"}
    assert removed == {"form-TOTAL_FORMS": "1", "form-0-id": "1", "form-0-quantity": "2", "form-0-DELETE": "on"}
    assert cart_page.change(views, Visitor({"/cart/": "empty"}), 3) is None


def test_a_product_whose_price_is_elsewhere_gets_one_there():
    product = Model("shop.Product", "product", (Input("title"),))
    to_product = Input("product", "reference", model="shop.Product")
    price = Input("price", "decimal")
    record = Model("stock.Record", "record", (to_product, price, Input("num_in_stock", "integer")))
    line = Model("orders.Line", "line", (to_product, price))
    made = []
    rows = SimpleNamespace(make=lambda label, values, user: made.append((label, values)) or 7)
    context = Context(Surface(models=(record, line, product)), {}, {}, rows=rows)
    views = Shop(add=Operation("cart-add", view("cart/add/<int:pk>/"), "post"))
    assert basket.product_of(context, views) == Row("shop.Product", 7, made[0][1]["title"].split()[-1], made[0][1])
    assert made[1:] == [("stock.Record", {"product": 7, "price": basket.PRICE, "num_in_stock": 50})]


def test_a_cart_without_a_field_for_quantities_has_none_to_change():
    shown = Operation("cart-show", view("cart/"))
    with pytest.raises(Unfinished, match=r"^visitors can't change a quantity"):
        shop._not_shown(Shop(show=shown), shown)
    other = Operation("cart-change", view("cart/update/"))
    assert shop._not_shown(Shop(show=shown), other) is other
