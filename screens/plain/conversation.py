"""The interface of the plain session for the conversation about one task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from screens.engine_session import EngineSession
from wizard.checklist.model import Task
from wizard.engine.events import TaskFailed
from wizard.plan.actions import Finding

T = TypeVar("T")


class Conversation(Protocol):
    @property
    def session(self) -> EngineSession:
        """The open project."""

    def work(self, call: Callable[[], T]) -> T:
        """Run *call* on the engine's thread and print its events; Ctrl-C stops it.

        Raises:
            GoliveError: it failed, or was stopped.
        """

    def say(self, text: str) -> None:
        """Print *text*, with paths relative to the project."""

    def say_findings(self, findings: list[Finding]) -> None: ...

    def run_tasks(self, tasks: list[Task], *, unattended: bool = False) -> TaskFailed | None:
        """Run *tasks* up to the first that fails; returns the failure."""

    def edit(self, content: bytes, name: str) -> bytes | None:
        """Let the user edit *content* in a file called *name*; None if the editor failed."""
