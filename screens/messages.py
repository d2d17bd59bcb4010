"""Messages to the app: screens to open, and news from the engine's thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from screens.work_item import WorkItem
    from wizard.checklist.model import Task
    from wizard.engine.events import Event, TaskFailed


class OpenDashboard(Message):
    """The project is open: show the dashboard, and the task the user was working on."""


@dataclass
class OpenTask(Message):
    """Show *task*, with the item of the id *item* selected."""

    task: Task
    item: str = ""


@dataclass
class OpenSearch(Message):
    """Show the search, with *words* already typed."""

    words: str = ""


class OpenGoLiveBoard(Message):
    """Show the go-live lists."""


@dataclass
class OpenJourneys(Message):
    """Show the user journeys, with the first one about the item of the id *item* selected."""

    item: str = ""


@dataclass
class OpenFailure(Message):
    """Show *failure* with its diagnosis."""

    failure: TaskFailed


@dataclass
class EngineEvent(Message):
    """The engine emitted *event*."""

    event: Event


@dataclass
class WorkEnded(Message):
    """*work_item* has ended. All of its engine events were posted before."""

    work_item: WorkItem
