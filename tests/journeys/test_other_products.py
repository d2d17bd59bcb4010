"""A cart that takes several kinds of products: each is put into it."""

import pytest

from tests.journeys.surfaces import model, surface, view
from wizard.journeys import shop as shop_journeys
from wizard.journeys.basket import other_products
from wizard.journeys.context import Context
from wizard.journeys.result import Verdict
from wizard.journeys.shop_views import find_shop

PRICED = ("decimal:price", "title")


class Visitor:
    role, requests = "first", ()

    def begin(self):
        pass


class Rows:
    """A database that only makes rows."""

    def __init__(self):
        self.made = []

    def make(self, label, given, user=None):
        self.made.append(label)
        return len(self.made)


def context_of(fields):
    add = view("cart/add/", name="cart-add", fields=fields, function="add_to_cart", model="carts.CartItem")
    models = [model("shop.Package", *PRICED), model("shop.Campaign", *PRICED), model("shop.Coupon", "code")]
    site = surface(add, view("cart/", name="cart"), models=models)
    return Context(site, {"first": Visitor()}, {}, rows=Rows(), accounts={"second": 2})


@pytest.mark.parametrize(
    ("fields", "others"),
    [
        (("shop.Package:package", "shop.Campaign:campaign", "integer:quantity"), ["shop.Campaign"]),
        (("shop.Package:package", "shop.Coupon:coupon"), []),  # without a price, it is no product
        (("shop.Package:package", "shop.Package:instead_of"), []),
        (("integer:product_id",), []),
    ],
)
def test_the_form_of_a_cart_tells_what_else_goes_into_it(fields, others):
    context = context_of(fields)
    assert other_products(context, find_shop(context.surface)) == others


def test_each_further_kind_is_a_journey_about_its_model(monkeypatch):
    put = []
    monkeypatch.setattr(shop_journeys, "put", lambda context, shop, add, visitor, basket: put.append(basket) or "shown")
    context = context_of(("shop.Package:package", "shop.Campaign:campaign"))
    shop_journeys.add_others(context, find_shop(context.surface), "first")
    [result] = context.results
    assert (result.name, result.kind, result.subject) == ("cart-add-campaign", "cart-add", "shop.Campaign")
    assert (result.verdict, result.why) == (Verdict.WORKS, "shown")
    assert [each.product.label for each in put] == context.rows.made == ["shop.Campaign"]
