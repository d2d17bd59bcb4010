"""A piece of work for the engine's thread, and its result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wizard.base.errors import GoliveError
from wizard.checklist.model import Task
from wizard.diagnosis.cause import Cause
from wizard.engine.events import TaskFailed


@dataclass
class WorkItem:
    """*title* names the work in messages; *tasks* are the tasks it runs, *current_task* the one in progress."""

    title: str
    work: Callable[[], Any]
    tasks: list[Task] = field(default_factory=list)
    on_success: Callable[[Any], None] | None = None
    """Called with the result."""
    unattended: bool = False
    """Whether Golive runs without the user: all questions are answered, and the coffee break is skipped."""
    current_task: Task | None = None
    result: Any = None
    error: GoliveError | None = None
    cause: Cause | None = None
    """Why *error* ended the work."""
    failure: TaskFailed | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started
