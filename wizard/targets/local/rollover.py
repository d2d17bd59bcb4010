"""A second deployment in a rehearsal: the running version and the next one on one database, and the way back.

Source: Railway's documentation of deployment teardown and of rollbacks.
"""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from wizard.base import process
from wizard.base.errors import CommandError
from wizard.project.interpreter import AGENT
from wizard.project.previous_version import PreviousVersion
from wizard.targets.base import Target
from wizard.targets.local.deployment import Deployment
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_session import locked
from wizard.targets.local.previous_deployment import PreviousDeployment
from wizard.targets.local.side_rehearsal import SideRehearsal

FOLDER, DATABASE, LOCKED = "second", "golive_second", "golive_locked"
MOST_SECONDS = 10.0
"""The longest overlap and draining time of a rehearsal."""
SHORTEST_END = 5
"""The fewest seconds that a version must have to answer its last requests. Those of a rehearsal are short ones."""
LOAD_SECONDS = 60.0
"""The time limit of reading each model of the previous version."""
LOCK_SECONDS = 25.0
"""When a migration must have given up. Gunicorn ends a worker that waits for 30 s, and with it the request."""
MIGRATE = re.compile(
    r"(?P<before>(?:[A-Za-z_]\w*=(?:'[^']*'|\"[^\"]*\"|[^\s'\"]*)\s+)*)(?:[\w./-]+ )*[\w./-]*"
    r"(?:manage\.py|django-admin)(?P<options>(?: +-\S+)*) +migrate\b"
)
"""The command that migrates, with the variables before it."""


class Rollover(SideRehearsal):
    """The rehearsal of the deployment that replaces the *previous* version; *new* are its new migrations.

    Migrations of the previous version that were *changed* are run as they were.
    """

    def __init__(
        self,
        target: Target,
        server: Postgres,
        previous: PreviousVersion | None,
        new: list[Path],
        changed: list[Path] | None = None,
    ) -> None:
        super().__init__(target, server, FOLDER, DATABASE)
        self.previous, self.new, self.changed = previous, new, changed or []

    @cached_property
    def deployment(self) -> Deployment:
        """The deployment that gets the requests; at first the previous version."""
        others = [*self.new, *self.changed]
        made = PreviousDeployment(self.project, self.work / "previous", _silent, self.previous, others)
        return self._observed(made)

    @cached_property
    def first(self) -> Deployment:
        """The previous version, also while the next one gets the requests."""
        return self.deployment

    @cached_property
    def next(self) -> Deployment:
        """The next version, in the network of the previous one."""
        made = Deployment(self.project, self.work / "next", _silent)
        made.network, made.traffic = self.first.network, self.first.traffic
        return made

    # ---- deployments

    def start_previous(self) -> None:
        """Deploy the previous version on an empty database, and let it get the requests.

        Raises:
            StepError, CommandError: it doesn't start, or is unhealthy.
        """
        self.server.make_database(DATABASE)
        self._prepare(self.first)
        self._start(self.first, self.environment())
        self.lead_to(self.first)

    def start_next(self) -> None:
        """Deploy the next version on the same database, with its migrations. The previous one keeps the requests.

        Raises:
            StepError, CommandError: it doesn't start, or is unhealthy.
        """
        self._prepare(self.next)
        self._start(self.next, self.environment())

    def start_previous_again(self) -> None:
        """Start the previous version on the tables of the next one, as a rollback does.

        Raises:
            CommandError: it doesn't start, or is unhealthy.
        """
        self._start(self.first, self.environment())

    def _prepare(self, deployment: Deployment) -> None:
        """Build *deployment*, and run what the platform runs before its start."""
        self.build(deployment, self.environment())
        with self._chosen(deployment):
            if self.answers.get("migrate") == "pre-deploy":
                self._run_pre_deploy_command()
        for command in deployment.source().pre_deploy:
            deployment.run_before_start(command, self.environment())

    @contextmanager
    def _chosen(self, deployment: Deployment) -> Iterator[None]:
        """Run management commands in *deployment* while the block runs."""
        before, self.deployment = self.deployment, deployment
        try:
            yield
        finally:
            self.deployment = before

    def lead_to(self, deployment: Deployment) -> None:
        """Let *deployment* get the requests from now on."""
        self.deployment, self.servers.edge.upstream = deployment, deployment.port

    def replace(self, old: Deployment, new: Deployment) -> str:
        """Let *new* get the requests and stop *old*, as the platform does. Returns what is wrong with its end."""
        overlap, draining = (self._seconds(name) for name in (self.project.platform.overlap_variable,
                                                              self.project.platform.draining_variable))  # fmt: skip
        self.lead_to(new)
        if overlap:
            self.servers.loop.run(self.servers.edge.answered(old.port, overlap))
        if old.stop(draining) or not draining:
            return ""
        return f"the previous version still ran {draining:g} s after SIGTERM, and was killed"

    def _seconds(self, variable: str) -> float:
        """The seconds that the service's *variable* has, or what a platform without such a variable gives it."""
        if not variable:
            return MOST_SECONDS
        return min(float(seconds_of(self.environment().get(variable, ""))), MOST_SECONDS)

    # ---- management commands

    def table_problems(self, deployment: Deployment | None = None) -> list[str]:
        """What the code of *deployment*, else of the previous version, can't do on the tables as they are now.

        Raises:
            CommandError: its code can't be loaded.
        """
        program = (AGENT.parent / "table_reads.py").read_text("utf-8")
        of, module = deployment or self.first, self.project.production_module
        values = self.environment(DJANGO_SETTINGS_MODULE=module, **of.import_variables())
        done = process.run(
            of.inside([str(of.python), "-"]), cwd=of.root, env=process.marked(values, self.project.root),
            on_line=self.on_line, stdin=program, capture_stdout=True, timeout=LOAD_SECONDS,
        )  # fmt: skip
        lines = done.output.strip().splitlines()
        if done.returncode or not lines:
            raise CommandError("The models of one version can't be loaded", done.errors.strip()[-300:])
        return [str(problem) for problem in json.loads(lines[-1])]

    def migrate_while_locked(self) -> tuple[process.Completed | None, float]:
        """Run `migrate` of the next version as its start does, while another transaction holds a lock that it needs.

        It runs on a copy of the database, so that nothing else waits. Returns how it ended, or None if it still waited
        after LOCK_SECONDS, and the seconds that it took.

        Raises:
            CommandError: there is no such lock, because the migrations did not run on this database.
        """
        source = self.next.source()
        found = MIGRATE.search(f"{source.at_start()}\n{' '.join(source.pre_deploy)}")
        before, options = (found["before"], found["options"]) if found else ("", "")
        command = f"{before}{shlex.quote(str(self.next.python))} manage.py{options} migrate --noinput"
        values = {**source.environment, **_on_copy(self.environment(**self.next.import_variables()))}
        environment = process.marked(values, self.project.root)
        self.server.copy_database(DATABASE, LOCKED)
        with locked(self.server, LOCKED, "django_migrations"):
            began = time.monotonic()
            with suppress(CommandError):  # it is stopped after that time
                done = process.run(self.next.inside(["/bin/sh", "-c", command]), cwd=self.next.root, env=environment,
                                   on_line=self.on_line, timeout=LOCK_SECONDS)  # fmt: skip
                return done, time.monotonic() - began
            return None, time.monotonic() - began

    def load_seed(self) -> None:
        """Load the fixture of golive.yaml by the deployment that gets the requests, once."""
        if self.config.seed and not self._seeded:
            done = self._run_manage("loaddata", self.config.seed)
            self._seeded = not done.returncode

    def services(self) -> list[Deployment]:
        return [getattr(self, name) for name in ("first", "next") if self.is_started(name)]


def seconds_of(value: str) -> int:
    """The seconds that the *value* of a variable gives a deployment. 0 if it is no number."""
    return int(value) if value.isdecimal() else 0


def _on_copy(environment: Mapping[str, str]) -> dict[str, str]:
    """*environment* with the copy in place of the database, in each variable that names it."""
    return {name: value.replace(DATABASE, LOCKED) for name, value in environment.items()}


def _silent(line: str) -> None:
    """Show nothing of a server's output: it logs each of the requests that go on all the time."""
