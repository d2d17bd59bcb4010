"""Entries of poetry's and pipenv's tables as requirements.

Source: Poetry, Dependency specification; pipenv, Specifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

PEP508 = re.compile(r"((===|==|>=|<=|!=|~=|<|>)\s*[\w.*+!-]+\s*,?\s*)+")


def lines(table: Mapping[str, Any]) -> Iterator[str]:
    """The entries of *table* in the form of PEP 508. Optional packages and folders of the project are left out."""
    for name, value in table.items():
        entry = value[-1] if isinstance(value, list) and value else value
        if str(name) == "python" or (isinstance(entry, Mapping) and (entry.get("optional") or entry.get("path"))):
            continue
        if not isinstance(entry, Mapping):
            yield f"{name}{specifier(entry)}"
            continue
        extras = f"[{','.join(str(extra) for extra in entry['extras'])}]" if entry.get("extras") else ""
        marker = f"; {entry['markers']}" if entry.get("markers") else ""
        if url := _url(entry):
            yield f"{name}{extras} @ {url}{' ' + marker if marker else ''}"
        else:
            yield f"{name}{extras}{specifier(entry.get('version', '*'))}{marker}"


def _url(entry: Mapping[str, Any]) -> str:
    if entry.get("git"):
        revision = entry.get("rev") or entry.get("ref") or entry.get("tag") or entry.get("branch")
        return f"git+{entry['git']}" + (f"@{revision}" if revision else "")
    return str(entry.get("url") or entry.get("file") or "")


def specifier(version: Any) -> str:
    """A version of poetry or pipenv as PEP 440 writes it. Empty for any version, or one that can't be written so."""
    text = str(version).strip()
    if PEP508.fullmatch(text):
        return text
    parts = [_bounds(part.strip()) for part in text.split(",")]
    return ",".join(filter(None, parts)) if "||" not in text and "|" not in text else ""


def _bounds(text: str) -> str:
    if PEP508.fullmatch(text):
        return text
    found = re.fullmatch(r"([\^~]?)\s*(\d+(?:\.\d+)*)((?:\.\*)?)(\w*)", text)
    if found is None:
        return ""
    operator, numbers, star, suffix = found.groups()
    if not operator:
        return f"=={numbers}{star}{suffix}"
    parts = [int(part) for part in numbers.split(".")]
    if operator == "^":  # the first number that is not zero may not change
        fixed = next((place for place, part in enumerate(parts) if part), len(parts) - 1)
    else:
        fixed = min(1, len(parts) - 1)
    upper = [*parts[:fixed], parts[fixed] + 1]
    return f">={numbers}{suffix},<{'.'.join(map(str, upper))}"
