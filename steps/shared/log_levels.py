"""Levels in LOGGING that keep ordinary errors out of the log."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from typing import Any

from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.project import Project

CORRECT = "WARNING"
"""The level of Python's own root logger."""
LOGGERS = ("", "django", "django.request")
"""Loggers through which errors of the site go, beside the root logger."""


def loggers_to_test(project: Project) -> tuple[str, ...]:
    """Return the loggers with which ordinary errors are logged: those of Django, and one of the project's modules."""
    package = str(project.value("ROOT_URLCONF") or "site").split(".")[0]
    return ("django.request", "django", f"{package}.views")


def is_quiet(level: object) -> bool:
    """Whether *level*, a name or a number, drops errors."""
    number = level if isinstance(level, int) else logging.getLevelName(str(level))
    return isinstance(number, int) and number > logging.ERROR


def quiet_places(settings: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return where LOGGING in *settings* drops errors, as keys: the root logger, its handlers, and Django's loggers."""
    found = settings.get("LOGGING") or {}
    loggers, handlers = found.get("loggers") or {}, found.get("handlers") or {}
    root = found.get("root") or loggers.get("") or {}
    places = [("root", "level"), *(("loggers", name, "level") for name in LOGGERS)]
    places += [("handlers", str(name), "level") for name in root.get("handlers") or [] if name in handlers]
    return [place for place in places if is_quiet(_at(found, place))]


def silenced_loggers(project: Project) -> list[str]:
    """Return the loggers of the site's errors and of the project's own modules whose records go nowhere."""
    found = project.value("LOGGING") or {}
    handlers = found.get("handlers") or {}
    silent = []
    for name, options in (found.get("loggers") or {}).items():
        top = str(name).split(".")[0]
        own = bool(top) and any((project.root / path).exists() for path in (top, f"{top}.py"))
        if not isinstance(options, dict) or not (own or name in LOGGERS):
            continue
        used = [handlers.get(handler) or {} for handler in options.get("handlers") or []]
        audible = any(not str(handler.get("class", "")).endswith("NullHandler") for handler in used)
        if options.get("propagate") is False and not audible:
            silent.append(str(name))
    return silent


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def raise_voices(project: Project, draft: Draft) -> list[str]:
    """Correct the levels in *draft*, where LOGGING is written as a dictionary. Return lines for the others."""
    lines = []
    written = {place: (source, node) for source, place, node in _literals(project)}
    for place in quiet_places({"LOGGING": project.value("LOGGING")}):
        if place in written:
            source, node = written[place]
            draft.source(source.path, "log errors: a level dropped them").replace(node, f'"{CORRECT}"')
        else:
            keys = "".join(f'["{key}"]' for key in place)
            lines.append(f'LOGGING{keys} = "{CORRECT}"')
    return lines


def _literals(project: Project) -> Iterator[tuple[Source, tuple[str, ...], ast.expr]]:
    """Yield the literal values of LOGGING with their keys."""
    found = project.settings.definition("LOGGING")
    waiting: list[tuple[tuple[str, ...], ast.expr]] = [((), found.value)] if found else []
    while waiting:
        keys, node = waiting.pop()
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    waiting.append(((*keys, str(key.value)), value))
        elif found and isinstance(node, ast.Constant | ast.Attribute):
            yield found.source, keys, node
