"""Orders: the cart becomes an order, the order is in the visitor's list, and is paid in test mode."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wizard.journeys import addresses
from wizard.journeys.basket import Basket, send, values_for
from wizard.journeys.cart_content import TOTAL, as_number, check_total
from wizard.journeys.checkout import starts_elsewhere, walk
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row, content_row, pages_of, text_of
from wizard.journeys.operations import Operation
from wizard.journeys.reading import is_login, mappings
from wizard.journeys.result import Verdict
from wizard.journeys.saved_rows import check_kept, values_of
from wizard.journeys.sent_form import Attempt
from wizard.journeys.shop_views import Shop
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form

ORDER = re.compile(r"order|booking|purchase|reservation|checkout")
LINE = re.compile(r"item|line|detail|product|event|status|history|address")
DONE = re.compile(
    r"thank|success|order (was |has been |is )?(placed|received|confirmed|complete)|bestellt", re.IGNORECASE
)
"""What a page says after an order."""
RAZORPAY_ORDER = re.compile(r"order_[0-9A-Za-z]{10,24}")


@dataclass
class Placed:
    """An order that a visitor placed.

    Arguments:
        row: its row. None if the database can't be read.
        payment_order: the id of the order at the payment service. Empty without one.
    """

    row: Row | None
    answer: Answer
    payment_order: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def order(context: Context, shop: Shop, basket: Basket | None, role: str) -> Placed | None:
    """Place an order, look for it in the visitor's own orders, and pay it. Returns it."""
    assert shop.order is not None
    operation, held = shop.order, list[Placed]()

    def body(visitor: Visitor) -> str:
        assert operation is not None
        path = addresses.fill(operation.view.url.route, {})
        if not path:
            raise Unfinished(f"the address of {operation} needs a value")
        labels = order_models(context)
        rows = context.rows
        then = {label: frozenset(rows.keys(label)) for label in labels} if rows else {}
        given = values_for(operation.form, basket, basket.quantity) if basket else {}
        if operation.form is not None:
            given = {**context.prepare(operation.form, role), **given}

        def new() -> list[Row]:
            return [
                Row(label, key)
                for label in labels
                for key in (rows.keys(label) if rows else [])
                if key not in then[label]
            ]

        went = _placed(context, operation, path, visitor, given, new if rows and labels else None)
        assert went.answer is not None
        made, status, path = new(), went.answer.first, went.path or path
        _check_number(f"{operation.method.upper()} {path} → {status}", made, labels if rows else ())
        row = made[0] if made else None
        held.append(Placed(row, went.answer, _payment_order(went.answer), values_of(context, row) if row else {}))
        if row is not None:
            check_kept(context, row, went)
            if basket is not None:
                _check_lines(context, row, basket)
                _check_total(held[-1], basket)
        what = f"; {row.label} {row.key} is new" if row else ""
        return f"{operation.method.upper()} {path} → {status}{what}"

    again = role == "second"
    title = "A second visitor places an order" if again else "A visitor places an order"
    context.run("order" + ("-second" if again else ""), title, "order", "order", role, body, operation.where)
    if not held or again:
        return held[0] if held else None
    if shop.orders is not None and context.results[-1].verdict is Verdict.WORKS:
        own_orders(context, shop, held[0], role)
    if shop.payment is not None:
        pay(context, shop, held[0], role)
    return held[0]


def _check_number(request: str, made: Sequence[Row], labels: Collection[str]) -> None:
    """Raise Contradiction unless *request* made one order, among the rows of the models *labels* that it *made*."""
    if labels and not made:
        raise Contradiction(f"{request}, but no row of {', '.join(labels)} is new", "one order more")
    same = [row for row in made if row.label == made[0].label]
    if len(same) > 1:
        raise Contradiction(f"one request made {len(same)} rows of {made[0].label}", "one order more")


def _placed(
    context: Context,
    operation: Operation,
    path: str,
    visitor: Visitor,
    given: Mapping[str, Any],
    new: Callable[[], list[Row]] | None,
) -> Attempt:
    """Send the order, and pass the further pages of its checkout until there are *new* rows.

    Raises:
        Unfinished: no page leads on, and none says that there is an order.
    """
    page = starts_elsewhere(visitor, operation, path) if new is not None else None
    went = send(context, operation, path, visitor, dict(given)) if page is None else None
    answer = went.answer if went is not None else page
    assert answer is not None
    if new is None or (went is not None and (operation.is_api or new())):
        assert went is not None
        return went
    last, pages = walk(context, visitor, answer, path, lambda: bool(new()))
    if last is None and went is None:
        raise Unfinished(f"GET {path} leads to {answer.path}, which has neither a form nor a link that leads on")
    last = last or went
    assert last is not None and last.answer is not None
    if pages and not new() and not DONE.search(last.answer.page.text):
        raise Unfinished(f"the checkout ends at {last.answer.path} without an order")
    return last


def order_models(context: Context) -> list[str]:
    """The models of orders, without those of their lines."""
    words = [(model.label, model.label.rpartition(".")[2].lower()) for model in context.surface.models]
    words.sort(key=lambda each: not ORDER.fullmatch(each[1]))
    return [label for label, word in words if ORDER.search(word) and not LINE.search(word)][:2]


def _check_lines(context: Context, row: Row, basket: Basket) -> None:
    """Check that the new order has a line with the product, where such a model exists.

    Raises:
        Contradiction: it has none.
    """
    assert context.rows is not None
    for model in context.surface.models:
        to_order = [each.name for each in model.inputs if each.model == row.label]
        to_product = [each.name for each in model.inputs if each.model == basket.product.label]
        if not to_order or not to_product or not LINE.search(model.label.lower()):
            continue
        for key in context.rows.keys(model.label)[:20]:
            kept = context.rows.values(model.label, key) or {}
            if kept.get(to_order[0]) == row.key and kept.get(to_product[0]) == basket.product.key:
                return
        raise Contradiction(
            f"{row.label} {row.key} has no {model.title} with the product of the cart",
            "the order has what was in the cart",
        )


def _check_total(placed: Placed, basket: Basket) -> None:
    """Raise Contradiction if the order's total is the price of one product, though there are more."""
    assert placed.row is not None
    for name, value in placed.values.items():
        if TOTAL.search(name.lower()):
            check_total(as_number(value), basket, f"{placed.row.label} {placed.row.key} has the total")


def _payment_order(answer: Answer) -> str:
    """The id of the order at Razorpay in the answer or on its page."""
    text = json.dumps(answer.json) if answer.json is not None else answer.response.text[:500_000]
    found = RAZORPAY_ORDER.search(text)
    return found[0] if found else ""


def own_orders(context: Context, shop: Shop, placed: Placed, role: str) -> None:
    operation = shop.orders
    assert operation is not None

    def body(visitor: Visitor) -> str:
        path = addresses.fill(operation.view.url.route, {})
        for answer in pages_of(visitor, path, data=operation.is_api):
            context.check_status(answer, f"GET {answer.path}")
            if answer.status != 200 or is_login(answer):
                raise Unfinished(f"GET {path} led to {answer.path} with status {answer.status}")
            if _shows_order(answer, placed):
                return f"GET {answer.path} shows the order"
        if answer.json is not None:
            raise Contradiction(f"GET {path} does not show the new order", "the order is in the visitor's list")
        raise Unfinished(f"GET {path} does not show the new order's number or text")

    context.run("orders", "A visitor sees the list of their orders", "orders", "order", role, body, operation.where)


def _shows_order(answer: Answer, placed: Placed) -> bool:
    wanted = placed.row.key if placed.row else content_row(placed.answer.json, "").get("id")
    if answer.json is not None:
        return any(
            str(each.get(name)) == str(wanted)
            for each in mappings(answer.json)
            for name in ("id", "pk", "uuid", "number")
            if name in each
        )
    text = text_of(answer)
    texts = [str(value).casefold() for value in placed.values.values() if isinstance(value, str) and len(value) >= 8]
    by_link = any(re.search(rf"/{re.escape(str(wanted))}(/|$)", link.path) for link in answer.page.links)
    return (
        by_link
        or any(value in text for value in texts)
        or bool(re.search(rf"(?<!\d){re.escape(str(wanted))}(?!\d)", answer.page.text))
    )


def pay(context: Context, shop: Shop, placed: Placed, role: str) -> None:
    """Pay the order in test mode: a forged payment is refused, and a signed one is accepted."""
    operation = shop.payment
    assert operation is not None

    def body(visitor: Visitor) -> str:
        if not context.checkout_url:
            raise Unfinished("an order can be paid only in a rehearsal or with keys of the test mode")
        if not placed.payment_order:
            raise Unfinished("the answer to the order has no id of an order at Razorpay")
        forged = {
            "razorpay_order_id": placed.payment_order,
            "razorpay_payment_id": "pay_forged00000000",
            "razorpay_signature": "0" * 64,
        }
        path = _payment_path(context, shop, placed)
        before = values_of(context, placed.row) if placed.row else {}
        answer = _confirm(operation.form, operation.is_api, visitor, path, forged)
        after = values_of(context, placed.row) if placed.row else {}
        if answer.status < 300 and before != after and _says_paid(after, before):
            raise Contradiction(f"POST {path} with a forged signature marks the order as paid", "a refusal: 400")
        if answer.status >= 500:
            raise Contradiction(f"POST {path} with a forged signature got {answer.status}", "a refusal: 400")
        paid = visitor.request(
            "POST", f"{context.checkout_url}/checkout/pay", json={"order_id": placed.payment_order}, csrf=False
        )
        if paid.status != 200 or not isinstance(paid.json, dict):
            raise Unfinished(f"the checkout answered {paid.status}")
        answer = _confirm(operation.form, operation.is_api, visitor, path, paid.json)
        if answer.status >= 400:
            raise Contradiction(f"POST {path} with a signed payment got {answer.status}", "the order is paid")
        now = values_of(context, placed.row) if placed.row else {}
        changed = [name for name, value in now.items() if value != after.get(name)]
        return f"POST {path}: a forged payment is refused, a signed one → {answer.status}" + (
            f"; {', '.join(f'{name} is now {now[name]}' for name in changed[:3])}" if changed else ""
        )

    context.run("payment", "A visitor pays an order in test mode", "payment", "order", role, body, operation.where)


def _payment_path(context: Context, shop: Shop, placed: Placed) -> str:
    assert shop.payment is not None
    key = placed.row.key if placed.row else content_row(placed.answer.json, "").get("id")
    path = addresses.fill(shop.payment.view.url.route, dict.fromkeys(shop.payment.parameters, key))
    if not path or (shop.payment.parameters and key is None):
        raise Unfinished(f"the address of {shop.payment} needs a value")
    return path


def _confirm(form: Form | None, is_api: bool, visitor: Visitor, path: str, payment: Mapping[str, Any]) -> Answer:
    as_json = form.encoding == "json" if form else is_api
    names = {each.name for each in form.inputs} if form else set(payment)
    values = {name: value for name, value in payment.items() if name in names or not names}
    if as_json:
        return visitor.request("POST", path, json=values)
    return visitor.request("POST", path, form=values)


def _says_paid(after: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a field changed to a value that means paid."""
    return any(
        value != before.get(name) and (value is True or re.search(r"paid|success|complete|confirm", str(value), re.I))
        for name, value in after.items()
    )


def check_others_order(context: Context, shop: Shop, placed: Placed) -> None:
    """Check that the second visitor's list does not show the first one's order."""
    operation = shop.orders
    if (
        operation is None
        or placed.row is None
        or "second" not in context.visitors
        or (operation.view.requires == "nobody" and not _has_owner(context, placed.row))
    ):
        return

    def body(visitor: Visitor) -> str:
        path = addresses.fill(operation.view.url.route, {})
        for answer in pages_of(visitor, path, data=operation.is_api):
            if answer.status == 200 and not is_login(answer) and _lists_order(answer, placed):
                raise Contradiction(
                    f"GET {answer.path} shows the order of another visitor", "a list of the visitor's own orders"
                )
        return f"GET {path} does not show the other visitor's order"

    title = "A visitor's list of orders has no others'"
    context.run("orders-other-visitor", title, "hole", "order", "second", body, operation.where)


def _has_owner(context: Context, row: Row) -> bool:
    """Whether each order belongs to a user, so that not everybody may see it, whatever the code of the view allows."""
    model = context.surface.model(row.label)
    return model is not None and any(
        each.name == model.owner and each.required and each.model == context.surface.user_model for each in model.inputs
    )


def _lists_order(answer: Answer, placed: Placed) -> bool:
    assert placed.row is not None
    if answer.json is not None:
        return any(
            str(each.get(name)) == str(placed.row.key)
            for each in mappings(answer.json)
            for name in ("id", "pk")
            if name in each
        )
    return any(
        re.search(rf"order\w*/(?:\w+/)?{re.escape(str(placed.row.key))}(/|$)", link.path) for link in answer.page.links
    )
