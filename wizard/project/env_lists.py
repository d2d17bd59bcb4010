"""Lists in environment variables, in the form in which the settings take them apart."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence

from wizard.project.settings import SettingsFiles

LIST = re.compile(r"(?:\w+\.)?(?:list|set|frozenset|tuple|sequence)\b", re.IGNORECASE)
"""Types of pydantic's fields that are read as JSON."""


def join_list(settings: SettingsFiles, name: str, entries: Sequence[str]) -> str:
    """*entries* as a value of the variable *name*: separated as the settings split it, or as JSON."""
    if (field := settings.fields.get(name)) and LIST.match(ast.unparse(field[1].annotation)):
        return json.dumps(list(entries))
    for source in settings.sources:
        for node in source.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr == "loads" and _reads(settings, node, name):
                    return json.dumps(list(entries))
                if node.func.attr == "split" and _reads(settings, node.func.value, name):
                    given = node.args[0] if node.args else None
                    return str(given.value if isinstance(given, ast.Constant) and given.value else " ").join(entries)
    return ",".join(entries)


def split_list(text: str) -> list[str]:
    """The entries of a list in a variable, whatever separates them."""
    return [entry for entry in re.split(r"[\s,;\[\]\"']+", text) if entry]


def _reads(settings: SettingsFiles, node: ast.AST, name: str) -> bool:
    return any(found == name for found, _, _ in settings.reads_in(node))
