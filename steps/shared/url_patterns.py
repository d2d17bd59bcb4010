"""Routes added to a project's URL configuration."""

from __future__ import annotations

import ast

from wizard.editing import sequences
from wizard.editing.source import Source
from wizard.editing.syntax import assignments


def insert_route(source: Source, entry: str) -> None:
    """Insert *entry* as the first URL pattern.

    If `urlpatterns` is computed, append a new list that starts with *entry*.
    """
    lists = assignments(source.tree, "urlpatterns")
    found = next((part for part in _operands(lists[0].value) if isinstance(part, ast.List)), None) if lists else None
    if found is None:
        source.append(f"\nurlpatterns = [{entry}, *urlpatterns]\n")
        return
    sequences.insert(source, found, 0, entry)


def _operands(node: ast.expr | None) -> list[ast.expr]:
    """The operands of a chain of `+`, in order."""
    if isinstance(node, ast.BinOp):
        return [*_operands(node.left), *_operands(node.right)]
    return [node] if node else []
