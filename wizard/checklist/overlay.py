"""Add the items, tasks and guides of an overlay to a checklist."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Protocol

from wizard.checklist.model import Checklist, Day, Item, Session, Task
from wizard.checklist.yaml_fields import Field

FREE = 100
"""The first number that Golive never gives to a task of its own."""


class Reader(Protocol):
    """The part of `reader.Reader` that overlays use."""

    tasks: dict[int, Task]

    def task(self, field: Field, day: int, session: str, extra: str = "") -> Task: ...
    def item(self, field: Field, task: int) -> Item: ...
    def guide(self, field: Field) -> None: ...


def apply(checklist: Checklist, reader: Reader, values: dict[str, Field]) -> Checklist:
    """*checklist* with the additions of one overlay, given as its fields by key.

    Raises:
        ChecklistError: the overlay is wrong.
    """
    days = checklist.days
    for field in values["tasks"].entries() if "tasks" in values else ():
        days = _with_task(days, reader, field)
    for field in values["items"].entries() if "items" in values else ():
        days = _with_item(days, reader, field)
    for field in values["guides"].entries() if "guides" in values else ():
        reader.guide(field)
    return dataclasses.replace(checklist, days=days)


def _with_task(days: tuple[Day, ...], reader: Reader, field: Field) -> tuple[Day, ...]:
    values = field.mapping("day session", "task title minutes items step why commands files guides links")
    number, title = values["day"].number(), values["session"].text()
    if not any(number == day.number and title == session.title for day in days for session in day.sessions):
        values["day"].refuse(f"day {number}, session {title!r}",
                             "a day of the checklist and the session Morning or Afternoon")  # fmt: skip
    if "task" in values and (own := reader.tasks.get(values["task"].number())) and own.number < FREE:
        values["task"].refuse(f"task {own.number}, which is Golive's “{own.title}”", f"a number from {FREE} on")
    task = reader.task(field, number, title, extra="day session")

    def add(day: Day, session: Session) -> Session:
        if (day.number, session.title) != (number, title):
            return session
        return dataclasses.replace(session, tasks=(*session.tasks, task))

    return _map_sessions(days, add)


def _with_item(days: tuple[Day, ...], reader: Reader, field: Field) -> tuple[Day, ...]:
    values = field.mapping("task id text", "way group here starts")
    number = values["task"].number()
    if number not in reader.tasks:
        values["task"].refuse(f"the unknown task {number}", "the number of a task")
    item = reader.item(field.without("task"), number)
    task = dataclasses.replace(reader.tasks[number], items=(*reader.tasks[number].items, item))
    reader.tasks[number] = task

    def replace(_: Day, session: Session) -> Session:
        tasks = tuple(task if each.number == number else each for each in session.tasks)
        return dataclasses.replace(session, tasks=tasks)

    return _map_sessions(days, replace)


def _map_sessions(days: tuple[Day, ...], change: Callable[[Day, Session], Session]) -> tuple[Day, ...]:
    return tuple(
        dataclasses.replace(day, sessions=tuple(change(day, session) for session in day.sessions)) for day in days
    )
