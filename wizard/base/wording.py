"""Words that depend on a number, on a noun, or on the time that has passed."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime


def plural(count: int, noun: str) -> str:
    """`1 log`, `2 logs`, `2 processes`."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{count} {noun}{ending * (count != 1)}"


def with_article(noun: str) -> str:
    """`a book`, `an order`, `a user`, by the first letters."""
    vowel = re.match(r"[aeio]|u(?!ni|s[ae]|ti|r[il])", noun.lower()) and not re.match(r"eu|one\b|once", noun.lower())
    return f"{'an' if vowel else 'a'} {noun}"


def name_tasks(numbers: Collection[int]) -> str:
    """`task 3`, `tasks 3, 4`."""
    return f"task{'s' * (len(numbers) != 1)} {', '.join(map(str, numbers))}"


def time_ago(stamp: str, now: datetime | None = None) -> str:
    """The time between *stamp* (ISO 8601) and *now* in words: `2 minutes ago`."""
    minutes = int(((now or datetime.now(UTC)) - datetime.fromisoformat(stamp)).total_seconds()) // 60
    if minutes < 1:
        return "just now"
    for length, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= length:
            return f"{plural(minutes // length, unit)} ago"
    raise AssertionError(minutes)


def hours_and_minutes(minutes: int) -> str:
    """`90` → `1 h 30 min`."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def duration(seconds: float) -> str:
    """`75.2` → `1 min 15 s`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s" if seconds >= 1 else "under 1 s"
    return f"{hours_and_minutes(minutes)} {rest} s" if minutes < 60 and rest else hours_and_minutes(minutes)
