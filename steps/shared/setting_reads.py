"""The environment variables behind a list setting, wherever the settings build it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steps.shared.setting_variables import debug_variable
from wizard.project import env_readers
from wizard.project.platform import DOMAIN_VARIABLES
from wizard.project.project import Project

ADDING = {"append", "extend", "insert"}
DEPTH = 3
"""How many names in a row are followed, as in `hosts = os.getenv(…)`, `ALLOWED_HOSTS = hosts.split(",")`."""


def list_variables(project: Project, setting: str) -> list[str]:
    """The variables that the values of *setting* are read from, without those that a platform sets itself."""
    definition = project.settings.definition(setting)
    plain = {name for name, _, _ in project.settings.reads_in(definition.value)} if definition else set()
    # Those of classes and of pydantic's fields, which are not read by an expression.
    declared = [name for name in project.settings.variables(setting) if name not in plain]
    found = dict.fromkeys([*declared, *_read(project, setting, DEPTH)])
    return [name for name in found if name not in {project.platform.domain_variable, *DOMAIN_VARIABLES}]


def new_variable(project: Project, setting: str) -> str:
    """The name for a variable that *setting* is to be read from, with the prefix of DEBUG's variable."""
    prefix = debug_variable(project)
    return (prefix.removesuffix("DEBUG") if prefix.endswith("_DEBUG") else "") + setting


def production_reader(project: Project) -> env_readers.EnvLibrary:
    """The library for lines at the end of the production settings: the project's own if its reader is known there."""
    library, name = project.settings.environment, project.settings.environment.name.split(".")[0]
    if library.kind == "os" or name in project.settings.main_source.bound:
        return library
    # A star import brings no private name, and none that __all__ leaves out.
    known = not name.startswith("_") and not any("__all__" in source.bound for source in project.settings.sources)
    return library if known else env_readers.EnvLibrary("os", "os", library.loads)


def _read(project: Project, name: str, depth: int) -> Iterator[str]:
    for expression in _values(project, name):
        parts = list(_parts(expression))
        yield from (variable for variable, _, _ in project.settings.reads_in(parts))
        if depth:
            for other in parts:
                if isinstance(other, ast.Name) and other.id != name:
                    yield from _read(project, other.id, depth - 1)


def _parts(expression: ast.AST) -> Iterator[ast.AST]:
    """The nodes of *expression*, without conditions: these choose a value, but are not part of it."""
    yield expression
    for child in ast.iter_child_nodes(expression):
        if not (isinstance(expression, ast.IfExp) and child is expression.test):
            yield from _parts(child)


def _values(project: Project, name: str) -> Iterator[ast.expr]:
    """The expressions that are assigned or added to *name*, at the top level and in blocks, classes and functions."""
    for source in project.settings.sources:
        for node in source.nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if node.value is not None and any(_names(target) == name for target in targets):
                    yield node.value
            elif isinstance(node, ast.Call) and _adds_to(node.func, name):
                yield from node.args


def _adds_to(function: ast.expr, name: str) -> bool:
    """Whether *function* is a method of the list *name* that adds entries."""
    return isinstance(function, ast.Attribute) and function.attr in ADDING and _names(function.value) == name


def _names(node: ast.expr) -> str:
    """The setting that *node* names, as `NAME` or `cls.NAME`; empty for anything else."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
