"""Values for the fields of a form, by the words in a field's name."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
ROW = re.compile(r"^(?:.+-)?(?:\d+|__prefix__)-(?=\D)")
"""The beginning of a field's name in a row of a formset."""

TEXTS: tuple[tuple[str, str], ...] = (
    (r"first_name|given_name|forename|firstname", "Zoë"),
    (r"last_name|family_name|surname|lastname", "Ångström"),
    (r"middle_name", "Éva"),
    (r"pin_?code\b|\bpin\b", "560001"),
    (r"zip|postal|post_?code|\bplz\b", "10115"),
    (r"house_number|street_number|apartment|\bflat\b|unit_number|building", "5"),
    (r"country", "DE"), (r"currency", "EUR"), (r"lang(uage)?\b|locale", "en"),
    (r"time_?zone|\btz\b", "Europe/Berlin"),
    (r"\b(state|province|region|county)\b", "Berlin"), (r"\b(city|town)\b", "Köln"),
    (r"iban", "DE89370400440532013000"), (r"\b(bic|swift)\b", "COBADEFFXXX"), (r"isbn", "9780306406157"),
    (r"\b(ean|barcode|gtin|upc)\b", "4006381333931"), (r"vat", "DE136695976"),
    (r"card_?(number|no)\b|\bcc_?(number|num)?\b|credit_card", "4242424242424242"),
    (r"\b(cvc|cvv|security_code|card_code)\b", "123"),
    (r"(card|cc).*exp|exp(iry|iration)?_(date)?.*card|mm_yy", "12/34"),
    (r"colou?r", "#336699"), (r"\b(lat|latitude)\b", "52.52"), (r"\b(lon|lng|long|longitude)\b", "13.405"),
    (r"\bip(_address)?\b", "192.0.2.10"), (r"\bmac(_address)?\b", "02:00:00:00:00:01"),
    (r"domain|hostname", "shop.example"),
    (r"\bicon\b", "star"), (r"\b(title|prefix|salutation|honorific)_?(mr|ms)?\b(?=.*\bsalutation)", "Ms"),
    (r"video.*(url|link)|youtube", "https://www.youtube.com/watch?v=aqz-KE-bpKQ"),
)  # fmt: skip
"""Fixed texts, by a pattern of the words in the name. The first match wins."""
NUMBERS: tuple[tuple[str, float], ...] = (
    (r"quantity|qty|\bcount\b|amount_of|seats|guests|persons|people|adults|tickets|copies|units", 2),
    (r"children|kids", 1),
    (r"price|cost|amount|total|fee|salary|budget|value|balance|rate\b", 19.9), (r"rating|stars|score", 4),
    (r"\bage\b", 30), (r"percent|discount|tax", 10), (r"stock|inventory|available", 25),
    (r"weight|height|width|length", 12),
    (r"exp.*year|year.*exp", 2034), (r"exp.*month", 12), (r"birth.*year|year.*birth", 1990), (r"\bmonth\b", 6),
    (r"\bday\b", 15),
    (r"\b(lat|latitude)\b", 52.52), (r"\b(lon|lng|long|longitude)\b", 13.405), (r"duration|minutes|hours", 30),
    (r"order|position|sort|priority|index|level", 1),
)  # fmt: skip
YES = re.compile(
    r"\b(agree|accept|terms|conditions|consent|privacy|gdpr|tos|confirm|active|published|publish|public|available|visible|enabled"
    r"|in_stock|approved|is_live|listed)\b"
)
NO = re.compile(
    r"\b(delete|clear|remove|unsubscribe|deleted|archived?|hidden|private|draft|staff|superuser|admin|anonymous|blocked|banned"
    r"|disabled|cancel(l?ed)?|sold|closed|completed|done|opt_out|gift|company)\b"
)
ASCII_ONLY = re.compile(
    r"\b(sku|slug|handle|reference|subdomain|login|nick(name)?|user(_?name)?|identifier|serial|tag)\b|\bcode\b"
)
LEFT_EMPTY = re.compile(
    r"coupon|promo|voucher|referr?al|invit|discount_code|gift_card|\bapi_key\b|honey|hpot|leave_(this_)?(blank|empty)"
)
TRAPS = re.compile(
    r"honey_?pot|\bhpot\b|leave_(this_)?(field_)?(blank|empty)|bot_?(trap|field)|are_you_(a_)?(human|robot)|\bhp_"
)
CAPTCHAS = re.compile(r"captcha|turnstile")
PATTERNS_THAT_BLOW_UP = re.compile(r"[+*}]\)[+*{]|\(\?[<=!]")
"""Regular expressions of a page that may take exponential time, or that look around."""


@dataclass(frozen=True)
class Day:
    """The days that names speak of, relative to *today*."""

    today: datetime.date

    def for_name(self, words: str) -> datetime.date:
        """A plausible day for a field with these *words*: starts come before ends, births lie in the past."""
        if matches(r"birth|\bdob\b|\bborn\b", words):
            return datetime.date(1990, 5, 17)
        if matches(r"death|died", words):
            return datetime.date(2020, 5, 17)
        if matches(r"publish|created|joined|hired?|purchased?|issued?|completed|founded|spent|paid", words):
            return self.today
        if matches(
            r"\b(end|to|until|till|stop|finish|expir\w*|checkout|return|due|deadline|close\w*|departure)\b|check_out|valid_",
            words,
        ):
            return self.today + datetime.timedelta(days=14)
        return self.today + datetime.timedelta(days=7)

    def hour_for_name(self, words: str) -> int:
        return 12 if matches(r"\b(end|to|until|till|stop|finish|close\w*|checkout)\b", words) else 10


def words_of(name: str, label: str = "") -> str:
    """The words of a field's *name* and *label* in small letters, joined by `_`, with a space between the two.

    The beginning that a formset adds does not count.
    """
    return " ".join("_".join(WORDS.findall(each)).lower() for each in (ROW.sub("", name), label[:80]) if each)


def matches(pattern: str, words: str) -> bool:
    r"""Whether *pattern* occurs in *words*. In it, `\b` is a boundary between words."""
    return re.search(pattern.replace(r"\b", r"(?:(?<=[_ ])|(?=[_ ])|^|$)"), words) is not None


def text_for(words: str) -> str:
    """The fixed text for a field with these *words*; empty without."""
    return next((text for pattern, text in TEXTS if matches(pattern, words)), "")


def number_for(words: str) -> float | None:
    """The usual number for a field with these *words*."""
    return next((number for pattern, number in NUMBERS if matches(pattern, words)), None)


def answers(words: str) -> bool | None:
    """Whether a visitor ticks a box with these *words*; None if they don't tell."""
    if matches(NO.pattern, words):
        return False
    return True if matches(YES.pattern, words) else None


PHONES = ("+1202555{:04d}", "+9198765{:05d}", "98765{:05d}", "202555{:04d}", "+49151234{:05d}", "+4474001{:05d}",
"017123{:05d}",
          "0712{:06d}")  # fmt: skip
"""Valid numbers of several countries, international and national, each with a place for the visitor's own digits."""


def phones(number: int) -> Iterator[str]:
    """Valid phone numbers with *number* in them, the most widely accepted form first."""
    for form in PHONES:
        yield form.format(100 + number % 100)


def fits(pattern: str, text: str) -> bool:
    """Whether *text* matches the whole *pattern* of a field; a pattern that Python can't read excludes nothing."""
    if not pattern or PATTERNS_THAT_BLOW_UP.search(pattern) or len(text) > 200:
        return True
    try:
        return re.search(rf"^(?:{pattern})$", text) is not None
    except (re.error, OverflowError):
        return True


def texts_for_pattern(pattern: str, number: int) -> Iterator[str]:
    """Short texts that might match *pattern*: digits, letters and codes of several lengths."""
    digits = f"{number % 10**6:06d}" * 4
    lengths = sorted({int(each) for each in re.findall(r"\d{1,2}", pattern)} | set(range(1, 17)), reverse=True)
    yield from phones(number)
    for length in lengths:
        if 0 < length <= 24:
            yield digits[:length]
            yield "1" + digits[: length - 1]
            yield ("abcdefghij" * 3)[:length]
            yield ("ABCDEFGHIJ" * 3)[:length]
            yield "Ab" + ("cdefghij" * 3)[: length - 2]
            yield "a" + digits[: length - 1]
    for first in ("A", "AB", "ABC", "ab"):
        for second in (2, 3, 4, 6):
            yield first + digits[:second]
            yield f"{first}-{digits[:second]}"
    yield from (
        "https://shop.example/",
        "a-b",
        "12:30",
        "2030-06-15",
        "19.90",
        "en-us",
        "Abc def",
        "DE",
        "#336699",
        "0-0-0",
    )
