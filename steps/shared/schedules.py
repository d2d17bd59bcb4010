"""Schedules in a project's code, found in the syntax tree: comments, texts and tests do not count.

Source: the documentation of Celery, RQ, rq-scheduler, django-rq, Huey and django-q2.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.project.own_modules import NOT_OURS, imported, modules, name_of
from wizard.project.project import Project

SETTINGS = re.compile(r"(?:\w+_)?(?:CELERY)?BEAT_SCHEDULE|beat_schedule")
"""The setting with Celery's schedule, whatever namespace its application gives the settings."""


@dataclass(frozen=True)
class Place:
    """A line of the project's code."""

    path: Path
    where: str


def of_celery(project: Project) -> str:
    """The code or the setting that gives Celery a schedule, as `shop/celery.py:9`. Empty without one."""
    found = _first(
        project, b"beat_schedule|add_periodic_task", lambda tree: filter(_sets_beat_schedule, ast.walk(tree))
    )
    if found:
        return found.where
    return next((project.origin(name) or name for name, value in _values(project) if value), "")


def _values(project: Project) -> Iterator[tuple[str, object]]:
    return ((name, value) for name, value in project.values.items() if SETTINGS.fullmatch(name))


def _sets_beat_schedule(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=[target], value=value):
            return _names_schedule(target) and not (isinstance(value, ast.Dict) and not value.keys)
        case ast.Call(func=ast.Attribute(value=owner, attr="update")) if _names_schedule(owner):
            return True
        case ast.Call(keywords=given) if any(each.arg == "beat_schedule" for each in given):
            return True
        case ast.Call():
            return name_of(node) == "add_periodic_task"
    return False


def _names_schedule(node: ast.expr) -> bool:
    """Whether *node* is the schedule of an application, as `app.conf.beat_schedule`, or an entry of it."""
    if isinstance(node, ast.Subscript):
        key = node.slice
        return (isinstance(key, ast.Constant) and key.value == "beat_schedule") or _names_schedule(node.value)
    return name_of(node) == "beat_schedule"


def of_rq_scheduler(project: Project) -> str:
    """The code that hands work to rq-scheduler. Empty without any."""

    def uses(tree: ast.Module) -> Iterator[ast.AST]:
        names = imported(tree)
        if any(name.partition(".")[0] == "rq_scheduler" for name in names):
            yield tree.body[0]
        if any(name.partition(".")[0] == "django_rq" for name in names):
            yield from _calls(tree, {"get_scheduler"})

    found = _first(project, b"rq_scheduler|get_scheduler", uses)
    return found.where if found else ""


def of_rq_cron(project: Project) -> Place | None:
    """The module that registers entries for RQ's own scheduler. None without one."""

    def registers(tree: ast.Module) -> Iterator[ast.AST]:
        if "rq.cron" in imported(tree):
            yield from _calls(tree, {"register"})

    return _first(project, rb"\brq\b.*\bcron\b", registers)


def of_huey(project: Project) -> str:
    """The first periodic task of Huey. Empty without one."""
    found = _first(project, b"periodic_task", lambda tree: _calls(tree, {"periodic_task", "db_periodic_task"}))
    return found.where if found else ""


def of_django_q(project: Project) -> str:
    """The code, or the migration, that adds rows to the schedule of django-q2. Empty without any."""

    def adds(tree: ast.Module) -> Iterator[ast.AST]:
        names = imported(tree)
        if names & {"django_q.tasks.schedule", "django_q.tasks"}:
            yield from _calls(tree, {"schedule"})
        if "django_q.models.Schedule" in names:
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "Schedule")
        for call in _calls(tree, {"get_model"}):
            written = ".".join(str(each.value) for each in call.args if isinstance(each, ast.Constant))
            if written.lower() == "django_q.schedule":
                yield call

    found = _first(project, b"django_q", adds, without=NOT_OURS - {"migrations"})
    return found.where if found else ""


def _calls(tree: ast.Module, names: set[str]) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node) in names)


def _first(
    project: Project,
    hint: bytes,
    find: Callable[[ast.Module], Iterator[ast.AST]],
    *,
    without: Collection[str] = NOT_OURS,
) -> Place | None:
    """The first node that *find* yields in a module with *hint*."""
    for path, tree in modules(project, re.compile(hint), without=without):
        for node in find(tree):
            return Place(path, f"{project.display_path(path)}:{getattr(node, 'lineno', 1)}")
    return None
