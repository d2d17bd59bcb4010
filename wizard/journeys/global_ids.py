"""The global ids of Relay: `Qm9vazo3` stands for `Book:7`."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from wizard.project.inputs import Input

PREFIX = "global:"
"""The lookup of a reference by its global id begins so, with the name of the type behind it."""


def decoded(value: Any) -> str:
    """The key in a global id. Empty for another value."""
    if not isinstance(value, str) or not 6 <= len(value) <= 300 or not re.fullmatch(r"[\w+/-]+={0,2}", value):
        return ""
    try:
        text = base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    found = re.fullmatch(r"[A-Za-z_]\w*:(.+)", text)
    return found[1] if found else ""


def encoded(each: Input, value: Any) -> Any:
    """*value*, or the global id of the row with this key, where *each* wants that."""
    if not each.lookup.startswith(PREFIX) or decoded(value):
        return value
    return base64.b64encode(f"{each.lookup.removeprefix(PREFIX)}:{value}".encode()).decode()


def is_key(value: Any, key: Any) -> bool:
    """Whether an id in an answer names the row *key*."""
    return str(value) == str(key) or (key is not None and decoded(value) == str(key))
