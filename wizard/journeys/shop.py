"""The cart of a shop: what is put into it is shown, its quantity changes, and it can be removed."""

from __future__ import annotations

from collections.abc import Callable

from wizard.base.errors import SiteError
from wizard.journeys import addresses, cart_page
from wizard.journeys.basket import QUANTITY, Basket, other_products, path_with, product_of, send, values_for
from wizard.journeys.cart_content import content_of
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.operations import Operation, methods_of
from wizard.journeys.reading import mappings
from wizard.journeys.result import NOT_FOR_VISITORS, Verdict
from wizard.journeys.rows import RowsError
from wizard.journeys.shop_views import Shop
from wizard.journeys.visitor import Visitor

MOST_OTHERS = 3
"""Further kinds of products that are put into the cart."""
CHANGED = 3
"""The quantity to which it is changed."""
Step = Callable[[Context, Shop, Operation, Visitor, Basket], str]


def cart(context: Context, shop: Shop, role: str) -> Basket | None:
    """Put a product into the cart, show the cart, change the quantity, and remove the product.

    After that the product is in the cart again, for an order. Returns it, or None if it is not in the cart.
    """
    assert shop.add is not None
    held: list[Basket] = []

    def add(context: Context, shop: Shop, operation: Operation, visitor: Visitor, _: Basket | None) -> str:
        held.append(Basket(product_of(context, shop)))
        return put(context, shop, operation, visitor, held[0])

    def run(kind: str, title: str, operation: Operation | None, step: Callable[..., str]) -> bool:
        if operation is None:
            return False
        basket = held[0] if held else None
        result = context.run(
            kind,
            title,
            kind,
            "cart",
            role,
            lambda visitor: step(context, shop, operation, visitor, basket),
            operation.where,
        )
        return result.verdict is Verdict.WORKS

    if not run("cart-add", "A visitor puts a product into the cart", shop.add, add):
        return held[0] if held and context.results[-1].verdict is Verdict.WORKS else None
    run("cart-show", "A visitor sees the cart", shop.show, _show)
    run("cart-change", "A visitor changes a quantity", _own_or_page(shop, shop.change), _change)
    if run("cart-remove", "A visitor removes a product from the cart", _own_or_page(shop, shop.remove), _remove):
        return put_again(context, shop, role, held[0])
    return held[0]


def _own_or_page(shop: Shop, operation: Operation | None) -> Operation | None:
    """*operation*, or else the page of the cart, which may have a form for it."""
    return operation if operation is not None or shop.show is None or shop.show.is_api else shop.show


def put_again(context: Context, shop: Shop, role: str, basket: Basket) -> Basket | None:
    """Put the product of *basket* into the cart of the visitor of *role*. Returns None if that does not work."""
    visitor = context.visitor(role)
    visitor.begin()
    assert shop.add is not None
    basket.quantity, basket.line = 2, {}
    try:
        put(context, shop, shop.add, visitor, basket)
    except (Unfinished, Contradiction, SiteError, RowsError):
        return None
    return basket


def add_others(context: Context, shop: Shop, role: str) -> None:
    """Put each further kind of product into the cart. Done after the orders, whose lines and total are compared."""
    add = shop.add
    for label in other_products(context, shop)[:MOST_OTHERS] if add is not None else ():
        if add is None or context.is_late:
            return
        name = label.rpartition(".")[2].lower()

        def body(visitor: Visitor, label: str = label, add: Operation = add) -> str:
            return put(context, shop, add, visitor, Basket(product_of(context, shop, label)))

        title = f"A visitor puts a {name} into the cart"
        context.run(f"cart-add-{name}", title, "cart-add", label, role, body, add.where)


def put(context: Context, shop: Shop, operation: Operation, visitor: Visitor, basket: Basket) -> str:
    """Put the product of *basket* into the cart.

    Raises:
        Contradiction: the cart does not show it, or in another quantity.
    """
    given = values_for(operation.form, basket, basket.quantity)
    if not any(map(QUANTITY.search, given)):
        basket.quantity = 1
    path = path_with(operation, context, basket)
    methods = methods_of(operation.view)
    only_sent = shop.show is not None and methods is not None and "get" not in methods
    page = addresses.fill(shop.show.view.url.route, {}) if shop.show is not None and only_sent else ""
    went = send(context, operation, path, visitor, given, page)
    assert went.answer is not None
    lines = mappings(went.answer.json) if went.answer.json is not None else iter(())
    basket.line = dict(next((each for each in lines if "id" in each), {}))
    request = f"{operation.method.upper()} {path} → {went.answer.first}"
    if shop.show is None:
        return request
    content = content_of(context, shop, visitor, basket)
    if not content.shows and basket.product.mark:
        raise Contradiction(f"{request}, but {content.where} does not show the product", "the product is in the cart")
    content.check(basket)
    return f"{request}; {content.where} shows it"


def _show(context: Context, shop: Shop, operation: Operation, visitor: Visitor, basket: Basket) -> str:
    content = content_of(context, shop, visitor, basket)
    if not content.shows:
        raise Contradiction(f"{content.where} does not show the product that was added", "the product is in the cart")
    content.check(basket)
    quantity = f" with the quantity {basket.quantity}" if basket.quantity in content.quantities else ""
    return f"GET {content.where} shows the product{quantity}"


def _change(context: Context, shop: Shop, operation: Operation, visitor: Visitor, basket: Basket) -> str:
    before = content_of(context, shop, visitor, basket)
    if (sent := cart_page.change(shop, visitor, CHANGED)) is not None:
        context.check_status(sent, "POST of the cart's form")
        request = "the form of the cart"
    else:
        path = path_with(_not_shown(shop, operation), context, basket)
        given = values_for(operation.form, basket, CHANGED)
        if not any(map(QUANTITY.search, given)):
            given["quantity"] = CHANGED
        send(context, operation, path, visitor, given)
        request = f"{operation.method.upper()} {path}"
    content = content_of(context, shop, visitor, basket)
    if content.shows and CHANGED in content.quantities:
        basket.quantity = CHANGED
        content.check(basket)
        return f"{request}; {content.where} shows the quantity {CHANGED}"
    if content.shows and content.quantities and content.quantities == before.quantities:
        raise Contradiction(
            f"{request} was accepted, but {content.where} still shows the old quantity", f"the quantity {CHANGED}"
        )
    if content.shows and content.quantities:
        basket.quantity = content.quantities[0]
        return f"{request}; {content.where} shows another quantity, as where a view counts up by one"
    raise Unfinished(f"{content.where} does not show quantities")


def _remove(context: Context, shop: Shop, operation: Operation, visitor: Visitor, basket: Basket) -> str:
    if operation is shop.show:
        return _remove_on_page(context, shop, visitor, basket)
    path = path_with(operation, context, basket)
    where = ""
    for _ in range(max(1, min(basket.quantity, CHANGED))):
        send(context, operation, path, visitor, values_for(operation.form, basket, 1))
        content = content_of(context, shop, visitor, basket)
        where = content.where
        if not content.shows:
            return f"{operation.method.upper()} {path}; {where} does not show it any more"
    raise Contradiction(
        f"{operation.method.upper()} {path} was accepted, but {where} still shows the product", "the product is gone"
    )


def _remove_on_page(context: Context, shop: Shop, visitor: Visitor, basket: Basket) -> str:
    sent = cart_page.remove(shop, visitor)
    if sent is None:
        raise Unfinished("the page of the cart has no form that removes a product")
    context.check_status(sent, "POST of the cart's form")
    content = content_of(context, shop, visitor, basket)
    if content.shows:
        raise Contradiction(
            f"the form of the cart was accepted, but {content.where} still shows the product", "the product is gone"
        )
    return f"the form of the cart with the mark that removes the product; {content.where} does not show it any more"


def _not_shown(shop: Shop, operation: Operation) -> Operation:
    """*operation*, unless it is only the page of the cart.

    Raises:
        Unfinished: it is, so that there is nothing to send.
    """
    if operation is shop.show:
        raise Unfinished(
            f"{NOT_FOR_VISITORS} change a quantity: no view does it, and the cart's page has no field for it"
        )
    return operation
