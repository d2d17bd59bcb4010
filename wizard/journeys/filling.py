"""Fill a form as a visitor would: each field by its kind, its choices, its limits and its name."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wizard.journeys import formset_rows, sample_values
from wizard.journeys.field_values import FieldValues
from wizard.journeys.global_ids import encoded
from wizard.journeys.sample_files import Upload
from wizard.journeys.sample_values import CAPTCHAS, LEFT_EMPTY, TRAPS, Day, matches, words_of
from wizard.project.inputs import Form, Input

__all__ = ["Filled", "Filler", "Person", "Upload"]


@dataclass(frozen=True)
class Person:
    """Who a visitor is.

    Arguments:
        name: the user name, letters and digits only.
        full_name: first and last name, with letters outside ASCII.
        random: eight hexadecimal digits that all of the visitor's names contain.
    """

    name: str
    email: str
    password: str
    full_name: str
    random: str

    @classmethod
    def made_up(cls) -> Person:
        """A person that the site does not know yet."""
        random = secrets.token_hex(4)
        name = f"visitor{random}"
        return cls(name, f"{name}@example.com", f"Rain-7-{secrets.token_hex(5)}-Tea", f"Zoë Ångström {random}", random)


@dataclass
class Filled:
    """A form with values.

    Arguments:
        values: by field name; texts, numbers, booleans, lists, mappings and `Upload`s, as JSON would have them.
        problem: why it can't be filled, for example a captcha. Empty if it can.
    """

    form: Form
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    def input(self, name: str) -> Input | None:
        """The input called *name*; None if the form has none."""
        return next((each for each in self.form.inputs if each.name == name), None)


SPLIT = {"_0": "date", "_1": "time"}
"""The ends of the names of the two inputs of a date with a time."""


class Filler:
    """Fills forms for one person.

    Arguments:
        rows: the values by which rows of a model can be referred to, by the model's label. They can be added later.
        file_size: the size of uploaded files in bytes; 0 for small ones.
        optional_files: whether files that are not required are sent, too.
        marker: what every text that it makes up contains, so that it can be found again on the site.
    """

    def __init__(
        self,
        person: Person,
        rows: Mapping[str, Sequence[str]] | None = None,
        *,
        file_size: int = 0,
        optional_files: bool = False,
        today: datetime.date | None = None,
    ) -> None:
        self.person, self.optional_files = person, optional_files
        self.rows: dict[str, list[str]] = {label: list(values) for label, values in (rows or {}).items()}
        self.marker = person.random
        self._values = FieldValues(person, Day(today or datetime.date.today()), file_size)

    def fill(
        self,
        form: Form,
        shown: Form | None = None,
        given: Mapping[str, Any] | None = None,
        formsets: Iterable[Form] = (),
    ) -> Filled:
        """Fill *form*; *shown* is the page's form for the same address, *given* are values that must be used.

        *formsets* are the formsets that are part of it. They matter if the page adds their rows by a script.
        """
        whole = _with_rows(combined(form, shown), formsets)
        filled = Filled(whole)
        if whole.buttons and whole.buttons[0].name:
            filled.values[whole.buttons[0].name] = whole.buttons[0].value
        self._values.next_form()
        for each in whole.inputs:
            if given and each.name in given:
                continue
            value = self.value(each, whole, filled)
            if value is not None:
                filled.values[each.name] = value
        filled.values.update(given or {})
        return filled

    def next_number(self) -> int:
        """A number that no value of this person contains yet."""
        self._values.next_form()
        return self._values.number

    def value(self, each: Input, form: Form, filled: Filled) -> Any:
        """The value of one input; None to leave it out. Sets the problem of *filled* if it can't have one."""
        words = words_of(each.name, each.label)
        if each.kind == "hidden":
            return list(each.chosen) if each.many else each.initial
        if each.kind == "captcha" or matches(CAPTCHAS.pattern, words):
            filled.problem = f"the field {each.name} is a captcha, which Golive does not solve"
            return None
        if formset_rows.is_blank(each, form) or (matches(TRAPS.pattern, words) and not each.required):
            return each.initial or None
        if not each.required and matches(LEFT_EMPTY.pattern, words):
            return each.initial or None
        value = self._of_kind(each, words, form, filled)
        return [value] if each.many and value is not None and not isinstance(value, list) else value

    def _of_kind(self, each: Input, words: str, form: Form, filled: Filled) -> Any:
        if each.kind == "object":
            return self._object(each, form, filled)
        if each.kind == "reference" and not each.choices:
            return self._reference(each, form, filled)
        if each.kind in ("file", "image"):
            if not (each.required or self.optional_files):
                return None
            upload = self._values.file(each, words)
            if upload is None:
                filled.problem = f"the field {each.name} wants a file of the kind {', '.join(each.extensions[:5])}"
            return upload
        if each.kind in ("choice", "reference") and not each.choices:
            if each.kind == "choice" and each.required and form.source.startswith("page"):
                filled.problem = f"the field {each.name} has no choices yet"
            return each.initial or None
        return self._values.value(each, words, self.rows.get(each.model, ()))

    def _object(self, each: Input, form: Form, filled: Filled) -> Any:
        inner = {}
        for part in each.inputs:
            value = self.value(part, form, filled)
            if value is not None:
                inner[part.name] = value
        return inner if inner or each.required else None

    def _reference(self, each: Input, form: Form, filled: Filled) -> Any:
        rows = self.rows.get(each.model, [])
        if rows and not (each.model == form.model and not each.required):
            return encoded(each, rows[0])
        if each.initial:
            return each.initial
        if each.required:
            filled.problem = f"the field {each.name} needs a row of {each.model or 'another model'}, and none is known"
        return None


def combined(form: Form, shown: Form | None) -> Form:
    """*shown*, which a browser sends, with what the code says about its inputs; *form* alone without it.

    An input that the page does not have is not sent: a browser could not send it, either.
    """
    if shown is None or shown is form:
        return form
    by_name = {each.name: each for each in form.inputs}
    inputs = tuple(_described(each, _known(by_name, sample_values.ROW.sub("", each.name))) for each in shown.inputs)
    return replace(shown, inputs=inputs, source=f"{shown.source}, {form.source}", model=form.model, action=form.action,
                   outputs=form.outputs)  # fmt: skip


def _known(by_name: Mapping[str, Input], name: str) -> Input | None:
    """What the code says about the page's input *name*. Django's admin has two for a date with a time."""
    whole, part = name[:-2], SPLIT.get(name[-2:], "")
    if name not in by_name and part and whole in by_name and by_name[whole].kind == "datetime":
        return replace(by_name[whole], name=name, kind=part)
    return by_name.get(name)


def _described(shown: Input, known: Input | None) -> Input:
    """The page's input with the limits, the model and the kind that the code knows."""
    if known is None or (shown.kind == "hidden" and shown.initial):
        return shown
    kind = shown.kind
    if kind == "text" or (kind == "hidden" and known.required) or (kind == "file" and known.kind == "image"):
        kind = known.kind if known.kind not in ("boolean", "object", "hidden") else kind
    return replace(
        shown,
        kind=kind,
        required=shown.required or known.required,
        choices=shown.choices or (known.choices if kind == "choice" else ()),
        minimum=known.minimum if shown.minimum is None else shown.minimum,
        maximum=known.maximum if shown.maximum is None else shown.maximum,
        shortest=shown.shortest or known.shortest,
        longest=shown.longest or known.longest,
        pattern=shown.pattern or known.pattern,
        model=known.model,
        lookup=known.lookup,
        extensions=shown.extensions or known.extensions,
    )


def _with_rows(form: Form, formsets: Iterable[Form]) -> Form:
    """*form* with a first row of each formset that the page shows none of, because a script adds rows."""
    inputs = list(form.inputs)
    names = {each.name for each in inputs}
    for total in [each for each in inputs if each.name.endswith("-TOTAL_FORMS") and each.initial == "0"]:
        prefix = total.name.removesuffix("-TOTAL_FORMS")
        rows = [each for each in inputs if each.name.startswith(f"{prefix}-__prefix__-")]
        if rows:
            added = [replace(each, name=each.name.replace("__prefix__", "0")) for each in rows]
        else:
            known = next((each for each in formsets if each.formset == prefix), None)
            added = [replace(each, name=f"{prefix}-0-{each.name}") for each in known.inputs] if known else []
        if added and not names & {each.name for each in added}:
            inputs[inputs.index(total)] = replace(total, initial="1")
            inputs += added
    return replace(form, inputs=tuple(inputs))
