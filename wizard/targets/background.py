"""The interface of a target's workers, schedulers and Redis, for the steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

Event = Mapping[str, Any]
"""What a process of the project did, as `{"event": "ran", "name": "shop.tasks.mail", "state": "SUCCESS"}`."""


class BackgroundProcess(ABC):
    """A worker or a scheduler, started with the command that the platform runs."""

    name: str
    command: str

    @property
    @abstractmethod
    def running(self) -> bool: ...

    @property
    @abstractmethod
    def succeeded(self) -> bool:
        """Whether it has ended with exit code 0."""

    @abstractmethod
    def failure(self) -> str:
        """Return why it ended, from its log. Empty while it runs."""

    @abstractmethod
    def stop(self) -> bool:
        """Stop it as the platform does. Returns whether SIGTERM was enough."""


class BackgroundRun(ABC):
    """Workers and schedulers of the deployed service, with what they did."""

    @abstractmethod
    def start(self, name: str, command: str) -> BackgroundProcess:
        """Start a process with a shell *command* of the project."""

    @abstractmethod
    def hand_over(self, library: str, token: str, seconds: float = 0.0, queue: str = "") -> str:
        """Hand work of Golive's own to the queue, in a process of the site. Returns the error, or an empty text."""

    @abstractmethod
    def call(self, function: str, *arguments: str) -> str:
        """Call a function of the agent's module `background` in a process of the site. Returns the error, or ''."""

    @abstractmethod
    def events(self) -> list[Event]:
        """Return everything that the processes have done so far."""

    @abstractmethod
    def wait(self, done: Callable[[list[Event]], bool], seconds: float, *processes: BackgroundProcess) -> bool:
        """Wait until the events are *done*, a process has ended, or *seconds* have passed. Returns whether they are."""


class BackgroundTarget:
    """The part of a target that runs workers and schedulers."""

    def redis_description(self) -> str:
        """Return which Redis server the service uses. Empty if its variables name none."""
        return ""

    def redis_values(self) -> dict[str, str]:
        """Return the variables with the address of a Redis server that this machine can reach."""
        return {}

    def redis_hosts(self) -> set[str]:
        """Return the hosts, with their port, of Redis servers that the service has."""
        return set()

    def background_statuses(self, schedules: Sequence[bool]) -> dict[str, Any]:
        """Return observations of what the platform shows of its workers, schedulers and Redis, by item of task 27.

        *schedules* has an entry for each process that the project needs: whether it runs a schedule.
        """
        return {}

    def background_run(self) -> AbstractContextManager[BackgroundRun] | None:
        """Start nothing yet, but stop all that was started at the end. None where Golive can't start processes."""
        return None
