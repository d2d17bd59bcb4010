"""GraphQL requests: a mutation with its arguments written into the document, so that no types have to be declared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from wizard.project.inputs import Form, Input

ENUM = re.compile(r"[A-Z_][A-Z0-9_]*")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
TEXTS = frozenset({"", "String", "ID"})


def body(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of the mutation or the query that *form* describes, with *values*."""
    kind = "query" if form.source.startswith("query ") else "mutation"
    return {"query": f"{kind} {{ {call(form.action, form.inputs, values)}{selection(form.outputs)} }}"}


def call(name: str, inputs: Iterable[Input], values: Mapping[str, Any]) -> str:
    """A field with arguments, as `createBook(title: "Tea", price: 2)`."""
    known = {each.name: each for each in inputs}
    arguments = ", ".join(f"{key}: {literal(value, known.get(key))}" for key, value in values.items())
    return f"{name}({arguments})" if arguments else name


def literal(value: Any, known: Input | None) -> str:
    """*value* as GraphQL writes it. A choice in capital letters is the name of an enum's value."""
    if isinstance(value, dict):
        inner = {each.name: each for each in known.inputs} if known else {}
        return "{" + ", ".join(f"{key}: {literal(part, inner.get(key))}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(each, known) for each in value) + "]"
    if isinstance(value, str) and known is not None:
        kind = known.type.strip("[]!")
        if known.kind == "choice" and (ENUM.fullmatch(value) or (kind not in TEXTS and value.isidentifier())):
            return value
        if (known.kind in ("integer", "float") or kind in ("Int", "BigInt", "Float")) and NUMBER.fullmatch(value):
            return value
    return json.dumps(value, ensure_ascii=False)


def selection(outputs: Iterable[str]) -> str:
    """The selection of *outputs*, dotted paths of fields, as ` { book { id title } errors }`; empty without.

    `@Book` in a path is a type of a union, as ` { ... on Book { id } }`.
    """
    tree: dict[str, Any] = {}
    for path in outputs:
        branch = tree
        for name in path.split("."):
            branch = branch.setdefault(name, {})
    return _selected(tree)


def _selected(tree: Mapping[str, Any]) -> str:
    return " { " + " ".join(_named(name) + _selected(inner) for name, inner in tree.items()) + " }" if tree else ""


def _named(name: str) -> str:
    return f"... on {name[1:]}" if name.startswith("@") else name
