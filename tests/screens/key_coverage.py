"""Which keys the tests press, to find a key without a test."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict

from textual.binding import Binding

import screens

COVERED: dict[type, set[str]] = defaultdict(set)
"""The keys that tests press, by the class that binds them."""


def keys(where: type, names: str):
    """Declare that the test presses the keys *names*, which *where* binds. The fixture in conftest.py verifies it."""

    def declare(test):
        COVERED[where] |= set(names.split())
        test.keys = getattr(test, "keys", set()) | set(names.split())
        return test

    return declare


def all_bindings() -> dict[type, set[str]]:
    """The keys of every class of the screens that binds any."""
    found = {}
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and value.__module__ == module.name and (names := _bindings(value)):
                found[value] = names
    return found


def _bindings(where: type) -> set[str]:
    found = set()
    for binding in vars(where).get("BINDINGS", []):
        names = binding.key if isinstance(binding, Binding) else binding[0]
        found |= {name.strip() for name in names.split(",")}
    return found
