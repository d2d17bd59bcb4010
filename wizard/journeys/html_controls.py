"""One control of a page's form as an input: its kind, its limits and the value that it has already."""

from __future__ import annotations

from dataclasses import replace

from wizard.journeys.html_limits import ONE_CHOICE
from wizard.journeys.html_tree import Element
from wizard.project.inputs import Input

KIND_OF_TYPE = {
    "email": "email", "password": "password", "url": "url", "tel": "phone", "number": "integer", "range": "integer",
    "date": "date", "datetime-local": "datetime", "time": "time", "file": "file", "hidden": "hidden",
}  # fmt: skip
NO_VALUE = frozenset({"submit", "image", "reset", "button"})
FORMAT_OF_TYPE = {"month": r"\d{4}-\d{2}", "week": r"\d{4}-W\d{2}", "color": r"#[0-9a-f]{6}"}
IMAGES = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "svg")
MIME = {
    "application/pdf": ("pdf",), "text/csv": ("csv",), "text/plain": ("txt",), "application/json": ("json",),
    "image/*": IMAGES,
    "image/png": ("png",), "image/jpeg": ("jpg", "jpeg"), "image/gif": ("gif",), "image/webp": ("webp",),
    "application/zip": ("zip",), "text/*": ("txt",),
}  # fmt: skip
MOST_CHOICES = 50


SEARCHED = ("data-ajax--url", "data-autocomplete-light-url", "data-ajax-url")
"""Attributes of a `<select>` whose options a script fetches while a visitor types: the admin's and django-select2's."""


def input_of(element: Element, label: str, *, trap: bool = False) -> Input | None:
    """The input of a control; None for buttons. *trap*: it alone is hidden by styles, so visitors leave it empty."""
    name = element.attributes["name"]
    if element.tag == "select":
        return _select(element, name, label)
    if element.tag == "textarea":
        text = element.raw_text()
        made = Input(name, "text", "required" in element.attributes, initial=text, label=label)
        return _as_trap(_with_limits(made, element)) if trap else _with_limits(made, element)
    kind = element.attributes.get("type", "text").strip().lower()
    if kind in NO_VALUE:
        return None
    required, value = "required" in element.attributes, element.attributes.get("value", "")
    if kind in ("checkbox", "radio"):
        value = element.attributes.get("value", "on")
        chosen = value if "checked" in element.attributes else ""
        made = Input(name, "boolean" if kind == "checkbox" else "choice", required, choices=(value,), initial=chosen,
                     label=label)  # fmt: skip
        return _as_trap(made) if trap and kind == "checkbox" else made
    made = Input(name, KIND_OF_TYPE.get(kind, "text"), required and kind != "hidden", initial=value, label=label,
                 pattern=FORMAT_OF_TYPE.get(kind, ""))  # fmt: skip
    if kind == "file":
        return _file(made, element)
    return _as_trap(_with_limits(made, element)) if trap and kind != "hidden" else _with_limits(made, element)


def _as_trap(made: Input) -> Input:
    return made if made.required else replace(made, kind="hidden")


def _select(element: Element, name: str, label: str) -> Input:
    """A `<select>`. Without a selected option, a browser sends the first one that is not disabled."""
    options = []
    waiting = list(reversed(element.children))
    while waiting:
        each = waiting.pop()
        if each.tag == "option":
            options.append(each)
        elif not (each.tag == "optgroup" and "disabled" in each.attributes):
            waiting.extend(reversed(each.children))
    enabled = [each for each in options if "disabled" not in each.attributes]
    values = [(each, each.attributes.get("value", each.text())) for each in enabled]
    chosen = tuple(value for each, value in values if "selected" in each.attributes)
    many = "multiple" in element.attributes and ONE_CHOICE not in element.attributes
    first = "" if many or not values else values[0][1]
    choices = tuple(value for _, value in values if value)[:MOST_CHOICES]
    kind = "text" if not choices and any(each in element.attributes for each in SEARCHED) else "choice"
    return Input(
        name, kind, "required" in element.attributes, many, choices, initial=chosen[-1] if chosen else first,
        label=label, chosen=chosen if many else (),
    )  # fmt: skip


def _file(made: Input, element: Element) -> Input:
    ends: list[str] = []
    for accepted in element.attributes.get("accept", "").lower()[:500].split(","):
        entry = accepted.strip()
        ends += [entry[1:]] if entry.startswith(".") else MIME.get(entry, ())
    is_image = bool(ends) and set(ends) <= set(IMAGES)
    many = "multiple" in element.attributes
    return replace(made, kind="image" if is_image else "file", many=many, extensions=tuple(ends), initial="")


def _with_limits(made: Input, element: Element) -> Input:
    """*made* with the limits of the control's attributes."""
    attributes = element.attributes
    kind = made.kind
    if kind == "integer" and not _is_whole(attributes.get("step", "1")):
        kind = "decimal"
    numeric = kind in ("integer", "decimal")
    return replace(
        made,
        kind=kind,
        minimum=_number(attributes.get("min", "")) if numeric else None,
        maximum=_number(attributes.get("max", "")) if numeric else None,
        shortest=_count(attributes.get("minlength", "")),
        longest=_count(attributes.get("maxlength", "")),
        pattern=attributes.get("pattern", made.pattern)[:300],
    )


def _is_whole(step: str) -> bool:
    number = _number(step)
    return step.strip().lower() != "any" and (number is None or number.is_integer())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def merged(inputs: list[Input]) -> tuple[Input, ...]:
    """The *inputs* with one for each name: a group of radio buttons or checkboxes is one input with choices."""
    found: dict[str, Input] = {}
    for each in inputs:
        earlier = found.get(each.name)
        if earlier is None:
            found[each.name] = each
        elif each.kind == earlier.kind == "choice" and not earlier.many:
            found[each.name] = replace(
                earlier,
                choices=_few(earlier.choices + each.choices),
                initial=each.initial or earlier.initial,
                required=earlier.required or each.required,
            )
        elif each.kind == "boolean" and (earlier.kind == "boolean" or earlier.many):
            before = earlier.chosen or ((earlier.initial,) if earlier.initial else ())
            found[each.name] = replace(
                earlier,
                kind="choice",
                many=True,
                choices=_few(earlier.choices + each.choices),
                chosen=before + ((each.initial,) if each.initial else ()),
            )
        elif each.kind == "boolean" and earlier.kind == "hidden":
            found[each.name] = each  # the hidden one is what is sent for an empty checkbox
        else:
            before = earlier.chosen or (earlier.initial,)
            found[each.name] = replace(earlier, many=True, chosen=(*before, each.initial))
    return tuple(found.values())


def _few(choices: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in choices if each)[:MOST_CHOICES]
