"""What a cart shows: whether the product is in it, in which quantity, and the total."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wizard.journeys import addresses
from wizard.journeys.basket import PRICE, PRODUCT, QUANTITY, Basket
from wizard.journeys.cart_table import Line, line_of
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row, read, text_of
from wizard.journeys.reading import is_login, mappings
from wizard.journeys.shop_views import Shop
from wizard.journeys.visitor import Answer, Visitor

BESIDE = 200
"""Characters after the product's name in which a page shows its quantity."""
TOTAL = re.compile(r"^(grand_?|cart_?|order_?|sub_?)?total(_?(price|amount|sum|cost))?$|^(amount|sum)$")


@dataclass(frozen=True)
class Content:
    """What the cart at *where* shows of the product.

    Arguments:
        shows: whether the product is in it.
        quantities: the numbers beside the product that can be its quantity.
        certain: whether the quantity can be nothing else than these numbers.
        total: the cart's total, or that of the product's line. None if neither data nor a table tells it.
    """

    shows: bool
    quantities: tuple[int, ...]
    certain: bool
    total: float | None
    where: str

    def check(self, basket: Basket) -> None:
        """Raise Contradiction if the cart shows another quantity than the one that was sent, or a total for one."""
        if self.certain and self.quantities and basket.quantity not in self.quantities:
            raise Contradiction(
                f"{self.where} shows the quantity {self.quantities[0]} of the product",
                f"the quantity {basket.quantity}",
            )
        check_total(self.total, basket, f"{self.where} shows the total")


def check_total(total: float | None, basket: Basket, what: str) -> None:
    """Raise Contradiction if *total* is the price of one product, and there are more."""
    if total is not None and basket.quantity > 1 and abs(total - PRICE) < 0.005:
        raise Contradiction(
            f"{what} {total:g} for {basket.quantity} × {PRICE}", f"a total of {basket.quantity * PRICE} or more"
        )


def content_of(context: Context, shop: Shop, visitor: Visitor, basket: Basket) -> Content:
    """What the cart shows.

    Raises:
        Unfinished: no view shows it, or not to this visitor.
    """
    if shop.show is None:
        raise Unfinished("no view shows the cart")
    path = addresses.fill(shop.show.view.url.route, {})
    answer = read(visitor, path, data=shop.show.is_api)
    context.check_status(answer, f"GET {path}")
    if answer.status != 200 or is_login(answer):
        raise Unfinished(f"GET {path} led to {answer.path} with status {answer.status}")
    return _of_data(answer, basket) if answer.json is not None else _of_page(answer, basket)


def _of_data(answer: Answer, basket: Basket) -> Content:
    lines = [each for each in mappings(answer.json) if _is_line(each, basket.product)]
    numbers = tuple(
        int(value)
        for each in lines
        for name, value in each.items()
        if QUANTITY.search(name) and isinstance(value, int) and not isinstance(value, bool)
    )
    if lines:
        basket.line = dict(next((each for each in lines if any(map(QUANTITY.search, each))), lines[0]))
    totals = [number for each in _outer(answer.json) for name, value in each.items()
              if TOTAL.search(name.lower()) and (number := as_number(value)) is not None]  # fmt: skip
    return Content(bool(lines), numbers, len(numbers) == 1, totals[0] if totals else None, answer.path)


def _outer(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, dict):
        yield content
        yield from (each for each in content.values() if isinstance(each, dict))


def as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _is_line(each: dict[str, Any], product: Row) -> bool:
    flat = json.dumps(each, ensure_ascii=False)[:5000].casefold()
    named = any(
        str(each.get(name)) == str(product.key)
        for name in each
        if PRODUCT.search(name) and not isinstance(each[name], (dict, list))
    )
    return named or (bool(product.mark) and product.mark in flat and any(map(QUANTITY.search, each)))


def _of_page(answer: Answer, basket: Basket) -> Content:
    mark, read_text = basket.product.mark, answer.page.text.casefold()
    at = read_text.find(mark) if mark else -1
    inputs = [each.initial for form in answer.page.forms for each in form.inputs if QUANTITY.search(each.name.lower())]
    beside = read_text[max(0, at - 20) : at + BESIDE] if at >= 0 else ""
    found = [*inputs, *re.findall(r"(?<![\w.,])\d{1,4}(?![\w.,])", beside)]
    numbers = tuple(int(value) for value in found if value.isdigit())
    certain = len(inputs) == 1 and inputs[0].isdigit() and set(numbers) == {int(inputs[0])}
    line = line_of(answer.response.text, mark) if mark else Line()
    if line.quantity is not None:
        numbers, certain = (line.quantity,), True
    return Content(bool(mark) and mark in text_of(answer), numbers, certain, line.total, answer.path)
