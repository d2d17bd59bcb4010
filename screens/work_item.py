"""A piece of work for the engine's thread, and how it went."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from textual.message import Message

from wizard.base.errors import GoliveError
from wizard.checklist.model import Task
from wizard.engine.events import Event, TaskFailed


@dataclass
class Job:
    """*told* names it to a person; *tasks* are those it works on, *now* the one at hand."""

    told: str
    work: Callable[[], Any]
    tasks: list[Task] = field(default_factory=list)
    then: Callable[[Any], None] | None = None
    """Gets the result, once it ended well."""
    alone: bool = False
    """Whether the person left Golive to it: their questions are answered, their break is now."""
    now: Task | None = None
    result: Any = None
    error: GoliveError | None = None
    failure: TaskFailed | None = None
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


@dataclass
class Happened(Message):
    """An event of the engine."""

    event: Event


@dataclass
class Ended(Message):
    """A job is over; everything that happened in it was told before."""

    job: Job
