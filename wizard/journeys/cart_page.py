"""The form on the page of a cart, in which visitors change quantities and remove products."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from wizard.journeys import addresses
from wizard.journeys.admin import as_shown
from wizard.journeys.basket import QUANTITY
from wizard.journeys.shop_views import Shop
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input

DELETES = re.compile(r"(^|[-_])(delete|remove)$", re.IGNORECASE)
"""Names of the checkbox that removes a line of the cart, such as that of a formset."""


def change(shop: Shop, visitor: Visitor, quantity: int) -> Answer | None:
    """Send the cart's form with *quantity* for its first line. None if the page has no such form."""
    found = _form(shop, visitor, lambda each: bool(QUANTITY.search(each.name.lower())) and each.kind != "hidden")
    if found is None:
        return None
    form, field, path = found
    return visitor.send(_filled(form, {field.name: str(quantity)}), form.path or path)


def remove(shop: Shop, visitor: Visitor) -> Answer | None:
    """Send the cart's form with the mark that removes its first line. None if the page has no such form."""
    found = _form(shop, visitor, lambda each: bool(DELETES.search(each.name)) and each.kind == "boolean")
    if found is None:
        return None
    form, field, path = found
    return visitor.send(_filled(form, {field.name: "on"}), form.path or path)


def _form(shop: Shop, visitor: Visitor, wanted: Any) -> tuple[Form, Input, str] | None:
    if shop.show is None or shop.show.is_api:
        return None
    answer = visitor.get(addresses.fill(shop.show.view.url.route, {}))
    for form in answer.page.forms if answer.status == 200 else ():
        if form.method == "post" and (field := next(filter(wanted, form.inputs), None)) is not None:
            return form, field, answer.path
    return None


def _filled(form: Form, changed: dict[str, str]) -> Any:
    """The form as a browser sends it when only *changed* is edited and its first button is pressed."""
    filled = as_shown(form, changed)
    values = {name: value for name, value in filled.values.items() if name != "_save"}
    if form.buttons and form.buttons[0].name:
        values[form.buttons[0].name] = form.buttons[0].value
    return replace(filled, values=values)
