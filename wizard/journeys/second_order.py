"""The order of a second visitor: some faults, such as a number that was taken, appear only then."""

from __future__ import annotations

from wizard.journeys.basket import Basket
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.orders import Placed, order
from wizard.journeys.others_rows import private_reference
from wizard.journeys.references import check_reference
from wizard.journeys.result import Verdict
from wizard.journeys.rows import RowsError
from wizard.journeys.shop import put_again
from wizard.journeys.shop_views import Shop

MOST = 20
"""Rows of which the owner is looked up."""


def order_again(context: Context, shop: Shop, basket: Basket, placed: Placed) -> None:
    """Let the second visitor order the same product, with as many earlier orders as the first one had."""
    if "second" not in context.visitors:
        return
    if placed.row is not None:
        _make_equal(context, placed.row)
    again = put_again(context, shop, "second", Basket(basket.product))
    if again is None:
        return
    order(context, shop, again, "second")
    if context.results[-1].verdict is Verdict.OPEN:
        context.results.pop()  # the first order may have taken all there is of the product
        return
    if placed.row is None or shop.order is None or private_reference(context, shop.order, placed.row.label) is None:
        return
    if put_again(context, shop, "second", Basket(basket.product)) is not None:
        check_reference(context, shop.order, placed.row.label, "order", "order")


def _make_equal(context: Context, row: Row) -> None:
    """Make orders of the second visitor in the database, until there are as many as the first had before *row*."""
    model = context.surface.model(row.label)
    if model is None or not model.owner or context.rows is None:
        return
    rows, first, second = context.rows, context.accounts.get("first"), context.accounts.get("second")
    owners = [rows.related(row.label, key, model.owner) for key in rows.keys(row.label)[:MOST] if key != row.key]
    for _ in range(owners.count(first) - owners.count(second) if first != second else 0):
        try:
            rows.make(row.label, user=second)
        except RowsError:
            return
