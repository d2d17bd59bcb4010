"""The errors that a page shows beside its fields, and its messages, by the markup of the usual form libraries.

These are Django's own `errorlist`, crispy-forms with Bootstrap, Tailwind or Bulma, django-bootstrap5, and ARIA.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.journeys.html_tree import Element

BESIDE_FIELD = frozenset({
    "errorlist", "invalid-feedback", "field-error", "field-errors", "error-message", "form-error", "text-danger",
    "text-error",
    "formerror", "helper-error", "form-field-error", "parsley-errors-list", "error-text", "errors", "error",
    "is-danger",
    "text-red-400", "text-red-500", "text-red-600", "text-red-700", "input-error", "fielderror", "error-feedback",
})  # fmt: skip
"""Classes of elements with the error of a field, or of a form."""
ALERT = re.compile(r"(?:^|[ _-])(?:danger|error|errornote|errors|fail|failure|warning)(?:$|[ _-])", re.I)
MESSAGE = re.compile(r"(?:^|[ _-])(?:alert|message|messages|notification|toast|flash|callout|notice)(?:$|[ _-])", re.I)
BY_ID = re.compile(r"^(?:error_\d+_)?id_(?P<name>[\w-]+?)(?:_errors?|-errors?)?$")
CONTROLS = frozenset({"input", "select", "textarea"})
MOST = 100


@dataclass(frozen=True)
class ShownError:
    """An error beside the field *name*; no name for one of the whole form."""

    name: str
    message: str


def errors_of(elements: list[Element]) -> tuple[ShownError, ...]:
    """The errors that a page shows in its forms."""
    ids = {each.attributes["id"]: each for each in elements if each.attributes.get("id")}
    inside = _controls_inside(elements)
    names = {each.attributes.get("name", "") for each in elements if each.tag in CONTROLS}
    after = _next_controls(elements)
    found: dict[ShownError, None] = {}
    taken: set[int] = set()
    for element in elements:
        if len(found) >= MOST:
            break
        if id(element.parent) in taken:
            taken.add(id(element))
            continue
        if element.tag in CONTROLS and element.attributes.get("aria-invalid") == "true":
            for described in element.attributes.get("aria-describedby", "").split():
                if described in ids and _is_error(ids[described]):
                    found[ShownError(element.attributes.get("name", ""), ids[described].text()[:300])] = None
        if not _is_error(element):
            continue
        name = _field_of(element, inside, names, after)
        if name is None or not (message := element.text()[:300]):
            continue
        taken.add(id(element))
        items = [each.text()[:300] for each in element.children if each.tag == "li"] or [message]
        for item in items:
            found.setdefault(ShownError(name, item))
    return tuple(found)


def _is_error(element: Element) -> bool:
    if element.tag in CONTROLS or element.tag in ("form", "body", "html", "label", "a", "button", "th", "td", "tr"):
        return False
    classes = element.classes
    if "help-block" in classes or "help" in classes:
        marked = any({"has-error", "error", "has-danger"} & each.classes for each in element.ancestors(4))
        return marked or bool(classes & {"is-danger", "error"})
    identity = element.attributes.get("id", "")
    return bool(classes & BESIDE_FIELD) or bool(re.match(r"error_\d+_id_|id_\w+_error$", identity[:100]))


def _field_of(element: Element, inside: dict[int, set[str]], names: set[str], after: dict[int, str]) -> str | None:
    """The field that the error in *element* is about; empty for the form, None if it contains controls itself."""
    if inside.get(id(element)):
        return None  # a group of fields that has errors, and not their text
    if "nonfield" in element.classes:
        return ""
    found = BY_ID.match(element.attributes.get("id", "")[:200])
    if found and found["name"] in names:
        return found["name"]
    for ancestor in element.ancestors(6):
        within = inside.get(id(ancestor), set())
        if len(within) == 1:
            return next(iter(within))
        if within:
            # As paragraphs, Django puts a field's errors before the paragraph with the field.
            return after.get(id(element), "") if "errorlist" in element.classes else ""
        if ancestor.tag in ("form", "body"):
            break
    return ""


def _controls_inside(elements: list[Element]) -> dict[int, set[str]]:
    """The names of visible controls, by the identity of the elements around them inside their form."""
    found: dict[int, set[str]] = {}
    for element in elements:
        name = element.attributes.get("name", "")
        if (
            element.tag not in CONTROLS
            or not name
            or element.attributes.get("type", "").lower() in ("hidden", "submit")
        ):
            continue
        for ancestor in element.ancestors():
            found.setdefault(id(ancestor), set()).add(name)
            if ancestor.tag == "form":
                break
    return found


def _next_controls(elements: list[Element]) -> dict[int, str]:
    """The name of the control that follows each error list."""
    found: dict[int, str] = {}
    following = ""
    for element in reversed(elements):
        if element.tag in CONTROLS and element.attributes.get("type", "").lower() not in ("hidden", "submit"):
            following = element.attributes.get("name", "")
        elif element.tag == "form":
            following = ""
        elif "errorlist" in element.classes:
            found[id(element)] = following
    return found


def alerts_of(elements: list[Element], errors: tuple[ShownError, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The page's messages about no field: those that tell of an error, and the others."""
    known = {each.message for each in errors}
    alerts: dict[str, None] = {}
    notices: dict[str, None] = {}
    taken: set[int] = set()
    for element in elements:
        if id(element.parent) in taken:
            taken.add(id(element))
            continue
        if element.unseen or element.tag in (*CONTROLS, "form", "body", "html", "link", "button"):
            continue
        classes = element.attributes.get("class", "")[:300]
        role = element.attributes.get("role", "")
        listed = element.parent is not None and bool(element.parent.classes & {"messages", "messagelist"})
        is_message = bool(MESSAGE.search(classes)) or role in ("alert", "status") or listed or "errornote" in classes
        if not is_message or (element.classes & {"messages", "messagelist"}):
            continue
        taken.add(id(element))
        text = element.text()[:300]
        if not text or text in known or len(alerts) + len(notices) >= MOST:
            continue
        (alerts if ALERT.search(classes) or "errornote" in classes else notices)[text] = None
    return tuple(alerts), tuple(notices)
