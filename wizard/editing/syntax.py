"""Python's syntax trees, parsed once for each text, and the names that they bind and assign."""

from __future__ import annotations

import ast
from functools import lru_cache


@lru_cache(maxsize=64)
def parsed(text: str) -> ast.Module:
    """The tree of *text*. It is cached and shared, so it must not be changed.

    Raises:
        SyntaxError, ValueError: *text* is not Python, or needs a newer version than this interpreter's.
    """
    try:
        return ast.parse(text)
    except (MemoryError, RecursionError) as error:  # raised for brackets that are nested hundreds deep
        raise SyntaxError("nested too deeply") from error


def parsed_bytes(content: bytes) -> ast.Module:
    """The tree of a file, decoded as it declares.

    Raises:
        SyntaxError, ValueError: as `parsed` does.
    """
    try:
        return ast.parse(content)
    except (MemoryError, RecursionError) as error:
        raise SyntaxError("nested too deeply") from error


def is_valid(text: str) -> bool:
    """Whether *text* is Python for this interpreter."""
    try:
        parsed(text)
    except (SyntaxError, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def walked(text: str) -> tuple[ast.AST, ...]:
    """Every node of the tree of *text*."""
    return tuple(ast.walk(parsed(text)))


def bound_names(tree: ast.Module) -> set[str]:
    """Names that imports, assignments, functions and classes at the top level bind."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def assignments(tree: ast.Module | ast.ClassDef, name: str) -> list[ast.Assign | ast.AnnAssign]:
    """Assignments to *name* at the top level of a module or class, in order."""
    return _assigned(tree).get(name, [])


@lru_cache(maxsize=128)
def _assigned(tree: ast.Module | ast.ClassDef) -> dict[str, list[ast.Assign | ast.AnnAssign]]:
    found: dict[str, list[ast.Assign | ast.AnnAssign]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        else:
            continue
        for name in {target.id for target in targets if isinstance(target, ast.Name)}:
            found.setdefault(name, []).append(node)
    return found


@lru_cache(maxsize=64)
def nested_assignments(text: str) -> dict[str, list[ast.Assign]]:
    """Assignments inside if, try and with blocks of *text*, by the names that they bind."""
    module, *nodes = walked(text)
    assert isinstance(module, ast.Module)
    outer = set(module.body)
    found: dict[str, list[ast.Assign]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and node not in outer:
            for name in {target.id for target in node.targets if isinstance(target, ast.Name)}:
                found.setdefault(name, []).append(node)
    return found
