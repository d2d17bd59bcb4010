"""Fill {variables} into the texts and values of a journey."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def names_in(value: Any) -> set[str]:
    """The names of the {variables} in *value*, also inside lists and mappings."""
    if isinstance(value, dict):
        return set[str]().union(*map(names_in, value.values()))
    if isinstance(value, list | tuple):
        return set[str]().union(*map(names_in, value))
    return set(re.findall(r"\{(\w+)\}", value)) if isinstance(value, str) else set()


def fill_text(text: str, variables: Mapping[str, Any]) -> str:
    """Return *text* with its {variables} replaced. Unknown names stay as they are."""
    return str(fill(text, variables))


def fill(value: Any, variables: Mapping[str, Any]) -> Any:
    """Replace {variables} in *value*, also inside lists and mappings.

    A text that consists of one variable becomes that variable's value, whatever its type.
    """
    if isinstance(value, dict):
        return {key: fill(entry, variables) for key, entry in value.items()}
    if isinstance(value, list):
        return [fill(entry, variables) for entry in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\{(\w+)\}", value)
    if whole and whole[1] in variables:
        return variables[whole[1]]
    return re.sub(r"\{(\w+)\}", lambda match: str(variables.get(match[1], match[0])), value)
