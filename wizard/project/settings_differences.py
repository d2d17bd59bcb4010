"""Compare the settings that a process ended up with to those that evidence is about."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.base.secrets import excerpt
from wizard.project.agent.observer import PARTS

UNORDERED = {"ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES"}
LONGEST = 60
"""The number of characters of a value in evidence."""


@dataclass(frozen=True)
class Difference:
    """A setting with another value than expected, both for display."""

    name: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.name} is {self.found} instead of {self.expected}"


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], folders: Collection[Path]) -> list[Difference]:
    """The settings in *found* whose value is not the expected one, DEBUG first.

    Arguments:
        folders: folders that are copies of the project. Paths in them are compared as paths of the project.
    """
    changed = []
    for name, value in found.items():
        before, after = _plain(name, expected.get(name), folders), _plain(name, value, folders)
        if (before or None) != (after or None):  # not set is the same as off or empty
            changed.append(Difference(name, *_shown(name, after, before)))
    return sorted(changed, key=lambda each: each.name != "DEBUG")


def _plain(name: str, value: Any, folders: Collection[Path]) -> Any:
    """*value* in a form that does not depend on where the project lies."""
    if name in PARTS:
        tables = value if isinstance(value, dict) else {}
        value = {
            alias: {part: str(table.get(part) or "") for part in PARTS[name]}
            for alias, table in tables.items()
            if isinstance(table, dict)
        }
    elif name in UNORDERED and isinstance(value, list):
        value = sorted(map(str, value))
    text = json.dumps(value, sort_keys=True)
    places = {str(each) for folder in folders for each in (folder, folder.resolve())}
    for place in sorted(places, key=len, reverse=True):  # one may be the beginning of another
        text = text.replace(place, ".")
    return json.loads(text)


def _shown(name: str, found: Any, expected: Any) -> tuple[str, str]:
    """Both values for display. Of tables, lists and secrets only that they differ, or what one has more."""
    if name == "SECRET_KEY":
        return "another key", "the one of the judged settings"
    if name in PARTS and isinstance(found, dict) and isinstance(expected, dict):
        first, second = found.get("default") or {}, expected.get("default") or {}
        names = [part for part in PARTS[name] if first.get(part) != second.get(part)] or list(PARTS[name][:1])
        shown = [" ".join(str(each.get(part) or "none") for part in names) for each in (first, second)]
        return shown[0], shown[1]
    if isinstance(found, list) and isinstance(expected, list):
        more, less = [each for each in found if each not in expected], [each for each in expected if each not in found]
        if more or less:
            if not less:
                return _short(more), "without it"
            return (_short(more), _short(less)) if more else (f"without {_short(less)}", "with it")
    return _short(found), _short(expected)


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "empty" if value in ([], "", {}) else "not set" if value is None else text
    return text if len(text) <= LONGEST else f"{excerpt(text, LONGEST)}…"
