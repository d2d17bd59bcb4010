"""Orders in the admin: the superuser sees them, and assigns one to a member of the staff."""

from __future__ import annotations

import re

from wizard.journeys.admin import as_shown, open_list
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row
from wizard.journeys.saved_rows import values_of
from wizard.journeys.subjects import Subjects
from wizard.journeys.visitor import Answer, Visitor
from wizard.journeys.vocabulary import ASSIGNMENT, words_in
from wizard.project.inputs import Form, Input, Model


def try_orders(context: Context) -> None:
    """Open the orders in the admin, and assign one where they have a field for that."""
    known = Subjects(context.surface).models("order")
    models = [model for model in known if model.in_admin]
    lines = {each.model for model in known for each in model.inputs if each.kind == "reference"}
    # An order's lines refer to it, so it is the model that another one of them refers to.
    model = next((each for each in models if each.label in lines), next(iter(models), None))
    if model is None:
        return
    label, found = model.label, list[tuple[str, Answer]]()

    def view(visitor: Visitor) -> str:
        found.append(_opened(context, model, visitor))
        return f"GET {found[0][0]} shows an order, as its list does"

    context.run("admin-orders", "The superuser views the orders in the admin", "orders", label, "staff", view)
    field = next((each for each in model.inputs if {*words_in(each.name)} & ASSIGNMENT), None)
    if not found or field is None or context.rows is None:  # at a real site, it would change somebody's order
        return

    def assign(visitor: Visitor) -> str:
        return _assigned(context, model, field, visitor, *found[0])

    context.run("admin-assign", "The superuser assigns an order to staff", "admin-change", label, "staff", assign)


def _opened(context: Context, model: Model, visitor: Visitor) -> tuple[str, Answer]:
    """The address and the page of the first order that the admin lists.

    Raises:
        Unfinished: there is none.
    """
    listed, page = open_list(context, model, visitor)
    pattern = re.compile(rf"{re.escape(listed)}[^/?]+/change/")
    path = next((match[0] for link in page.page.links if (match := pattern.match(link.path))), "")
    if not path:
        key = context.row_for(model.label, "first")
        if key is None:
            raise Unfinished(f"GET {listed} lists no order")
        path = f"{listed}{key}/change/"
    shown = visitor.get(path)
    context.check_status(shown, f"GET {path}")
    if shown.status != 200 or _form(shown) is None:
        raise Unfinished(f"GET {path} → {shown.status}, without a form")
    return path, shown


def _form(page: Answer) -> Form | None:
    forms = (each for each in page.page.forms if each.method == "post" and "logout" not in each.path)
    return next((each for each in forms if len(each.inputs) > 2), None)


def _assigned(context: Context, model: Model, field: Input, visitor: Visitor, path: str, page: Answer) -> str:
    form = _form(page)
    part = next((each for each in form.inputs if each.name == field.name), None) if form else None
    if form is None or part is None:
        raise Unfinished(f"GET {path} has no field {field.name}")
    value = next((each for each in part.choices if each not in {"", part.initial}), "")
    if not value:
        raise Unfinished(f"{field.name} has nobody to choose")
    answer = visitor.send(as_shown(form, {field.name: value}), path)
    context.check_status(answer, f"POST {path}")
    if answer.page.errors or not answer.redirects:
        errors = "; ".join(each.message for each in answer.page.errors[:2])
        raise Unfinished(f"the admin does not accept the order as it is: {errors or answer.status}")
    key = path.rstrip("/").split("/")[-2]
    kept = values_of(context, Row(model.label, key)).get(field.name)
    if kept is not None and str(kept) != value:
        raise Contradiction(f"POST {path} → {answer.first}, but {field.name} is {str(kept)[:60]!r}", f"{value!r}")
    again = _form(visitor.get(path))
    shown = next((each.initial for each in again.inputs if each.name == field.name), "") if again else ""
    if shown != value:
        raise Contradiction(f"GET {path} shows {shown[:60]!r} as {field.name} after it was assigned", f"{value!r}")
    return f"POST {path} → {answer.first}; {field.name} is now {value}"
