"""Words that depend on a number."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """`1 log`, `2 logs`, `2 processes`."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{count} {noun}{ending * (count != 1)}"
