"""The table of a cart: the quantity and the sum of the product, where the headings tell which cell has them."""

from __future__ import annotations

import httpx
import pytest

from wizard.journeys.basket import Basket
from wizard.journeys.cart_content import _of_page
from wizard.journeys.cart_table import Line, line_of
from wizard.journeys.context import Contradiction
from wizard.journeys.evidence import Row
from wizard.journeys.visitor import Answer

MARK = "0a1b2c3d"


def table(quantity, total, *, heading=("Item", "Price", "Quantity", "Subtotal"), more=""):
    head = "".join(f"<th>{each}</th>" for each in heading)
    cells = (f"Golive {MARK}", "€ 13.00", quantity, total)
    row = "".join(f"<td>{each}</td>" for each in cells)
    return f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr>{more}</tbody></table>"


@pytest.mark.parametrize(("page", "line"), [
    (table("2", "€ 26.00"), Line(2, 26.0)),
    (table('<form><input name="q" value="2"><input type="hidden" value="7"></form>', "26,00 €"), Line(2, 26.0)),
    (table("2", "26", heading=("Item", "Price", "Qty:", "Total")), Line(2, 26.0)),
    (table("2 of 5", "€ 26.00 with 19 % tax"), Line()),
    (table("2", "26", heading=("Item", "Price", "Stock", "")), Line()),
    (table("2", "26", heading=("Item", "Price", "Quantity")), Line()),
    (table("2", "26", more=f"<tr><td>{MARK}</td><td>1</td><td>3</td><td>4</td></tr>"), Line()),
    (table('<select><option>1</option><option selected>2</option></select>', "26"), Line(None, 26.0)),
    (f"<p>{MARK}: 2</p>", Line()),
])  # fmt: skip
def test_the_headings_of_a_table_tell_the_quantity_and_the_sum(page, line):
    assert line_of(page, MARK) == line


@pytest.mark.parametrize(("quantity", "total", "why"), [
    ("1", "26", "/cart/ shows the quantity 1 of the product"),
    ("2", "13", "/cart/ shows the total 13 for 2 × 13"),
    ("2", "26", ""),
])  # fmt: skip
def test_a_cart_shows_the_quantity_that_was_put_into_it_and_its_sum(quantity, total, why):
    page = httpx.Response(200, text=table(quantity, total), headers={"content-type": "text/html"})
    basket = Basket(Row("shop.Item", 1, MARK))
    content = _of_page(Answer(page, "/cart/"), basket)
    assert content.shows
    if not why:
        content.check(basket)
        assert content.quantities == (2,)
        return
    with pytest.raises(Contradiction, match=why):
        content.check(basket)
