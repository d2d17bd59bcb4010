"""The project's own Python modules, without its tests and migrations."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.base import files
from wizard.editing.syntax import parsed_bytes

if TYPE_CHECKING:
    from wizard.project.project import Project

NOT_OURS = frozenset({"tests", "test", "migrations"})
"""Folders whose code does not run in production, or runs once."""
TEST_MODULE = re.compile(r"(?:test_.*|.*_tests?|tests?|tests_.*|conftest)\.py")


def modules(
    project: Project, *hints: bytes | re.Pattern[bytes], without: Collection[str] = NOT_OURS
) -> Iterator[tuple[Path, ast.Module]]:
    """The modules with one of *hints* that can be parsed, with their trees. Folders of *without* are left out."""
    for path in project.copy.files():
        if path.suffix == ".py" and not is_left_out(path, project.top, without):
            content = files.read(path) or b""
            if any(re.search(hint if isinstance(hint, re.Pattern) else re.escape(hint), content) for hint in hints):
                try:
                    yield path, parsed_bytes(content)
                except (SyntaxError, ValueError):
                    continue


def is_left_out(path: Path, top: Path, without: Collection[str] = NOT_OURS) -> bool:
    """Whether *path* is a test, or is in a folder of *without* below *top*. Folders above *top* say nothing."""
    folders = path.relative_to(top).parts[:-1] if path.is_relative_to(top) else ()
    return bool(TEST_MODULE.fullmatch(path.name)) or not set(without).isdisjoint(folders)


def apps_of_packages(project: Project) -> list[str]:
    """The entries of INSTALLED_APPS, without `.apps.ShopConfig`, that the project does not have in a folder of its own.

    A project's own app can have a package's name, such as `newsletter` or `registration`.
    """
    apps = [str(app).partition(".apps.")[0] for app in project.value("INSTALLED_APPS") or []]
    folders = {*project.settings.roots, project.root}
    return [app for app in apps if not any((folder / app.partition(".")[0]).is_dir() for folder in folders)]


def imported(tree: ast.Module) -> set[str]:
    """The full names of the modules, and of what is taken from them, that *tree* imports from packages."""
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def name_of(node: ast.expr) -> str:
    """The last name of an expression such as `shop.tasks.mail`, or of the function that a call calls. Else empty."""
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
