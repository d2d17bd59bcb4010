"""Find the files of settings modules, and the module that manage.py or wsgi.py names, without importing anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from wizard.base import files
from wizard.base.errors import EditError
from wizard.editing.syntax import parsed_bytes


def import_roots(root: Path) -> tuple[Path, ...]:
    """Folders from which a project with manage.py in *root* may import its modules."""
    nearby = (root / name for name in ("src", "apps", "project"))
    repository = next((number for number, folder in enumerate((root, *root.parents)) if (folder / ".git").exists()), 0)
    above = root.parents[: min(max(repository, 1), 3)]
    return (root, *(folder for folder in nearby if files.is_folder(folder)), *above)


def wsgi_files(root: Path) -> Iterator[Path]:
    yield from sorted(root.glob("*/wsgi.py"))
    yield from sorted(root.glob("*/*/wsgi.py"))


def module_file(base: Path, module: str) -> Path | None:
    """The file of a dotted module below *base*. For a package this is its `__init__.py`."""
    place = base.joinpath(*module.split(".")) if module else base
    for candidate in (place.with_suffix(".py") if module else place / "__init__.py", place / "__init__.py"):
        if files.is_file(candidate):
            return candidate
    return None


def settings_named_in(path: Path, variable: str = "DJANGO_SETTINGS_MODULE") -> str:
    """The settings module that manage.py or wsgi.py names by default. Empty if it names none."""
    try:
        content = files.read(path)
    except EditError:
        return ""
    return _named_in(content or b"", variable)


@lru_cache(maxsize=64)
def _named_in(content: bytes, variable: str) -> str:
    try:
        tree = parsed_bytes(content)
    except (SyntaxError, ValueError):
        return ""
    return next((module for node in settings_names(tree, variable) if (module := _default_text(node))), "")


def settings_names(tree: ast.Module, variable: str = "DJANGO_SETTINGS_MODULE") -> Iterator[ast.expr]:
    """The expressions that manage.py or wsgi.py gives to *variable*."""
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Call):
            parts = node.args
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            parts = [node.targets[0].slice, node.value]
        if len(parts) >= 2 and isinstance(parts[0], ast.Constant) and parts[0].value == variable:
            yield parts[1]


def included_files(tree: ast.Module, call: ast.Call) -> Iterator[str]:
    """The files that `include(…)` of django-split-settings names, as patterns; in names without variables set."""
    assigned = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }

    def files_in(node: ast.expr, depth: int = 4) -> Iterator[str]:
        if depth and isinstance(node, ast.Name) and node.id in assigned:
            yield from files_in(assigned[node.id], depth - 1)
        elif isinstance(node, ast.Starred):
            yield from files_in(node.value, depth)
        elif isinstance(node, ast.List | ast.Tuple):
            for entry in node.elts:
                yield from files_in(entry, depth)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name):  # optional("local.py")
            yield from files_in(node.args[0], depth)
        elif (text := _default_text(node, assigned)).endswith(".py"):
            yield text

    for argument in call.args:
        yield from files_in(argument)


def _default_text(node: ast.expr, assigned: Mapping[str, ast.expr] = MappingProxyType({})) -> str:
    """The text that *node* evaluates to when no environment variable is set. Empty if that can't be determined.

    *assigned* are the values of names.
    """
    match node:
        case ast.Name(id=name) if name in assigned:
            return _default_text(assigned[name])
        case ast.Constant(value=str(text)):
            return text
        case ast.Call(args=[_, default, *_]) | ast.Call(keywords=[*_, ast.keyword(arg="default", value=default)]):
            return _default_text(default)  # os.getenv(name, default), config(name, default=default)
        case ast.BoolOp(values=[*_, last]):
            return _default_text(last)
        case ast.IfExp(body=one, orelse=other):
            return _default_text(other) or _default_text(one)
        case ast.FormattedValue(value=inner):
            return _default_text(inner, assigned)
        case ast.JoinedStr(values=values):
            texts = [_default_text(value, assigned) for value in values]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            texts = [_default_text(left, assigned), _default_text(right, assigned)]
        case _:
            return ""
    return "".join(texts) if all(texts) else ""
