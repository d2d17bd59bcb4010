"""The forms of a page as a browser sends them: controls, buttons, addresses, and htmx's attributes.

Source: HTML standard, "Constructing the entry list" and "Form submission algorithm"; htmx's reference of attributes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from wizard.journeys.html_controls import input_of, merged
from wizard.journeys.html_tree import Element
from wizard.project.inputs import Button, Form, Input

HTMX_METHODS = ("post", "put", "patch", "delete")
MOST_FORMS, MOST_CONTROLS = 60, 2_000
CONTROLS = frozenset({"input", "select", "textarea"})
CAPTCHAS = frozenset({"g-recaptcha", "h-captcha", "cf-turnstile", "frc-captcha"})
"""Classes of elements that a script turns into a captcha."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "legend"})
Resolve = Callable[[str], str]


def forms_of(elements: list[Element], resolve: Resolve) -> Iterator[Form]:
    """The forms of the page with *elements*; *resolve* makes an address out of an `action`."""
    owned = _owned(elements)
    labels = _labels(elements)
    titles = _titles(elements)
    forms = [each for each in elements if each.tag == "form"][:MOST_FORMS]
    captchas = {id(each.form): each for each in elements if each.classes & CAPTCHAS}
    for form in forms:
        for made in _sent_by(form, owned.get(id(form), []), labels, titles.get(id(form), ""), resolve):
            captcha = (Input("captcha", "captcha"),) if id(form) in captchas else ()
            yield replace(made, inputs=made.inputs + captcha)
    count = 0
    for element in elements:
        if element.tag != "form" and (sent := _htmx(element)) and count < MOST_FORMS:
            count += 1
            controls = owned.get(id(element.form), []) if element.form is not None else []
            yield _htmx_form(element, _inputs(controls, labels), element.text()[:80], resolve, *sent)


def _owned(elements: list[Element]) -> dict[int, list[Element]]:
    """The controls and buttons of each form, by its identity. A control can name its form, or be lost in a table."""
    by_id = {each.attributes.get("id", ""): each for each in reversed(elements) if each.tag == "form"}
    found: dict[int, list[Element]] = {}
    empty: Element | None = None
    for element in elements:
        if element.tag == "form":
            # The parser ends a form that begins between a table's rows at once; its controls still belong to it.
            around = element.parent.tag if element.parent is not None else ""
            empty = element if around in ("table", "tbody", "thead", "tfoot", "tr") and not element.children else None
        if element.tag not in CONTROLS and element.tag != "button":
            continue
        owner = by_id.get(element.attributes["form"]) if "form" in element.attributes else element.form or empty
        if owner is not None and not element.disabled and "disabled" not in element.attributes:
            controls = found.setdefault(id(owner), [])
            if len(controls) < MOST_CONTROLS and not any(each.tag == "datalist" for each in element.ancestors(3)):
                controls.append(element)
    return found


def _sent_by(
    form: Element, controls: list[Element], labels: dict[int, str], title: str, resolve: Resolve
) -> Iterator[Form]:
    """What *form* sends: once as it is, and once for each button with an address of its own."""
    method = form.attributes.get("method", "get").strip().lower()
    if method == "dialog":
        return
    buttons = [each for each in controls if _submits(each)]
    inputs = _inputs(controls, labels)
    path = resolve(form.attributes.get("action", ""))
    made = Form(
        method if method == "post" else "get",
        _encoding(form.attributes.get("enctype", "")),
        inputs,
        "page",
        path=path,
        buttons=tuple(_button(each) for each in buttons if "formaction" not in each.attributes),
        title=title or next((_button(each).label for each in buttons), ""),
    )
    if sent := _htmx(form):
        yield _htmx_form(form, inputs, made.title, resolve, *sent, buttons=made.buttons)
    elif path:
        yield made
    for each in buttons:
        if "formaction" in each.attributes and (other := resolve(each.attributes["formaction"])):
            method = each.attributes.get("formmethod", method).lower()
            yield replace(made, path=other, method=method, buttons=(_button(each),), title=_button(each).label)


def _encoding(enctype: str) -> str:
    return "multipart" if enctype.strip().lower() == "multipart/form-data" else "form"


def _submits(element: Element) -> bool:
    kind = element.attributes.get("type", "").strip().lower()
    return kind in ("submit", "image") if element.tag == "input" else element.tag == "button" and kind in ("", "submit")


def _button(element: Element) -> Button:
    name, value = element.attributes.get("name", ""), element.attributes.get("value", "")
    return Button(name, value, (value if element.tag == "input" else element.text())[:80])


def _inputs(controls: list[Element], labels: dict[int, str]) -> tuple[Input, ...]:
    crowd: dict[int, int] = {}
    for each in controls:
        if each.hiding is not None:
            crowd[id(each.hiding)] = crowd.get(id(each.hiding), 0) + 1
    found = []
    for each in controls:
        if each.tag == "button":
            continue
        alone = each.hiding is not None and crowd[id(each.hiding)] == 1
        if each.attributes.get("name") and (made := input_of(each, labels.get(id(each), ""), trap=alone)):
            found.append(made)
    return merged(found)


def _labels(elements: list[Element]) -> dict[int, str]:
    """The text beside each control, by the control's identity."""
    named = {
        each.attributes["for"]: each.text()[:120]
        for each in elements
        if each.tag == "label" and "for" in each.attributes
    }
    found: dict[int, str] = {}
    for element in elements:
        if element.tag not in CONTROLS:
            continue
        attributes = element.attributes
        text = named.get(attributes.get("id", ""), "")
        if not text:
            around = next((each for each in element.ancestors(4) if each.tag == "label"), None)
            text = around.text()[:120] if around else attributes.get("aria-label") or attributes.get("placeholder", "")
        found[id(element)] = text
    return found


def _titles(elements: list[Element]) -> dict[int, str]:
    """The heading inside or before each form, by the form's identity."""
    found: dict[int, str] = {}
    last = ""
    for element in elements:
        if element.tag in HEADINGS:
            last = element.text()[:80]
            if element.form is not None and not found.get(id(element.form)):
                found[id(element.form)] = last
        elif element.tag == "form":
            found[id(element)] = last
    return found


def _htmx(element: Element) -> tuple[str, str] | None:
    """The method and the address that htmx sends *element* to; None without."""
    for method in HTMX_METHODS:
        for name in (f"hx-{method}", f"data-hx-{method}"):
            if name in element.attributes:
                return method, element.attributes[name]
    return None


def _htmx_form(
    element: Element,
    inputs: tuple[Input, ...],
    title: str,
    resolve: Resolve,
    method: str,
    address: str,
    buttons: tuple[Button, ...] = (),
) -> Form:
    """The request of an element with htmx's attributes, with the values and headers that it inherits."""
    values: dict[str, object] = {}
    headers: dict[str, object] = {}
    extension = ""
    for each in reversed([element, *element.ancestors()]):
        values |= _mapping(each.attributes.get("hx-vals", each.attributes.get("data-hx-vals", "")))
        headers |= _mapping(each.attributes.get("hx-headers", each.attributes.get("data-hx-headers", "")))
        extension = each.attributes.get("hx-ext", extension)
    own = element.attributes
    if element.tag in ("button", "input") and own.get("name"):
        values.setdefault(own["name"], own.get("value", ""))
    added = tuple(Input(name, "hidden", False, initial=_as_text(value)) for name, value in values.items())
    kept = tuple(each for each in inputs if each.name not in values)
    encoding = "json" if "json-enc" in extension else _encoding(own.get("hx-encoding", own.get("enctype", "")))
    sent = {"HX-Request": "true", **{name: _as_text(value) for name, value in headers.items()}}
    return Form(
        method, encoding, kept + added, "page (htmx)", path=resolve(address), buttons=buttons,
        headers=tuple(sent.items()), title=title,
    )  # fmt: skip


def _mapping(text: str) -> dict[str, object]:
    """The JSON object in *text*; empty for scripts and anything else."""
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else {}
    except (json.JSONDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
