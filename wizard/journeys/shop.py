"""The cart of a shop: what is put into it is shown, its quantity changes, and it can be removed."""

from __future__ import annotations

from collections.abc import Callable

from wizard.journeys.basket import QUANTITY, Basket, path_with, product_of, send, shown, values_for
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.operations import Operation
from wizard.journeys.reading import mappings
from wizard.journeys.result import Verdict
from wizard.journeys.shop_views import Shop
from wizard.journeys.visitor import Visitor


def cart(context: Context, shop: Shop, role: str) -> Basket | None:
    """Put a product into the cart, show the cart, change the quantity, and remove the product. Returns the last basket.

    After that the product is in the cart again, for an order.
    """
    assert shop.add is not None
    held: list[Basket] = []

    def run(kind: str, title: str, operation: Operation, body: Callable[[Visitor], str]) -> bool:
        name = f"cart-{kind.rpartition('-')[2]}"
        result = context.run(name, title, kind, "cart", role, body, operation.where)
        return result.verdict is Verdict.WORKS

    def add(visitor: Visitor) -> str:
        assert shop.add is not None
        basket = Basket(product_of(context, shop))
        held.append(basket)
        return put(context, shop, shop.add, visitor, basket)

    if not run("cart-add", "A visitor puts a product into the cart", shop.add, add):
        return None
    basket = held[-1]
    if shop.show is not None:
        run(
            "cart-show",
            "A visitor sees the cart",
            shop.show,
            lambda visitor: _is_in_cart(context, shop, visitor, basket),
        )
    if shop.change is not None:
        changing = shop.change
        run(
            "cart-change",
            "A visitor changes a quantity",
            changing,
            lambda visitor: _change(context, shop, changing, visitor, basket),
        )
    if shop.remove is not None:
        removing = shop.remove
        if run(
            "cart-remove",
            "A visitor removes a product from the cart",
            removing,
            lambda visitor: _remove(context, shop, removing, visitor, basket),
        ):
            visitor = context.visitor(role)
            visitor.begin()
            basket.quantity, basket.line = 1, {}
            try:
                put(context, shop, shop.add, visitor, basket)
            except (Unfinished, Contradiction):
                return None
    return basket


def put(context: Context, shop: Shop, operation: Operation, visitor: Visitor, basket: Basket) -> str:
    path = path_with(operation, context, basket)
    went = send(context, operation, path, visitor, values_for(operation.form, basket, basket.quantity))
    assert went.answer is not None
    line = (
        next((each for each in mappings(went.answer.json) if "id" in each), {}) if went.answer.json is not None else {}
    )
    basket.line = dict(line)
    status = went.answer.first
    if shop.show is None:
        return f"{operation.method.upper()} {path} → {status}"
    found, _, where = shown(context, shop, visitor, basket)
    if not found and basket.product.mark:
        raise Contradiction(
            f"{operation.method.upper()} {path} → {status}, but {where} does not show the product",
            "the product is in the cart",
        )
    return f"{operation.method.upper()} {path} → {status}; {where} shows it"


def _is_in_cart(context: Context, shop: Shop, visitor: Visitor, basket: Basket) -> str:
    found, numbers, where = shown(context, shop, visitor, basket)
    if not found:
        raise Contradiction(f"{where} does not show the product that was added", "the product is in the cart")
    return f"{where} shows the product" + (
        f" with the quantity {basket.quantity}" if basket.quantity in numbers else ""
    )


def _change(context: Context, shop: Shop, operation: Operation, visitor: Visitor, basket: Basket) -> str:
    path = path_with(operation, context, basket)
    _, before, _ = shown(context, shop, visitor, basket)
    wanted = 3
    given = values_for(operation.form, basket, wanted)
    if not any(QUANTITY.search(name) for name in given):
        given["quantity"] = wanted
    send(context, operation, path, visitor, given)
    found, numbers, where = shown(context, shop, visitor, basket)
    if found and wanted in numbers:
        basket.quantity = wanted
        return f"{operation.method.upper()} {path}; {where} shows the quantity {wanted}"
    if found and numbers and numbers == before:
        raise Contradiction(
            f"{operation.method.upper()} {path} was accepted, but {where} still shows the old quantity",
            f"the quantity {wanted}",
        )
    if found and numbers:  # the view counts up or down by one
        return f"{operation.method.upper()} {path}; {where} shows another quantity"
    raise Unfinished(f"{where} does not show quantities")


def _remove(context: Context, shop: Shop, operation: Operation, visitor: Visitor, basket: Basket) -> str:
    path = path_with(operation, context, basket)
    for _ in range(basket.quantity):
        send(context, operation, path, visitor, values_for(operation.form, basket, 1))
        found, _, where = shown(context, shop, visitor, basket)
        if not found:
            return f"{operation.method.upper()} {path}; {where} does not show it any more"
    raise Contradiction(
        f"{operation.method.upper()} {path} was accepted, but {where} still shows the product", "the product is gone"
    )
