"""The interface of a target: the site, its services, and observations of both. Steps use nothing else of a target.

`Rehearsal` is production on this machine, `Railway` is the real one. A real target can use a local stub of a service
without an account; observations of a stub count as rehearsed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from wizard.base import process
from wizard.checklist.answers import Answers, Question
from wizard.checklist.model import Checklist
from wizard.plan.actions import Action
from wizard.project.project import Project
from wizard.services.cloudinary import Cloudinary
from wizard.services.sentry import Sentry
from wizard.services.uptimerobot import UptimeRobot
from wizard.site.journey_reader import read_config
from wizard.site.journey_runner import Outcome
from wizard.site.journeys import ProjectConfig
from wizard.site.session import Site
from wizard.state.state_file import Facts
from wizard.targets.backed_up import BackedUp
from wizard.targets.background import BackgroundTarget
from wizard.targets.capacity import Capacity
from wizard.targets.contradictions import Contradiction, from_outside
from wizard.targets.deployment_failure import DeploymentFailure
from wizard.targets.observation import Observation as Observation  # noqa: PLC0414 - steps import it from here
from wizard.targets.rollovers import Rollovers
from wizard.targets.upload_store import UploadStore

if TYPE_CHECKING:
    from wizard.targets.local.edge import TrafficShape
    from wizard.targets.local.postgres import Postgres

PLATFORM_VARIABLES = ("DATABASE_URL", "PORT")
"""Variables that the platform sets, so their values in .env.production are ignored."""


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
    BACKGROUND = "background"
    UPLOADS = "uploads"


@dataclass(frozen=True)
class Database:
    """A database that this machine can reach. *server* is set if Golive started it."""

    url: str
    description: str
    server: Postgres | None


class Target(UploadStore, BackgroundTarget, BackedUp, Rollovers, Capacity, ABC):
    """The production environment of one project. Its parts start, or are contacted, on first use; `close` ends them."""

    real: ClassVar[bool]
    """False for a rehearsal."""

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
        """Whether a verification may leave traces in production; False during `golive check`."""
        self.superuser: dict[str, str] = {}
        self.journey_outcomes: dict[str, list[Outcome]] | None = None
        """Outcomes by item, kept on targets where the journeys run only once."""
        self.explored: dict[str, Any] = {}
        """What the journeys that were found by themselves showed, for all tasks of a run; see `steps.shared`."""
        self.payment_skip_reason = ""
        """Why journeys with a payment are skipped; empty if they run."""
        self.task_number, self.temporary = 0, False
        """The task that uses the target now, and whether its changes are taken back at the end of its checks."""
        self.failure: DeploymentFailure | None = None
        """The last deployment, if it failed in this run."""
        self.interact: Callable[[list[str]], int] | None = None
        """A function that runs a program in the user's terminal; None without a terminal."""

    # ---- plans

    def questions(self, stage: Stage) -> list[Question]:
        """Return the questions to answer before *stage* can change anything."""
        return []

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        """Return what *stage* still has to create. *changed*: whether the task's own edits change the project."""
        return []

    def remarks(self, stage: Stage) -> tuple[str, ...]:
        """Return notes to show with the plan, such as costs."""
        return ()

    def perform(self, part: str) -> dict[str, str]:
        """Create *part*, or find it if it exists. Returns facts for the journal, which must not contain secrets."""
        raise NotImplementedError(part)

    # ---- the platform

    @property
    @abstractmethod
    def host(self) -> str:
        """The public name of the site.

        Raises:
            NotYetError: the site has no name yet.
        """

    @property
    @abstractmethod
    def database(self) -> Database: ...

    def connected_accounts(self) -> str:
        """Return the services with credentials. A check that waits for an account runs again when this changes."""
        return ""

    @abstractmethod
    def account_statuses(self) -> Iterator[Observation]:
        """Yield the accounts at the platform, the error service and the uptime monitor, in this order."""

    @abstractmethod
    def project_status(self) -> Observation:
        """Return the state of the project at the platform."""

    @abstractmethod
    def database_status(self) -> Observation:
        """Return the state of its database."""

    @abstractmethod
    def database_url_status(self) -> Observation:
        """Return DATABASE_URL without its password."""

    @abstractmethod
    def connection_status(self) -> Observation | None:
        """Return whether the running service reaches its database, or None if that can't be observed yet."""

    @abstractmethod
    def variables(self) -> dict[str, str]:
        """Return the service's variables at the platform, with references resolved.

        Raises:
            NotYetError: there is no service yet.
        """

    # ---- the service

    def require_no_failure(self, state: str, *, deployed: bool) -> None:
        """Check that no earlier task failed to deploy *state*, a hash of the project. The same task may try again.

        *deployed*: an earlier state was deployed, so another state than the failed one may work.

        Raises:
            NotYetError: one failed. Names it.
        """
        failure = self.failure
        if failure and failure.task != self.task_number and (failure.state == state or not deployed):
            raise failure.as_waiting()

    def reject(self, why: str) -> None:
        """Treat the running deployment as failed, so that the tasks after this one don't use it."""

    @abstractmethod
    def deployment_status(self) -> Observation:
        """Return whether the current state of the project is deployed."""

    def contradictions(self) -> list[Contradiction]:
        """Return what the running service shows against evidence that was made from settings."""
        with self.site() as site:
            return from_outside(site)

    @abstractmethod
    def log_error_lines(self) -> list[str]:
        """Return the error lines of the last deployment's log, even if it failed. Starts nothing."""

    @abstractmethod
    def log_status(self) -> Observation:
        """Return whether the log of the running service is free of errors."""

    def run_log_status(self, known: Collection[str] = ()) -> Observation:
        """Return whether the logs of all deployments of this run are free of errors, except those made on purpose.

        Errors of the URL paths *known* are reported elsewhere.
        """
        return self.log_status()

    @abstractmethod
    def site(self) -> Site:
        """Return the deployed site, as visitors reach it.

        Raises:
            NotYetError: nothing is deployed yet.
            StepError: it doesn't start, or is unhealthy.
        """

    @abstractmethod
    def throttled_site(self, shape: TrafficShape) -> AbstractContextManager[Site]:
        """Return the site through a slow connection."""

    def superuser_password_action(self, fields: dict[str, str]) -> Action | None:
        """Return an action that adds the superuser to .env.production, with *fields* and a new password.

        None if .env.production has one already, or the target needs none.
        """
        return None

    @abstractmethod
    def ensure_superuser(self, fields: dict[str, str]) -> dict[str, str]:
        """Return the superuser's *fields* and `password`. On failure, return the reason as `failed`."""

    def run_python(self, code: str, **variables: str) -> process.Completed | None:
        """Run Python *code* in the project of the service, with *variables*; None where that is not possible."""
        return None

    @abstractmethod
    def load_seed(self) -> None:
        """Load the fixture that golive.yaml names, if the target loads it at this point."""

    @abstractmethod
    def data_status(self) -> Observation:
        """Return whether the database contains data."""

    # ---- external services

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
        """The base URL where a journey pays an order, in place of a customer at the hosted checkout.

        Raises:
            NotYetError: journeys can't pay here. Says why.
        """

    def check_credentials(self, service: str) -> Observation | None:
        """Return whether `razorpay` or `cloudinary` accepts the site's keys, by a request without side effects."""
        return None

    @abstractmethod
    def health_monitor(self) -> dict[str, Any]:
        """Return the uptime monitor of the health URL.

        Raises:
            NotYetError: it is not created yet.
        """

    @abstractmethod
    def alert_status(self, monitor: dict[str, Any]) -> Observation:
        """Return whether *monitor* sends a mail about an outage."""

    # ---- shared by all targets

    @cached_property
    def config(self) -> ProjectConfig:
        """The journeys and the rehearsal's settings from golive.yaml."""
        return read_config(self.project.root)

    def is_started(self, part: str) -> bool:
        """Return whether the cached property *part* was used."""
        return part in self.__dict__

    def settings_variables(self, pattern: str) -> list[str]:
        """Return the environment variables read by the settings whose names match *pattern*."""
        names = {name for _, name, _, _ in self.project.settings.reads()} | set(self.project.placeholders)
        return sorted(name for name in names if re.search(pattern, name))

    def env_file_values(self) -> dict[str, str]:
        """Return the values in .env.production that are for the service."""
        values = self.project.service_values()
        return {name: value for name, value in values.items() if name not in PLATFORM_VARIABLES}

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the complete environment of the service's process, without variables of this machine's user.

        It has only what the platform will give to the service, so nothing that Golive assumes to load the settings. It
        lacks Golive's process marker, so that a server started by a package's target is not ended with the run.
        """
        project = self.project
        values = {"DJANGO_CONFIGURATION": project.configuration} if project.configuration else {}
        values |= {**project.placeholders, **self.platform.environment, **self.variables(), **extra}
        return process.bare_environment(**values)

    def csrf_cookie_name(self) -> str:
        return str(self.project.value("CSRF_COOKIE_NAME") or "csrftoken")

    @abstractmethod
    def interrupt(self) -> None:
        """End a deployment that another thread waits for."""

    @abstractmethod
    def close(self) -> None:
        """End everything that was started."""
