"""Where an import statement goes: in its section, in its alphabetical place, joined with one of the same module.

Sections and order are those of isort's and Ruff's defaults: the standard library, other packages, the project's own.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.editing.source import Source

Statement = ast.Import | ast.ImportFrom
FUTURE, STANDARD, PACKAGES, OWN, RELATIVE = range(5)


def added(head: Source, statements: list[str], *, follows: str) -> str:
    """The text of *head*, a file up to its last leading import, with *statements* added; *follows* comes after it."""
    for statement in statements:
        _add(head, statement, follows)
        head = head.reread()
    return head.text


def _add(source: Source, statement: str, follows: str) -> None:
    wanted = ast.parse(statement).body[0]
    assert isinstance(wanted, Statement)
    there = leading(source.tree)
    if isinstance(wanted, ast.ImportFrom) and _joined(source, there, wanted):
        return
    key = _key(wanted, source.path)
    before = [node for node in there if _key(node, source.path) < key]
    if before:
        last = before[-1]
        apart = _key(last, source.path)[0] != key[0]
        follower = next(iter(there[there.index(last) + 1 :]), None)
        if apart and follower is not None and _key(follower, source.path)[0] == key[0]:
            source.insert_before(follower, statement)
        else:
            source.insert_after(last, ("\n" if apart else "") + statement)
    elif there:
        apart = _key(there[0], source.path)[0] != key[0]
        source.insert_before(there[0], statement + ("\n\n" if apart else ""))
    else:
        glue = "\n" if source.tree.body else ""  # below the docstring
        air = "\n\n" if follows.lstrip(" \t") and not follows.startswith(("\n", "\r")) else "\n"
        source.insert_lines(len(source.text), glue + statement + air)


def bound_as(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def leading(tree: ast.Module) -> list[Statement]:
    """The imports that follow each other, those after the docstring first."""
    found: list[Statement] = []
    for node in tree.body:
        if isinstance(node, Statement):
            found.append(node)
        elif found:
            break
    return found


def _joined(source: Source, there: list[Statement], wanted: ast.ImportFrom) -> bool:
    """Add names to an import of the same module that stands on one line or has a name on each."""
    same = (
        node
        for node in there
        if isinstance(node, ast.ImportFrom) and (node.module, node.level) == (wanted.module, wanted.level)
    )
    node = next((each for each in same if each.names[0].name != "*"), None)
    if node is None:
        return False
    for alias in wanted.names:
        later = next((each for each in node.names if _order(each.name) > _order(alias.name)), None)
        anchor = later or node.names[-1]
        start, end = source.span(anchor)
        lead = source.text[source.line_start(anchor.lineno) : start]
        glue = f",\n{lead}" if lead and not lead.strip() else ", "
        source.splice(*((start, start, alias.name + glue) if later else (end, end, glue + alias.name)))
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
