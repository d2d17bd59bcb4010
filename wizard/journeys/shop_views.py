"""The views of a shop: those that fill, change and show the cart, make an order, and confirm its payment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from wizard.journeys import addresses
from wizard.journeys.operations import UNSAFE, Operation, methods_of, singular, words_of
from wizard.project.inputs import Form, Surface, View

CART = frozenset({
    "cart", "basket", "bag", "trolley", "warenkorb", "einkaufswagen", "panier", "carrito", "cesta", "carrello",
    "carrinho", "winkelwagen", "koszyk", "sepet",
})  # fmt: skip
ORDER = frozenset({
    "order", "checkout", "booking", "purchase", "reservation", "buy", "bestellung", "buchung", "commande", "pedido",
    "ordine", "prenotazione", "encomenda",
})  # fmt: skip
PLACE = frozenset({"create", "place", "new", "confirm", "submit", "checkout", "make", "book", "buy", "add"})
ADD, CHANGE = (
    frozenset({"add", "put", "plus", "insert"}),
    frozenset({"update", "change", "quantity", "set", "edit", "increase", "increment"}),
)
REMOVE = frozenset({"remove", "delete", "minus", "del"})
NEITHER = frozenset(
    {
        "count",
        "clear",
        "empty",
        "coupon",
        "promo",
        "voucher",
        "shipping",
        "success",
        "cancel",
        "history",
        "status",
        "payment",
        "pay",
        "webhook",
        "callback",
        "verify",
        "invoice",
        "track",
        "refund",
        "complete",
        "done",
    }
)
PAID = re.compile(r"razorpay_(payment_id|signature|order_id)")


@dataclass
class Shop:
    """The operations of a shop, each None if no view was recognised."""

    add: Operation | None = None
    change: Operation | None = None
    remove: Operation | None = None
    show: Operation | None = None
    order: Operation | None = None
    orders: Operation | None = None
    payment: Operation | None = None

    def views(self) -> list[View]:
        """The views of the cart and of payments, and of an order that needs a cart: they are no resources."""
        order = self.order if self.has_cart else None
        found = (self.add, self.change, self.remove, self.show, order, self.payment)
        return [each.view for each in found if each is not None]

    @property
    def has_cart(self) -> bool:
        return self.add is not None or self.show is not None


def find_shop(surface: Surface) -> Shop:
    """The shop's views by the words of their names, routes and models. Those for staff are left out."""
    shop = Shop()
    for view in surface.views:
        if view.library or view.requires == "staff" or "format" in addresses.parameters(view.url.route):
            continue
        words = _words(view)
        if _pays(view):
            shop.payment = shop.payment or _operation(view, "payment")
        elif CART & words or _is_of(view, CART):
            _sort_cart_view(shop, view, words)
        elif ORDER & words and not NEITHER & words:
            _sort_order_view(shop, view, words)
    return shop


def _words(view: View) -> set[str]:
    names = [view.url.route, view.url.name or "", view.url.function]
    return {word.rstrip("s") if word not in ("bas",) else word for name in names for word in words_of(name)} | {
        word for name in names for word in words_of(name)
    }


def _is_of(view: View, words: Iterable[str]) -> bool:
    label = view.model.rpartition(".")[2].lower()
    return any(word in label for word in words)


def _pays(view: View) -> bool:
    return any(PAID.search(each.name) for form in view.forms for each in form.inputs)


def _forms(view: View) -> list[Form]:
    return [form for form in view.forms if form.method in UNSAFE]


def _operation(view: View, role: str, method: str = "") -> Operation:
    forms = [form for form in _forms(view) if not method or form.method == method]
    methods = methods_of(view)
    form = forms[0] if forms else None
    chosen = form.method if form else method or ("post" if not methods or "post" in methods else methods[0])
    return Operation(role, view, chosen, form, form.model if form else view.model)


def _sort_cart_view(shop: Shop, view: View, words: set[str]) -> None:
    """Give a view of the cart its place in *shop*. A view of an API can have several, by its methods."""
    methods = methods_of(view) or ()
    by_row = bool(addresses.parameters(view.url.route))
    reads = not methods or "get" in methods
    actions = set(words_of(view.url.function)) | set(words_of(view.url.name or "")) | set(words_of(view.url.route))
    if NEITHER & {singular(word) for word in actions}:
        return
    if ADD & actions and not REMOVE & actions:
        if shop.add is None or not ADD & _words(shop.add.view):  # the cart's own page can take forms, too
            shop.add = _operation(view, "cart-add")
    elif REMOVE & actions:
        shop.remove = shop.remove or _operation(view, "cart-remove")
    elif CHANGE & actions and (by_row or _forms(view)):
        shop.change = shop.change or _operation(view, "cart-change")
    elif not by_row and reads and (shop.show is None or len(view.url.route) < len(shop.show.view.url.route)):
        shop.show = Operation("cart-show", view, "get", None, view.model)
    _by_method(shop, view, methods, by_row=by_row)


def _by_method(shop: Shop, view: View, methods: Iterable[str], *, by_row: bool) -> None:
    if "post" in methods and not by_row and not _words(view) & (REMOVE | CHANGE):
        shop.add = shop.add or _operation(view, "cart-add", "post")
    for method in ("patch", "put"):
        if method in methods:
            shop.change = shop.change or _operation(view, "cart-change", method)
    if "delete" in methods and by_row:
        shop.remove = shop.remove or Operation("cart-remove", view, "delete", None, view.model)


def _sort_order_view(shop: Shop, view: View, words: set[str]) -> None:
    methods = methods_of(view)
    by_row = bool(addresses.parameters(view.url.route))
    forms = _forms(view)
    posts = any(form.method == "post" for form in forms) or (methods is not None and "post" in methods)
    actions = set(words_of(view.url.function)) | set(words_of(view.url.name or "")) | set(words_of(view.url.route))
    places = view.role == "create" or (
        not by_row and (posts or PLACE & actions) and view.role not in ("list", "detail")
    )
    if places and (shop.order is None or (PLACE & actions and not PLACE & _words(shop.order.view))):
        shop.order = _operation(view, "order", "post" if forms else "")
    if not by_row and (methods is None or "get" in methods) and (view.role == "list" or not PLACE & actions):
        shop.orders = shop.orders or Operation("list", view, "get", None, view.model)
    if not by_row and view.role == "list" and posts:
        shop.order = shop.order or _operation(view, "order", "post")
