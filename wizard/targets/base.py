"""What every target offers of production: where the site is, its services, what of them was seen. Steps see only this.

`Rehearsal` is production on this machine, `Railway` the real one. A part that is not real is only rehearsed, even
where the rest is: a person without an account at one service can go on with a stand-in for that one alone.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from wizard.base import process
from wizard.checklist.answers import Answers, Question
from wizard.checklist.model import Checklist
from wizard.plan.actions import Action
from wizard.project.platform import RAILWAY, Platform
from wizard.project.project import Project
from wizard.services.cloudinary import Cloudinary
from wizard.services.sentry import Sentry
from wizard.services.uptimerobot import UptimeRobot
from wizard.site.journey_reader import read_config
from wizard.site.journey_runner import Outcome
from wizard.site.journeys import ProjectConfig
from wizard.site.session import Site
from wizard.state.state_file import Facts

if TYPE_CHECKING:
    from wizard.targets.local.edge import TrafficShape
    from wizard.targets.local.postgres import Postgres

FRONTEND = "https://frontend.example.com"
PLATFORMS = ("DATABASE_URL", "PORT")
"""What the platform sets, whatever .env.production says."""


class Stage(StrEnum):
    """The part of a deployment that a task works on. A target offers actions, questions and remarks for each."""

    ACCOUNTS = "accounts"
    PLATFORM = "platform"
    SENTRY = "sentry"
    VARIABLES = "variables"
    DEPLOY = "deploy"
    TEST = "test"
    MONITOR = "monitor"
    SECURITY = "security"
    ERRORS = "errors"


@dataclass(frozen=True)
class Observation:
    """What was looked at and what it showed; *holds* is None where it waits for a person."""

    holds: bool | None
    kind: str
    ran: str
    showed: str
    real: bool = True


@dataclass(frozen=True)
class Database:
    """A database this machine can reach: *url*, told as *what*; *server* is ours to restart, or None."""

    url: str
    description: str
    server: Postgres | None


class Target(ABC):
    """One project's production. Parts start, or are asked for, when they are first needed, and end with `close`."""

    real: ClassVar[bool]
    platform: ClassVar[Platform] = RAILWAY
    """The platform that runs the service. A target on another one names its own."""

    def __init__(
        self,
        project: Project,
        on_line: Callable[[str], None],
        answers: Answers,
        facts: Facts,
        checklist: Checklist,
    ) -> None:
        self.project, self.on_line, self.answers = project, on_line, answers
        self.facts, self.checklist = facts, checklist
        self.may_write = True
        """Whether a look may leave traces in production: `golive check` only reads there."""
        self.superuser: dict[str, str] = {}
        self.journey_outcomes: dict[str, list[Outcome]] | None = None
        """What the flows showed, where they may be run only once."""
        self.payment_skip_reason = ""
        """Why flows that pay are left out; empty where they aren't."""
        self.interact: Callable[[list[str]], int] | None = None
        """Hands the terminal to a program, where a person sits at one."""

    # ---- what a plan may want to do there

    def questions(self, stage: Stage) -> list[Question]:
        """What has to be known before *stage* can change anything there."""
        return []

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        """What *stage* still has to create. *changed*: whether the task's own edits change the project."""
        return []

    def remarks(self, stage: Stage) -> tuple[str, ...]:
        """What a person should know first, such as what it costs."""
        return ()

    def perform(self, part: str) -> dict[str, str]:
        """Make *part* there, or find it; returns facts for the journal, never a secret."""
        raise NotImplementedError(part)

    # ---- where the site is

    @property
    @abstractmethod
    def host(self) -> str:
        """The site's public name.

        Raises:
            NotYetError: it has none yet.
        """

    @property
    @abstractmethod
    def database(self) -> Database: ...

    def connected_accounts(self) -> str:
        """The services that have an account of the person's; without one more of them, nothing new can be seen."""
        return ""

    @abstractmethod
    def account_statuses(self) -> Iterator[Observation]:
        """Whether the platform, the error service and the monitor know who asks, in this order."""

    @abstractmethod
    def project_status(self) -> Observation:
        """The project at the platform."""

    @abstractmethod
    def database_status(self) -> Observation:
        """Its database."""

    @abstractmethod
    def database_url_status(self) -> Observation:
        """DATABASE_URL, without its password."""

    @abstractmethod
    def connection_status(self) -> Observation | None:
        """The database as the running service sees it; None where there is no such view yet."""

    @abstractmethod
    def variables(self) -> dict[str, str]:
        """The variables the platform holds for the service, as the service gets them.

        Raises:
            NotYetError: there is no service yet.
        """

    # ---- the service

    @abstractmethod
    def deployment_status(self) -> Observation:
        """The deployment of what the project is now."""

    @abstractmethod
    def log_error_lines(self) -> list[str]:
        """Lines of the service's log that tell of an error, the last deployment's even if it failed; starts nothing."""

    @abstractmethod
    def log_status(self) -> Observation:
        """Errors in the log of the running service."""

    @abstractmethod
    def site(self) -> Site:
        """The deployed site, as its visitors reach it.

        Raises:
            NotYetError: nothing is deployed yet.
            StepError: it doesn't start or stays unhealthy.
        """

    @abstractmethod
    def throttled_site(self, shape: TrafficShape) -> AbstractContextManager[Site]:
        """The site through a connection of *shape*."""

    def superuser_password_action(self, fields: dict[str, str]) -> Action | None:
        """Keeps an account with *fields* and a new password in .env.production, where it isn't there yet."""
        return None

    @abstractmethod
    def ensure_superuser(self, fields: dict[str, str]) -> dict[str, str]:
        """The superuser with *fields*: `username`, `email`, `password`; or `failed`, with the reason."""

    @abstractmethod
    def load_seed(self) -> None:
        """Put the data in that golive.yaml names, where that is wanted."""

    @abstractmethod
    def data_status(self) -> Observation:
        """That the database holds data."""

    def backup_restore_status(self) -> Observation | None:
        """A backup made and restored, where that can be tried."""
        return None

    def backup_schedule_status(self) -> Observation | None:
        """Whether backups are made by themselves."""
        return None

    # ---- its services

    @property
    @abstractmethod
    def sentry(self) -> Sentry: ...

    @property
    @abstractmethod
    def uptimerobot(self) -> UptimeRobot: ...

    @property
    @abstractmethod
    def cloudinary(self) -> Cloudinary: ...

    @property
    @abstractmethod
    def checkout_url(self) -> str:
        """Where a flow pays an order, as a person at the hosted checkout would: a base URL.

        Raises:
            NotYetError: here nobody but a person may pay; says why.
        """

    def check_credentials(self, service: str) -> Observation | None:
        """Whether `razorpay` or `cloudinary` knows the site's keys; asked without side effects."""
        return None

    @abstractmethod
    def health_monitor(self) -> dict[str, Any]:
        """The monitor of the health address.

        Raises:
            NotYetError: there is none yet.
        """

    @abstractmethod
    def alert_status(self, monitor: dict[str, Any]) -> Observation:
        """Whether an outage reaches a person."""

    # ---- what all targets share

    @cached_property
    def config(self) -> ProjectConfig:
        """What the project's golive.yaml says of the rehearsal, and its flows."""
        return read_config(self.project.root)

    def is_started(self, part: str) -> bool:
        """Whether *part* was started."""
        return part in self.__dict__

    def settings_variables(self, pattern: str) -> list[str]:
        """Variables the settings read whose names match *pattern*."""
        names = {name for _, name, _, _ in self.project.settings.reads()} | set(self.project.placeholders)
        return sorted(name for name in names if re.search(pattern, name))

    def env_file_values(self) -> dict[str, str]:
        """What .env.production holds for the service."""
        values = self.project.service_values()
        return {name: value for name, value in values.items() if name not in PLATFORMS}

    def environment(self, **extra: str) -> dict[str, str]:
        """The whole environment of the service's process: nothing of the person's own but what every process needs.

        Without the mark by which a run finds its own processes: what a target of another package starts stays.
        """
        values = {**self.project.production_environment(), **self.variables(), **extra}
        return {name: value for name, value in values.items() if name != process.MARK}

    def csrf_cookie_name(self) -> str:
        return str(self.project.value("CSRF_COOKIE_NAME") or "csrftoken")

    @abstractmethod
    def interrupt(self) -> None:
        """Let whoever waits for the deployment see it end."""

    @abstractmethod
    def close(self) -> None:
        """End what was started."""
