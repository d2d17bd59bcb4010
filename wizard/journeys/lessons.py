"""The rules by which a refused value is replaced, each for one kind of refusal."""

from __future__ import annotations

import contextlib
import datetime
import re
from dataclasses import dataclass, replace
from typing import Any

from wizard.journeys import formset_rows
from wizard.journeys.field_values import MAIL, PASSWORD, shifted
from wizard.journeys.filling import Filled, Filler
from wizard.journeys.sample_files import Upload, make_file
from wizard.journeys.sample_values import phones, words_of
from wizard.project.inputs import Input

OMIT = object()
"""The field is left out in the next round."""
NUMBER = r"(-?\d{1,12}(?:\.\d{1,6})?)"


@dataclass
class Lesson:
    """One field that the site refused.

    Arguments:
        value: what was sent; None if it was left out.
        words_said: the site's words.
        values: everything that was sent.
        turn: how often this field was refused before.
    """

    field: Input
    value: Any
    words_said: str
    code: str
    values: dict[str, Any]
    filler: Filler
    filled: Filled
    turn: int

    @property
    def message(self) -> str:
        """The site's words in small letters."""
        return self.words_said.lower()

    @property
    def words(self) -> str:
        return words_of(self.field.name, self.field.label)

    @property
    def is_password(self) -> bool:
        return self.field.kind == "password" or bool(PASSWORD.search(self.words))

    def found(self, pattern: str) -> float | None:
        """The number that *pattern* finds in the message."""
        match = re.search(pattern, self.message)
        return float(next(each for each in match.groups() if each)) if match else None


def required_value(lesson: Lesson) -> tuple[Any, str]:
    if lesson.value not in (None, "", []):
        return None, ""
    # A formset's row is filled like the first one, which is never left blank.
    wanted = replace(lesson.field, required=True, name=formset_rows.in_first_row(lesson.field.name))
    if wanted.kind in ("boolean",):
        return True, "it must be ticked"
    trial = Filled(lesson.filled.form)
    return lesson.filler.value(wanted, lesson.filled.form, trial), "it is required"


def unique_value(lesson: Lesson) -> tuple[Any, str]:
    number = lesson.filler.next_number() + lesson.turn
    text = "the value is taken already, so another one is sent"
    match lesson.value:
        case str() if "@" in lesson.value:
            name, _, domain = lesson.value.partition("@")
            return f"{name}{number % 1000}@{domain}", text
        case str() if lesson.field.kind in ("date", "datetime"):
            return shifted(lesson.value, 1 + lesson.turn), text
        case str() if lesson.field.choices:
            return other_choice(lesson)
        case str() if lesson.field.kind == "phone":
            return list(phones(number + 1))[lesson.turn], text
        case str():
            longest = lesson.field.longest or 200
            end = str(number)
            return lesson.value[: longest - len(end)] + end, text
        case int() | float():
            return lesson.value + number % 1000 + 1, text
    return None, ""


def other_choice(lesson: Lesson) -> tuple[Any, str]:
    current = lesson.value[0] if isinstance(lesson.value, list) and lesson.value else lesson.value
    quoted = re.findall(r"[\"'“‘]([^\"'”’]{1,60})[\"'”’]", lesson.words_said)
    listed = re.search(
        r"(?:one of|choices are|allowed values are|options are|expected|should be(?= '))[: ]+\[?\(?([^\])\n]{1,300})",
        lesson.words_said,
        re.IGNORECASE,
    )
    bare = [each.strip(" '\"“”.") for each in re.split(r",|\bor\b|\band\b|\|", listed[1])] if listed else []
    options = [each for each in (*quoted, *bare) if each and each != str(current) and " is " not in each]
    known = [each for each in lesson.field.choices if each != current]
    for option in [each for each in options if listed or each in known] + known[lesson.turn :]:
        if option != current:
            return ([option] if lesson.field.many else option), f"only certain values are accepted, {option!r} is one"
    rows = [each for each in lesson.filler.rows.get(lesson.field.model, []) if each != current]
    return (rows[0], "another row is referred to") if rows else (None, "")


def other_row(lesson: Lesson) -> tuple[Any, str]:
    sent = lesson.value if isinstance(lesson.value, list) else [lesson.value]
    for row in lesson.filler.rows.get(lesson.field.model, []):
        if row not in sent:
            return ([row] if lesson.field.many else row), "the row does not exist, so another one is referred to"
    return (OMIT, "the row does not exist, so none is referred to") if not lesson.field.required else (None, "")


def shorter_text(lesson: Lesson) -> tuple[Any, str]:
    most = lesson.found(
        rf"(?:at most|more than|exceed|maximum(?: length)?(?: of| is)?|max(?:imum)?|longer than|up to) (?:of )?{NUMBER}"
    )
    if isinstance(lesson.value, str) and most is not None and 0 < most < len(lesson.value):
        if lesson.is_password:
            return new_password(lesson, int(most)), f"at most {most:g} characters are accepted"
        random = lesson.filler.person.random
        return (
            lesson.value[: int(most)] if random in lesson.value[: int(most)] else random[: int(most)]
        ), f"at most {most:g} characters are accepted"
    return None, ""


def longer_text(lesson: Lesson) -> tuple[Any, str]:
    least = lesson.found(rf"(?:at least|fewer than|less than|minimum(?: length)?(?: of| is)?|shorter than) {NUMBER}")
    if isinstance(lesson.value, str) and least is not None and len(lesson.value) < least <= 5_000:
        longer = lesson.value + " and more words" * (int(least) // 15 + 1)
        if lesson.is_password:
            longer = (lesson.value * 10)[: int(least)]
        return longer[: max(int(least), len(lesson.value))], f"at least {least:g} characters are needed"
    return None, ""


def number_in_limits(lesson: Lesson) -> tuple[Any, str]:
    """A number inside the limits that the message names."""
    more = lesson.found(
        r"(?:greater than or equal to|at least|minimum(?: value)?(?: of| is)?|not be less than|no less than|>=)"
        rf" {NUMBER}"
    )
    less = lesson.found(
        r"(?:less than or equal to|at most|maximum(?: value)?(?: of| is)?|not be (?:more|greater) than|not exceed"
        rf"|exceeds?|<=) {NUMBER}"
    )
    above = lesson.found(rf"(?:greater|more|larger|higher) than {NUMBER}")
    below = lesson.found(rf"(?:less|smaller|lower) than {NUMBER}")
    number = more if more is not None else less
    if number is None and above is not None:
        number = above + 1
    if number is None and below is not None:
        number = below - 1
    if number is None and "positive" in lesson.message:
        number = 1
    if number is None and re.search(r"decimal places?|digits", lesson.message):
        number = round(float(lesson.value)) % 10 if _is_number(lesson.value) else 1
    if number is None or not (_is_number(lesson.value) or lesson.value is None):
        return None, ""
    exact = int(number) if float(number).is_integer() else number
    return (str(exact) if isinstance(lesson.value, str) else exact), f"{exact} is inside the limits"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or (
        isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    )


FORMATS = (
    (r"yyyy-mm-dd[ t\[\]]+hh:mm", "%Y-%m-%dT%H:%M:00Z"), (r"dd/mm/yyyy|%d/%m/%y", "%d/%m/%Y"),
    (r"mm/dd/yyyy|%m/%d/%y", "%m/%d/%Y"),
    (r"dd\.mm\.yyyy|%d\.%m\.%y", "%d.%m.%Y"), (r"dd-mm-yyyy|%d-%m-%y", "%d-%m-%Y"), (r"yyyy/mm/dd", "%Y/%m/%d"),
    (r"yyyy-mm-dd|%y-%m-%d|iso", "%Y-%m-%d"), (r"hh:mm:ss|%h:%m:%s", "%H:%M:%S"), (r"hh:mm|%h:%m", "%H:%M"),
    (r"mm/yy", "%m/%y"),
)  # fmt: skip
"""Formats of dates as error messages name them."""


def named_format(lesson: Lesson) -> tuple[Any, str]:
    moment = datetime.datetime.now().replace(hour=10, minute=0, second=0) + datetime.timedelta(days=7)
    if isinstance(lesson.value, str):
        with contextlib.suppress(ValueError):
            moment = datetime.datetime.fromisoformat(lesson.value)
    for pattern, written in FORMATS:
        if re.search(pattern, lesson.message):
            return moment.strftime(written), "the message names the format"
    if re.search(r"valid date|date/time|datetime", lesson.message):
        forms = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y")
        return moment.strftime(forms[lesson.turn % len(forms)]), "another format of the date is sent"
    return None, ""


def other_day(lesson: Lesson) -> tuple[Any, str]:
    """A day on the other side: of today, or of another field."""
    if not isinstance(lesson.value, str) or shifted(lesson.value, 1) == lesson.value:
        return None, ""
    forbidden = re.search(r"\bnot\b|n't|cannot", lesson.message) is not None
    past = "past" in lesson.message or re.search(r"before today|earlier than today", lesson.message) is not None
    future = "future" in lesson.message
    if past or future:
        ahead = past == forbidden
        today = datetime.date.today()
        day = today + datetime.timedelta(days=20 if ahead else -20)
        kept = lesson.value[10:]
        return day.isoformat() + kept, f"a day in the {'future' if ahead else 'past'} is sent"
    later = re.search(r"\bafter\b|later|greater|at least", lesson.message) is not None
    days = 40 if later != forbidden else -40
    return shifted(lesson.value, days), f"{'a later' if days > 0 else 'an earlier'} day is sent"


def new_password(lesson: Lesson, most: int = 0) -> str:
    """A new password that contains what rules usually ask for."""
    made = f"Kq7!{lesson.filler.person.random[::-1]}xW{lesson.turn}zP#9m"
    return made[:most] if most else made


def password_by_rule(lesson: Lesson) -> tuple[Any, str]:
    if not lesson.is_password:
        return None, ""
    if re.search(r"match|same|identical|differ", lesson.message):
        others = [
            value
            for name, value in lesson.values.items()
            if PASSWORD.search(words_of(name)) and name != lesson.field.name and isinstance(value, str)
        ]
        return (others[0], "it must equal the other password") if others else (None, "")
    return new_password(lesson), "the password breaks a rule, so another one is sent"


def other_file(lesson: Lesson) -> tuple[Any, str]:
    if lesson.field.kind not in ("file", "image") and not isinstance(lesson.value, Upload):
        return None, ""
    allowed = re.search(
        r"allowed(?: extensions| types| formats)?(?: are|:| is)?:? ([\w., /'\"-]{2,200})", lesson.message
    )
    ends = re.findall(
        r"\b(?:png|jpe?g|gif|webp|svg|pdf|txt|csv|json|zip|docx|wav|md)\b", allowed[1] if allowed else lesson.message
    )
    name = f"visitor-{lesson.filler.person.random}"
    if "image" in lesson.message and not ends:
        ends = ["png"]
    current = lesson.value.name.rsplit(".", 1)[-1] if isinstance(lesson.value, Upload) else ""
    made = make_file([each for each in ends if each != current], name) if set(ends) - {current} else None
    if made is None and re.search(r"too (large|big)|exceed|size|larger", lesson.message):
        made = make_file(["jpg"] if lesson.field.kind == "image" else ["txt"], name)
    made = made or make_file((), name, image=lesson.field.kind == "image")
    return made, f"a file {made.name.rsplit('.', 1)[-1]} is sent" if made else ""


def plain_characters(lesson: Lesson) -> tuple[Any, str]:
    """A text without the characters that are not accepted."""
    if not isinstance(lesson.value, str) or lesson.is_password:
        return None, ""
    random = lesson.filler.person.random
    if re.search(
        r"(only|just) (?:\w+ )?(digits|numbers)|numeric|must be digits|digits only|numbers only", lesson.message
    ):
        count = int(lesson.found(rf"{NUMBER}[- ]?digit") or 6)
        return (str(int(random, 16)) * 3)[: min(count, 20)], "only digits are accepted"
    if (
        re.search(r"only (?:contain )?(?:\w+ )?(letters|alphabet)|alphabetic", lesson.message)
        and "number" not in lesson.message
    ):
        letters = "".join(chr(ord("a") + int(each, 16)) for each in random)
        return f"Visitor{letters}", "only letters are accepted"
    return f"visitor{random}{lesson.turn or ''}", "only letters and digits are accepted"


def value_of_kind(lesson: Lesson) -> tuple[Any, str]:
    """A value of the type that the message asks for."""
    message, value = lesson.message, lesson.value
    for pattern, made in (
        (r"valid (integer|whole number|int)\b|int_parsing|whole number", 3), (r"valid (number|float|decimal)", 3),
        (r"valid boolean|bool_parsing|valid bool", True), (r"uuid", "00000000-0000-4000-8000-000000000001"),
        (r"valid (string|str)|not a valid string|string_type", str(value)),
        (r"valid url|url scheme", f"https://{lesson.filler.person.name}.example/"),
        (r"slug", f"visitor-{lesson.filler.person.random}"), (r"e-?mail", lesson.filler.person.email),
    ):  # fmt: skip
        if re.search(pattern, message) and made != value:
            return made, f"a value of the kind that the message names is sent: {made}"
    if re.search(r"phone|mobile", message) or lesson.field.kind == "phone" or "phone" in lesson.words:
        forms = list(phones(lesson.filler.next_number()))
        return forms[(lesson.turn + 1) % len(forms)], "a phone number in another form is sent"
    if re.search(r"e-?mail", message) or MAIL.search(lesson.words):
        return f"{lesson.filler.person.name}@example.org", "another e-mail address is sent"
    if re.search(r"expected a list|valid list|list_type|must be a list|array", message):
        return ([value] if value is not None else []), "a list is sent"
    if re.search(r"dictionary|dict_type|object|valid json", message):
        return {"note": f"visitor {lesson.filler.person.random}"}, "an object is sent"
    return None, ""


def no_value(lesson: Lesson) -> tuple[Any, str]:
    return OMIT, "the site does not know the field, so it is left out"
