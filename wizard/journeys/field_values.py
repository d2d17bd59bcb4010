"""The value of one field, by its kind, its limits and the words in its name."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Sequence
from typing import Any, Protocol

from wizard.journeys.sample_files import Upload, make_file
from wizard.journeys.sample_values import (
    ASCII_ONLY,
    Day,
    answers,
    fits,
    matches,
    number_for,
    phones,
    text_for,
    texts_for_pattern,
)  # fmt: skip
from wizard.project.inputs import Input

PREFERRED = (
    (r"country|nation", ("DE", "US", "IN", "GB")), (r"currency", ("EUR", "USD", "INR")),
    (r"lang|locale", ("en", "en-us")),
    (r"time_?zone", ("Europe/Berlin", "UTC")), (r"year", ("1990", "2034", "2030")),
)  # fmt: skip
"""Choices that most sites and services accept, by a pattern of the words in the name."""
PASSWORD = re.compile(r"passw|passphrase|\bpwd\b|^pass\d?$")
USER_NAME = re.compile(r"\b(user_?name|user_?id|login|nick_?name|handle|screen_name|account_name)\b")
MAIL = re.compile(r"e_?mail")
MEASURED = r"price|cost|amount|quantity|qty|\bage\b|percent|rating|budget|salary|\btotal\b"
"""Words of text fields that hold a number."""
LONG_TEXT = re.compile(r"description|body|content|message|comment|text|bio|about|note|summary|details|answer|review")


class Named(Protocol):
    """The parts of a person that fields ask for."""

    name: str
    email: str
    password: str
    full_name: str
    random: str


class FieldValues:
    """Makes up values for one person."""

    def __init__(self, person: Any, day: Day, file_size: int) -> None:
        self.person: Named = person
        self.day, self.file_size = day, file_size
        self.number = int(person.random, 16) % 90_000 + 10_000
        """A number that makes values unique. It grows with each form."""
        self._forms = 0

    def next_form(self) -> None:
        """Make the following values differ from those before."""
        self._forms += 1
        self.number += 1

    def value(self, each: Input, words: str, rows: Sequence[str] = ()) -> Any:
        """The value of *each*, whose name and label have these *words*. *rows* are those that it may refer to."""
        match each.kind:
            case "boolean":
                return self._boolean(each, words)
            case "choice" | "reference":
                return self._choice(each, words, rows)
            case "integer":
                return int(self._number(each, words))
            case "float":
                return self._number(each, words)
            case "decimal":
                return f"{self._number(each, words):.2f}"
            case "date":
                return self.day.for_name(words).isoformat()
            case "datetime":
                return f"{self.day.for_name(words).isoformat()}T{self.day.hour_for_name(words)}:00"
            case "time":
                return f"{self.day.hour_for_name(words)}:00"
            case "duration":
                return "01:30:00"
            case "uuid":
                return str(uuid.uuid4())
            case "json":
                return {"note": self._marked("note", 200)}
            case _:
                return self._text(each, words)

    def file(self, each: Input, words: str) -> Upload | None:
        """A file that *each* accepts; None if Golive can't make one."""
        image = each.kind == "image" or matches(r"image|photo|picture|avatar|logo|cover|thumbnail|banner|poster", words)
        size = max(self.file_size, each.shortest or 0)
        ends = each.extensions or (
            ("csv",)
            if "csv" in words
            else ("pdf",)
            if matches(r"pdf|resume|\bcv\b|document|invoice", words) and not image
            else ()
        )
        return make_file(ends, f"visitor-{self.person.random}-{self._forms}", size, image=image)

    def _boolean(self, each: Input, words: str) -> bool:
        answer = answers(words)
        if answer is None:
            return True
        return answer or (each.required and not matches(r"delete|clear|remove", words))

    def _choice(self, each: Input, words: str, rows: Sequence[str]) -> Any:
        """One of the choices: a known row, what most sites accept, what is selected, else the first."""
        if each.many:
            return list(each.chosen) or [each.choices[0]]
        wanted = [row for row in rows if row in each.choices]
        wanted += [
            text for pattern, texts in PREFERRED if matches(pattern, words) for text in texts if text in each.choices
        ]
        if not wanted and each.initial in each.choices:
            return each.initial
        return wanted[0] if wanted else each.choices[0]

    def _number(self, each: Input, words: str) -> float:
        number = number_for(words)
        if number is None:
            number = 7.0 if each.kind == "integer" else 12.5
        if each.maximum is not None:
            number = min(number, each.maximum)
        return number if each.minimum is None else max(number, each.minimum)

    def _text(self, each: Input, words: str) -> str:
        text = self._plain_text(each, words)
        if each.pattern and not fits(each.pattern, text):
            options = (text.replace("ë", "e"), self.person.name, *texts_for_pattern(each.pattern, self.number))
            shortest, longest = each.shortest or 0, each.longest or 1000
            text = next((one for one in options if fits(each.pattern, one) and shortest <= len(one) <= longest), text)
        return text

    def _plain_text(self, each: Input, words: str) -> str:
        longest = each.longest or 10_000
        if each.kind == "password" or PASSWORD.search(words):
            return self.person.password
        if each.kind == "email" or MAIL.search(words.split(" ", maxsplit=1)[0]):
            return self.person.email
        if each.kind == "phone" or matches(r"phone|mobile|\btel\b|whats_?app|\bfax\b|\bcell\b", words):
            return next((each_one for each_one in phones(self.number) if len(each_one) <= longest), "")
        if each.kind == "slug":
            return f"visitor-{self.person.random}-{self.number}"[:longest]
        if each.kind == "url" or matches(r"\b(url|website|web_?site|homepage|link)\b", words.split(" ", maxsplit=1)[0]):
            return (
                text_for(words)
                if "youtube" in words or "video" in words
                else f"https://{self.person.name}.example/{self.number}"
            )
        if matches(USER_NAME.pattern, words.split(" ", maxsplit=1)[0]):
            return self.person.name[-longest:] if longest < len(self.person.name) else self.person.name
        if dated := self._dated(words):
            return dated
        if (fixed := text_for(words.split(" ", maxsplit=1)[0])) and len(fixed) <= longest:
            return fixed
        number = number_for(words.split(" ", maxsplit=1)[0]) if matches(MEASURED, words) else None
        if number is not None and not LONG_TEXT.search(words):
            return f"{number:g}"
        if matches(ASCII_ONLY.pattern, words.split(" ", maxsplit=1)[0]):
            return f"v{self.person.random}{self.number}"[:longest]
        return self._marked(words.split(" ", maxsplit=1)[0], longest, each.shortest or 0)

    def _dated(self, words: str) -> str:
        """A date for a text field with a name like `start_date`; empty for other names."""
        name = words.split(" ", maxsplit=1)[0]
        if matches(r"\bdate_?time\b|\bdate_and_time\b", name):
            return f"{self.day.for_name(name).isoformat()} {self.day.hour_for_name(name)}:00"
        if matches(r"\b(date|dob|birthday|deadline|check_?in|check_?out)\b", name) and not name.endswith("_1"):
            return self.day.for_name(name).isoformat()
        if matches(r"\btime\b", name) or (name.endswith("_1") and "date" in name):
            return f"{self.day.hour_for_name(name)}:00"
        return ""

    def _marked(self, name: str, longest: int, shortest: int = 0) -> str:
        """A text that names the field, with letters outside ASCII and the visitor's marker, at most *longest* long.

        No two fields and no two forms get the same, so that values in the wrong place are noticed.
        """
        short = name.replace("_", " ")[:30]
        for text in (
            f"Zoë {self.person.random} {short} {self._forms}",
            f"Zoë {self.person.random}",
            self.person.random,
        ):
            if len(text) <= longest:
                break
        else:
            text = f"{self.number}"[:longest]
        while len(text) < min(shortest, 5_000):
            text += " and a few more words"
        return text[:longest].rstrip() if len(text) > longest else text


def shifted(text: str, days: int) -> str:
    """The date or the date with time in *text*, moved by *days*; unchanged if it is none."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    moved = moment + datetime.timedelta(days=days)
    return moved.date().isoformat() if len(text) == 10 else moved.isoformat(text[10], "minutes")
