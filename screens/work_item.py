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
class WorkItem:
    """*title* names it for people; *tasks* are those it works on, *current_task* the one in progress."""

    title: str
    work: Callable[[], Any]
    tasks: list[Task] = field(default_factory=list)
    on_success: Callable[[Any], None] | None = None
    """Gets the result, once it ended well."""
    unattended: bool = False
    """Whether the person left Golive to it: their questions are answered, their break is now."""
    current_task: Task | None = None
    result: Any = None
    error: GoliveError | None = None
    failure: TaskFailed | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


@dataclass
class EngineEvent(Message):
    """An event of the engine."""

    event: Event


@dataclass
class WorkEnded(Message):
    """A work_item is over; everything that happened in it was told before."""

    work_item: WorkItem
