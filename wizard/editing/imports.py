"""Add import statements in their section and in alphabetical order, or add names to an import of the same module.

Sections and order are the defaults of isort and Ruff: the standard library, other packages, the project's own.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from wizard.editing import sequences
from wizard.editing.spliced_text import SplicedText

Statement = ast.Import | ast.ImportFrom
FUTURE, STANDARD, PACKAGES, OWN, RELATIVE = range(5)


def with_imports(head: SplicedText, statements: list[str], *, follows: str) -> str:
    """The text of *head*, a file up to its last leading import, with *statements* added. *follows* comes after it."""
    for statement in statements:
        _add(head, statement, follows)
        text = head.spliced()
        head = SplicedText(head.path, text, ast.parse(text), head.style)
    return head.text


def _add(head: SplicedText, statement: str, follows: str) -> None:
    wanted = ast.parse(statement).body[0]
    assert isinstance(wanted, Statement)
    present = leading(head.tree)
    if isinstance(wanted, ast.ImportFrom) and _joined(head, present, wanted):
        return
    section, *_ = key = _key(wanted, head.path)
    before = [node for node in present if _key(node, head.path) < key]
    if before:
        last = before[-1]
        new_section = _key(last, head.path)[0] != section
        follower = next(iter(present[present.index(last) + 1 :]), None)
        if new_section and follower is not None and _key(follower, head.path)[0] == section:
            head.insert_before(follower, statement)
        else:
            head.insert_after(last, ("\n" if new_section else "") + statement)
    elif present:
        new_section = _key(present[0], head.path)[0] != section
        head.insert_before(present[0], statement + ("\n\n" if new_section else ""))
    else:
        above = "\n" if head.tree.body else ""  # a docstring
        below = "\n\n" if follows.lstrip(" \t") and not follows.startswith(("\n", "\r")) else "\n"
        head.insert_lines(len(head.text), above + statement + below)


def bound_as(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def leading(tree: ast.Module) -> list[Statement]:
    """The first imports of a file, up to the first other statement."""
    found: list[Statement] = []
    for node in tree.body:
        if isinstance(node, Statement):
            found.append(node)
        elif found:
            break
    return found


def _joined(head: SplicedText, present: list[Statement], wanted: ast.ImportFrom) -> bool:
    """Add names to an import of the same module, if there is one. It is on one line, or has one name a line."""
    same = (
        node
        for node in present
        if isinstance(node, ast.ImportFrom) and (node.module, node.level) == (wanted.module, wanted.level)
    )
    node = next((each for each in same if each.names[0].name != "*"), None)
    if node is None:
        return False
    for alias in wanted.names:
        later = next((each for each in node.names if _order(each.name) > _order(alias.name)), None)
        if head.segment(node).endswith(")"):
            place = node.names.index(later) if later else len(node.names)
            sequences.insert(head, node, place, ast.unparse(alias))
            continue
        start, end = head.span(later or node.names[-1])
        name = ast.unparse(alias)
        head.splice(*((start, start, f"{name}, ") if later else (end, end, f", {name}")))
    return True


def _order(name: str) -> tuple[int, str]:
    """Constants before classes before functions, as isort sorts names."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def _key(node: Statement, path: Path) -> tuple[int, bool, str]:
    relative = isinstance(node, ast.ImportFrom) and bool(node.level)
    module = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    section = RELATIVE if relative else _section(module.split(".")[0], path)
    return section, isinstance(node, ast.ImportFrom), module.lower()


def _section(package: str, path: Path) -> int:
    if package == "__future__":
        return FUTURE
    if package in sys.stdlib_module_names:
        return STANDARD
    for folder in path.parents:
        if (folder / package / "__init__.py").is_file() or (folder / f"{package}.py").is_file():
            return OWN
        if (folder / ".git").exists():
            break
    return PACKAGES
