"""What a visitor puts into a cart: the product, and the requests that change the cart."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from wizard.journeys import addresses
from wizard.journeys.attempts import attempt
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import partial_form, status_of
from wizard.journeys.evidence import Row, marked_value
from wizard.journeys.operations import Operation
from wizard.journeys.refusals import refusals_of
from wizard.journeys.row_address import field_of, of_row
from wizard.journeys.rows import Key
from wizard.journeys.sent_form import Attempt
from wizard.journeys.shop_views import Shop
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form, Input, Model

PRODUCT = re.compile(
    r"product|item|package|plan|book|course|listing|article|menu|dish|ticket|event|campaign|variant|good|sku|food|room|offer"
)
QUANTITY = re.compile(r"quantity|qty|amount|count|number")
SOLD = re.compile(r"price|cost|rate|fee")
OLD_PRICE = re.compile(r"old|compare|original|sale|discount|shipping|rating|count")
STOCK = re.compile(r"stock|inventory|available_q|quantity")
SOLD_ALREADY = re.compile(r"cart|basket|order|line|item|wish|review|discount|invoice|booking")
"""Words of models whose rows have the price at which a product was sold."""
PRICE = 13
"""The price of the product, so that the price of two is no other number in the cart."""


@dataclass
class Basket:
    """What a visitor has put into the cart.

    Arguments:
        product: the row in the cart.
        line: what the answer of an API tells about the cart's line.
    """

    product: Row
    quantity: int = 2
    line: dict[str, Any] = field(default_factory=dict)


def product_of(context: Context, shop: Shop, label: str = "") -> Row:
    """Make the product that the cart's view refers to: a row of the model *label*, if it is given.

    Raises:
        Unfinished: no model of products is known, or no row can be made.
    """
    label = label or _product_model(context, shop)
    if not label or context.rows is None:
        raise Unfinished("the model of what goes into the cart is not known")
    mark = secrets.token_hex(4)
    model = next(each for each in context.surface.models if each.label == label)
    form = Form("post", "form", tuple(each for each in model.inputs if each.kind == "text"), "")
    values: dict[str, Any] = marked_value(form, mark, ascii_only=True)
    given = {
        **values,
        **_stock(model),
        **{each.name: PRICE for each in _prices(model)[:1]},
    }
    key = context.rows.make(label, given, context.accounts.get("second"))
    if not _prices(model):
        _price(context, label, key)
    return Row(label, key, mark if values else "", dict(values))


def other_products(context: Context, shop: Shop) -> list[str]:
    """The labels of further models whose rows go into the cart, as where it takes packages and campaigns."""
    inputs = shop.add.form.inputs if shop.add is not None and shop.add.form is not None else ()
    referred = dict.fromkeys(each.model for each in inputs if each.kind == "reference" and each.model)
    models = {each.label: each for each in context.surface.models}
    priced = [label for label in referred if label in models and _prices(models[label])]
    return [label for label in priced if label != _product_model(context, shop)]


def _stock(model: Model) -> dict[str, Any]:
    """Fields with the number of products that there are."""
    counts = [each.name for each in model.inputs if each.kind == "integer" and STOCK.search(each.name)]
    return dict.fromkeys(counts, 50)


def _price(context: Context, label: str, key: Key) -> None:
    """Give the product *key* a price in each model that is only for that, such as the records of a stock."""
    assert context.rows is not None
    for model in context.surface.models:
        to_product = [each.name for each in model.inputs if each.model == label and each.kind == "reference"]
        needed = [each.name for each in model.inputs if each.name in to_product and each.required]
        if needed and (prices := _prices(model)) and not SOLD_ALREADY.search(model.label.lower()):
            given = {needed[0]: key, prices[0].name: PRICE, **_stock(model)}
            context.rows.make(model.label, given, context.accounts.get("second"))


def _prices(model: Model) -> list[Input]:
    """The fields of a product with its price, the plainest first."""
    found = [each for each in model.inputs if each.kind in ("decimal", "float", "integer") and SOLD.search(each.name)]
    return sorted((each for each in found if not OLD_PRICE.search(each.name)), key=lambda each: len(each.name))


def _product_model(context: Context, shop: Shop) -> str:
    """The label of the model whose rows go into the cart: as the view's form refers to, or as names tell."""
    add = shop.add
    names: list[str] = []
    if add is not None:
        found = [each for each in (add.form.inputs if add.form else ()) if each.model and each.kind == "reference"]
        if found:
            return found[0].model
        names = [*add.parameters, *(each.name for each in (add.form.inputs if add.form else ()))]
    models = [
        each
        for each in context.surface.models
        if not re.search(r"cart|basket|order|line|review|image|category", each.label.lower())
    ]
    for name in names:
        stem = re.sub(r"_?(id|pk|slug|uuid)$", "", name.lower())
        for model in models:
            if stem and stem == model.label.rpartition(".")[2].lower():
                return model.label
    sold = [each for each in models if any(SOLD.search(part.name) for part in each.inputs)]
    # The price can lie in a model of its own, such as the records of a stock.
    priced = {part.model for each in sold for part in each.inputs if part.kind == "reference" and part.required}
    sold += [each for each in models if each.label in priced and each not in sold]
    named = [each for each in sold or models if PRODUCT.search(each.label.rpartition(".")[2].lower())]
    named.sort(key=lambda each: not PRODUCT.fullmatch(each.label.rpartition(".")[2].lower()))
    return (named or sold or [_nothing()])[0].label


def _nothing() -> Model:
    return Model("", "")


def path_with(operation: Operation, context: Context, basket: Basket) -> str:
    """The address of an operation of the cart: its parameters are the line where one is known, or the product."""
    values: dict[str, Any] = {}
    for name in operation.parameters:
        is_product = bool(PRODUCT.search(name)) and not re.search(r"item|line|entry", name)
        line = next((basket.line[each] for each in (name, "id", "pk") if each in basket.line), None)
        line = line if line is not None else _line_key(context, operation, basket)
        product = of_row(context, basket.product, name, field_of(context, operation, name, basket.product.label))
        values[name] = product if is_product or line is None else line
    path = addresses.fill(operation.view.url.route, values)
    if not path:
        raise Unfinished(f"the address of {operation} can't be filled")
    return path


def _line_key(context: Context, operation: Operation, basket: Basket) -> Any:
    """The key of the newest row of a cart's line with the product. None if the cart is in the session."""
    rows = context.rows
    for model in context.surface.models:
        if rows is None or not re.search(r"cart|basket|line", model.label.rpartition(".")[2].lower()):
            continue
        names = [each.name for each in model.inputs if each.model == basket.product.label]
        for key in rows.keys(model.label)[:5] if names else []:
            kept = rows.values(model.label, key) or {}
            if any(kept.get(name) == basket.product.key for name in names):
                return key
    return None


def values_for(form: Form | None, basket: Basket, quantity: int) -> dict[str, Any]:
    """Values for a form of the cart: the product wherever it is named, and the quantity."""
    given: dict[str, Any] = {}
    for each in form.inputs if form else ():
        if QUANTITY.search(each.name.lower()) and each.kind not in ("reference", "boolean", "hidden"):
            given[each.name] = quantity
        elif names_product(each, basket.product):
            given[each.name] = basket.product.key
    return given


def names_product(each: Input, product: Row) -> bool:
    if each.kind == "reference":
        return each.model == product.label
    stem = re.sub(r"_?(id|pk|slug|uuid)$", "", each.name.lower())
    return stem == product.label.rpartition(".")[2].lower() or (
        each.name.lower().endswith(("_id", "_pk")) and bool(PRODUCT.search(stem))
    )


def send(
    context: Context, operation: Operation, path: str, visitor: Visitor, given: dict[str, Any], page: str = ""
) -> Attempt:
    """Send an operation of the cart, with the form that the code or no page tells.

    *page* is where the visitor is: some views send a visitor back there. By default it is *path* itself.

    Raises:
        Contradiction: it got an error of the site.
        Unfinished: it was refused.
    """
    form = operation.form or Form(operation.method, "json" if operation.is_api else "form", (), "the route")
    filler, url = context.fillers[visitor.role], operation.view.url
    if page:
        form = replace(form, headers=(*form.headers, ("Referer", f"https://{visitor.site.host}{page}")))
    if form.method == "patch":
        form = partial_form(form, set(given))
    filled = filler.fill(form, None, given)
    if operation.form is None and (url.by_get or (url.methods is not None and "post" not in url.methods)):
        by = "get" if operation.method == "post" else operation.method
        answer = visitor.request(by, path)
    else:  # the page at the address is not read before: some views put a product into the cart by GET
        answer = visitor.send(filled, path)
    if answer.status == 405 and operation.form is None:
        answer = visitor.get(path)
    refused = refusals_of(answer, filled)
    went = Attempt(answer, filled, not refused, path, why="; ".join(map(str, refused[:3])), broken=answer.status >= 500)
    if refused and not went.broken and form.inputs:
        went = attempt(visitor, filler, form, path, given=given)
    if went.broken:
        raise Contradiction(
            f"{operation.method.upper()} {path} got {status_of(went)}", "an answer without an error of the site"
        )
    if not went.accepted:
        raise Unfinished(went.why or f"{operation.method.upper()} {path} was refused")
    return went
