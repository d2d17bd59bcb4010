"""Change a form after the site refused it: the fields that it names, or the way in which the form is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wizard.journeys import formset_rows
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.field_values import MAIL, PASSWORD
from wizard.journeys.filling import Filled, Filler
from wizard.journeys.learning import alternative
from wizard.journeys.lessons import OMIT, Lesson
from wizard.journeys.refusals import Refusal
from wizard.journeys.sample_values import answers, words_of
from wizard.journeys.sent_form import Attempt
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input

ENCODINGS = ("json", "form", "multipart")
BY_SCRIPT = re.compile(rb"X-CSRFToken|csrftoken|getCookie|hx-headers", re.I)
UNREADABLE = re.compile(
    r"json parse error|cannot parse request body|no form data|expecting value|invalid json|malformed", re.I
)
FINAL = frozenset({401, 403, 413, 429})
"""Statuses that no other value of a field changes."""


class Improver:
    """Changes an attempt after each refusal.

    Arguments:
        fixed: the names of fields whose values must stay.
        no_token: whether the site refused its own page's form because that has no CSRF token.
    """

    def __init__(self, filler: Filler, visitor: Visitor, fixed: frozenset[str]) -> None:
        self.filler, self.visitor, self.fixed = filler, visitor, fixed
        self.no_token = False
        self._turns: dict[str, int] = {}
        self._encodings: set[str] = set()

    def improve(self, made: Attempt) -> bool:
        """Change *made* for the next round; False if there is nothing left to try. What was learned is recorded."""
        answer = made.answer
        assert answer is not None
        if text := self._way(made, answer):
            self.visitor.learned(text)
            return True
        if answer.status in FINAL and not any(each.field for each in made.refusals):
            return False
        learned = []
        for refusal in made.refusals:
            for name in self._fields(refusal, made.filled):
                if name not in self.fixed and (text := self._change(made.filled, name, refusal)):
                    learned.append(f"{name}: {refusal.message.rstrip('.')}, so {text}" if text else "")
        if not learned and any(not each.field for each in made.refusals):
            learned += self._fill_next_row(made.filled)
        if learned:
            self.visitor.learned("; ".join(learned))
            self._renew(made, answer)
        return bool(learned)

    # ---- how the form is sent

    def _way(self, made: Attempt, answer: Answer) -> str:
        """Change the address, the method or the encoding, where the answer speaks of them. Returns what was learned."""
        form = made.filled.form
        bare = made.path.partition("?")[0]
        slashed = answer.redirects[:1] == (bare + "/",) and answer.first in (301, 302)
        if form.method != "get" and not bare.endswith("/") and (slashed or answer.status == 404):
            made.path = f"{bare}/"
            return "the address needs a slash at its end"
        if answer.status == 405 and (method := self._allowed(answer, form)):
            made.filled.form = replace(form, method=method)
            return f"the address accepts {method.upper()} and not {form.method.upper()}"
        unreadable = answer.status in (400, 422) and any(UNREADABLE.search(each.message) for each in made.refusals)
        if (answer.status == 415 or unreadable) and not form.source.startswith("page"):
            self._encodings.add(form.encoding)
            encoding = next((each for each in ENCODINGS if each not in self._encodings), "")
            if not encoding:
                return ""
            made.filled.form = replace(form, encoding=encoding)
            return f"the address does not accept {form.encoding}, so {encoding} is sent"
        if answer.status == 403 and re.search(r"csrf", answer.response.text[:20_000], re.I):
            return self._token(made, form)
        return ""

    def _allowed(self, answer: Answer, form: Form) -> str:
        allowed = [each.strip().lower() for each in answer.response.headers.get("allow", "").split(",")]
        return next((each for each in ("post", "put", "patch") if each in allowed and each != form.method), "")

    def _token(self, made: Attempt, form: Form) -> str:
        """Send the CSRF token as a script does, if the page's form has none and the page has such a script."""
        if not form.source.startswith("page") or CSRF_FIELD in made.filled.values or form.headers:
            return ""
        page = self.visitor.get(made.before.path or made.path)
        if not BY_SCRIPT.search(page.response.content):
            self.no_token = True
            made.why = f"the form at {made.path} has no CSRF token, and the site refuses it: {made.why}"
            return ""
        made.filled.form = replace(
            form, headers=(("X-CSRFToken", self.visitor.cookies.get(self.visitor.site.csrf_cookie)),)
        )
        return "the form has no CSRF token, so it is sent as a script of the page does"

    def _renew(self, made: Attempt, answer: Answer) -> None:
        """Take the hidden values of the form that the page shows again, such as its CSRF token."""
        form = made.filled.form
        shown = next((each for each in answer.page.forms if {one.name for one in each.inputs} >= {
            one.name for one in form.inputs if one.kind == "hidden"} and each.method == form.method), None)  # fmt: skip
        for each in shown.inputs if shown and form.source.startswith("page") else ():
            if each.kind == "hidden" and each.name in made.filled.values and each.initial and not each.many:
                made.filled.values[each.name] = each.initial

    # ---- fields

    def _fields(self, refusal: Refusal, filled: Filled) -> Iterator[str]:
        """The names of the fields that *refusal* is about, as the form names them."""
        if refusal.field:
            yield refusal.field
            return
        message = refusal.message.lower()
        named = [each for each in filled.form.inputs if _is_named(each, message)]
        yield from [each.name for each in named if each.kind != "hidden"][:2]

    def _fill_next_row(self, filled: Filled) -> list[str]:
        """Fill one more row of the page's formset, which may demand several. Returns what was learned."""
        row = formset_rows.next_row(filled.form, filled.values)
        for each in row:
            first = replace(each, name=formset_rows.in_first_row(each.name))
            value = self.filler.value(first, filled.form, Filled(filled.form))
            if value is not None:
                filled.values[each.name] = value
        return [f"one more row is sent: {row[0].name}"] if row else []

    def _change(self, filled: Filled, name: str, refusal: Refusal) -> str:
        """Change the value of one field. Returns what was learned; empty if nothing is left to try."""
        known, value = _found(filled, name)
        known = known or guessed(name.rpartition(".")[2] or name)
        turn = self._turns.get(name, 0)
        self._turns[name] = turn + 1
        lesson = Lesson(known, value, refusal.message, refusal.code.lower(), filled.values, self.filler, filled, turn)
        new, text = alternative(lesson)
        if new is None:
            return ""
        _put(filled.values, name.split("."), new)
        if isinstance(value, str) and isinstance(new, str) and not re.search("match|same", lesson.message):
            self._change_copies(filled, name, value, new)
        return text

    def _change_copies(self, filled: Filled, name: str, value: str, new: str) -> None:
        """Change the fields that repeat a password or an e-mail address, too."""
        for other, current in filled.values.items():
            words = words_of(other)
            if other != name and current == value and (PASSWORD.search(words) or MAIL.search(words)):
                filled.values[other] = new


def guessed(name: str) -> Input:
    """An input that the form does not have and the site asks for, by its name."""
    words = words_of(name)
    if PASSWORD.search(words) or MAIL.search(words):
        return Input(name)
    return Input(name, "boolean" if answers(words) is not None else "text")


def _is_named(each: Input, message: str) -> bool:
    """Whether the message speaks of the input by its name or its label."""
    texts = {words_of(each.name).replace("_", " "), each.label.lower().strip(" :*")}
    if PASSWORD.search(words_of(each.name)) and "password" in message:
        return True
    return any(len(text) > 2 and re.search(rf"\b{re.escape(text[:60])}\b", message) for text in texts)


def _found(filled: Filled, name: str) -> tuple[Input | None, Any]:
    """The input and the value at a dotted *name*, as `address.street` or `items.0.quantity`."""
    if (own := filled.input(name)) is not None:
        return own, filled.values.get(name)
    inputs, value, known = filled.form.inputs, filled.values, None
    current: Any = value
    for part in name.split("."):
        if part.isdigit() and isinstance(current, list):
            current = current[int(part)] if int(part) < len(current) else None
            continue
        known = next((each for each in inputs if each.name == part), None)
        inputs = known.inputs if known else ()
        current = current.get(part) if isinstance(current, dict) else None
    return known, current


def _put(values: Any, path: list[str], new: Any) -> None:
    """Set or delete the value at *path*."""
    whole = ".".join(path)
    if isinstance(values, dict) and (whole in values or len(path) == 1):
        if new is OMIT:
            values.pop(whole, None)
        else:
            values[whole] = new
        return
    first, rest = path[0], path[1:]
    if isinstance(values, list) and first.isdigit():
        if int(first) < len(values) and rest:
            _put(values[int(first)], rest, new)
        elif int(first) < len(values):
            values[int(first) : int(first) + 1] = [] if new is OMIT else [new]
    elif isinstance(values, dict):
        _put(values.setdefault(first, {}), rest, new)
