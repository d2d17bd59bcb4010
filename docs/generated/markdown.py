"""Markdown helpers: escaping, tables, heading anchors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def escape(text: str) -> str:
    """Return *text* so that Markdown takes nothing in it for markup but inline code."""
    return re.sub(r"([\\*_\[\]<>|{}$#])", r"\\\1", text)


def code(text: str) -> str:
    """Return *text* as inline code for a table cell, or nothing for an empty text."""
    fence = "``" if "`" in text else "`"
    padding = " " if "`" in text else ""
    return f"{fence}{padding}{text.replace('|', chr(92) + '|')}{padding}{fence}" if text else ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table. Cells are Markdown already."""
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def anchor(title: str) -> str:
    """Return the anchor that MyST gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
