"""Words that depend on a number."""

from __future__ import annotations

from collections.abc import Collection


def plural(count: int, noun: str) -> str:
    """`1 log`, `2 logs`, `2 processes`."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{count} {noun}{ending * (count != 1)}"


def name_tasks(numbers: Collection[int]) -> str:
    """`task 3`, `tasks 3, 4`."""
    return f"task{'s' * (len(numbers) != 1)} {', '.join(map(str, numbers))}"
