"""The environment variables by which a project itself chooses its production settings, such as DJANGO_ENV=production.

They are found in the source code, in comparisons such as `if os.getenv("DJANGO_ENV") == "production"`, and in names of
modules and files that a variable completes, such as `f"config.settings.{env}"`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

from wizard.editing.source import Source
from wizard.project import env_readers

PRODUCTION_VALUE = re.compile(r"production|prod|prd|live|deploy|deployment", re.IGNORECASE)
"""Values that stand for production."""
_CHOOSES = re.compile(r"ENV|STAGE|MODE|PROFILE|CONFIG|SETTINGS|DEPLOY|TIER")
"""The names of variables that choose settings contain one of these."""
_NO_SWITCH = re.compile(
    r"DJANGO_SETTINGS_MODULE|DJANGO_CONFIGURATION|(RAILWAY|RENDER|HEROKU|VERCEL|FLY|SENTRY)_\w+|DYNO"
)
"""Variables that Django, a platform or another service reads."""


def switches(sources: Iterable[Source], functions: Collection[str], modules: Collection[str]) -> dict[str, str]:
    """The variables of *sources* that choose production's settings, each with the value to give it.

    Arguments:
        functions: the project's own functions that return an environment variable.
        modules: names that a variable may complete, such as "production" for `f"config.settings.{env}"`.
    """
    found: dict[str, str] = {}
    for source in sources:
        nodes = source.nodes
        names = dict(_names(nodes, functions))
        for node in nodes:
            for variable, value in _chosen_in(node, names, functions, modules):
                if _CHOOSES.search(variable) and not _NO_SWITCH.fullmatch(variable):
                    found.setdefault(variable, value)
    return found


def untaken(source: Source, functions: Collection[str], modules: Collection[str]) -> set[ast.AST]:
    """The nodes of *source* that do not run in production, because a switch decides their condition."""
    values = switches([source], functions, modules)
    names = dict(_names(source.nodes, functions))
    skipped: set[ast.AST] = set()
    for node in source.nodes:
        if isinstance(node, ast.If) and (holds := _decided(node.test, values, names, functions)) is not None:
            for statement in node.orelse if holds else node.body:
                skipped.update(ast.walk(statement))
    return skipped


def _decided(test: ast.expr, values: dict[str, str], names: dict[str, str], functions: Collection[str]) -> bool | None:
    """Whether the condition *test* holds in production. None if no switch decides it."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            decided = _decided(inner, values, names, functions)
            return None if decided is None else not decided
        case ast.Compare(left=left, ops=[operator], comparators=[other]):
            value = values.get(_variable(left, names, functions), "").lower()
            try:
                asked = ast.literal_eval(other)
            except ValueError:
                return None
            texts = (
                {asked} if isinstance(asked, str) else set(asked) if isinstance(asked, list | tuple | set) else set()
            )
            if not value or not texts:
                return None
            holds = value in {str(text).lower() for text in texts}
            if isinstance(operator, ast.Eq | ast.In):
                return holds
            return not holds if isinstance(operator, ast.NotEq | ast.NotIn) else None
    return None


def _names(nodes: Iterable[ast.AST], functions: Collection[str]) -> Iterator[tuple[str, str]]:
    """Names that hold the value of one environment variable, each with the variable."""
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            read = _read_in(node.value, functions)
            if len(read) == 1:
                yield node.targets[0].id, read.pop()


def _chosen_in(
    node: ast.AST, names: dict[str, str], functions: Collection[str], modules: Collection[str]
) -> Iterator[tuple[str, str]]:
    parts: list[ast.expr] = []
    subject: ast.expr | None = None
    match node:
        case ast.Compare(left=left, comparators=comparators):
            subject, parts = left, comparators
        case ast.Match(subject=matched, cases=cases):
            subject = matched
            parts = [each.value for case in cases for each in ast.walk(case) if isinstance(each, ast.MatchValue)]
        case ast.Subscript(value=ast.Dict(keys=keys), slice=key):
            subject, parts = key, [each for each in keys if each]
        case ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys), attr="get"), args=[key, *_]):
            subject, parts = key, [each for each in keys if each]
        case ast.JoinedStr(values=values):
            for before, completed in pairwise(values):
                if not (isinstance(before, ast.Constant) and str(before.value).endswith((".", "/"))):
                    continue
                if isinstance(completed, ast.FormattedValue) and (
                    variable := _variable(completed.value, names, functions)
                ):
                    yield from ((variable, name) for name in modules if PRODUCTION_VALUE.fullmatch(name))
            return
    if subject is None or not (variable := _variable(subject, names, functions)):
        return
    texts = (each.value for part in parts for each in ast.walk(part) if isinstance(each, ast.Constant))
    yield from ((variable, text) for text in texts if isinstance(text, str) and PRODUCTION_VALUE.fullmatch(text))


def _variable(node: ast.expr, names: dict[str, str], functions: Collection[str]) -> str:
    """The only environment variable that the value of *node* depends on, or an empty string."""
    read = _read_in(node, functions)
    read |= {names[each.id] for each in ast.walk(node) if isinstance(each, ast.Name) and each.id in names}
    return read.pop() if len(read) == 1 else ""


def _read_in(node: ast.expr, functions: Collection[str]) -> set[str]:
    """The environment variables that *node* reads, without those in the default of another one."""
    found = list(env_readers.reads(node, functions))
    inner = {each for _, _, default in found if default for each in ast.walk(default)}
    return {variable for variable, reading, _ in found if reading not in inner}
