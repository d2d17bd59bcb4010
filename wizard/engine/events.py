"""The engine's events, which front ends show. `as_record` is their documented JSON form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from wizard.checklist.evidence import Evidence
from wizard.checklist.model import Item, Task
from wizard.diagnosis.cause import Cause
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.drift import Change
from wizard.plan.actions import Action, Finding, Plan

VERSION = 1


@dataclass(frozen=True)
class Event:
    """Base class of all events."""


@dataclass(frozen=True)
class RunStarted(Event):
    project: str
    settings: str
    interpreter: str


@dataclass(frozen=True)
class Recovered(Event):
    message: str


@dataclass(frozen=True)
class TaskStarted(Event):
    task: Task


@dataclass(frozen=True)
class FindingReported(Event):
    finding: Finding


@dataclass(frozen=True)
class Planned(Event):
    task: Task
    plan: Plan


@dataclass(frozen=True)
class ActionStarted(Event):
    action: Action


@dataclass(frozen=True)
class Output(Event):
    line: str


@dataclass(frozen=True)
class ActionDone(Event):
    action: Action


@dataclass(frozen=True)
class Verifying(Event):
    what: str


@dataclass(frozen=True)
class Ticked(Event):
    item: Item
    evidence: Evidence


@dataclass(frozen=True)
class TaskFinished(Event):
    task: Task
    status: str


@dataclass(frozen=True)
class TaskFailed(Event):
    """*cause* is why, in one line. It is None only where the work ended before its cause could be determined."""

    task: Task
    error: str
    diagnoses: tuple[Diagnosis, ...] = ()
    cause: Cause | None = None


@dataclass(frozen=True)
class Drifted(Event):
    """A ticked *item* is no longer fulfilled: what was *expected* and *found*, and the file and line (*where*).

    *changed* are the changes since it was ticked that it probably comes from.
    """

    item: Item
    expected: str
    found: str
    where: str = ""
    changed: tuple[Change, ...] = ()


@dataclass(frozen=True)
class NotChecked(Event):
    """An error ended the checks of *tasks*. Nothing is known about their *items*, which keep their status.

    *what* happened, *why*, the file and line (*where*), and a *hint* what to do.
    """

    tasks: tuple[Task, ...]
    items: tuple[Item, ...]
    what: str
    why: str = ""
    hint: str = ""
    where: str = ""


@dataclass(frozen=True)
class TestsCompared(Event):
    """The project's own tests: how many *passed* before, those that fail now, and the likely cause of each.

    If the tests could not be run, *note* says why.
    """

    passed: int
    broken: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class RunFinished(Event):
    exit_code: int
    done: int
    rehearsed: int
    waiting: int
    failed: int
    children: float
    interpreters: int
    peak_mb: float
    not_applicable: int


Emit = Callable[[Event], None]


NAMES: dict[type[Event], str] = {FindingReported: "Found"}
"""Names in JSON that differ from the class. They can't change within version 1 of the format."""


def as_record(event: Event) -> dict[str, Any]:
    """*event* as a JSON object: `v`, `event`, and the event's fields by name."""
    record: dict[str, Any] = {"v": VERSION, "event": NAMES.get(type(event), type(event).__name__)}
    for field in fields(event):
        record[field.name] = _plain(getattr(event, field.name))
    return record


def _plain(value: Any) -> Any:
    match value:
        case Task():
            return {"number": value.number, "title": value.title}
        case Item():
            return {"id": value.id, "text": value.text}
        case Plan():
            return {"actions": [_plain(action) for action in value.actions], "remarks": list(value.remarks)}
        case Action():
            paths = [str(path) for path in value.touches()]
            return {
                "kind": type(value).__name__,
                "text": value.describe(),
                "preview": value.preview(),
                "paths": paths,
            }
        case Evidence():
            return value.as_record()
        case Finding():
            return {"text": str(value), "warning": value.warning}
        case Diagnosis() | Cause() | Change():
            return value.as_record()
        case tuple():
            return [_plain(part) for part in value]
        case _:
            return value
