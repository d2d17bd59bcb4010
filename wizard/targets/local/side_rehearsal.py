"""A rehearsal beside the rehearsal: another database, edge and folder, so that the service is not disturbed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cached_property

from wizard.project import release_environment
from wizard.targets.base import Database, Target
from wizard.targets.local.deployment import Deployment
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.rehearsal import Rehearsal


class SideRehearsal(Rehearsal):
    """Deploys the project of *target* to *folder*, on the database *name* of *server*, until `close`."""

    def __init__(self, target: Target, server: Postgres, folder: str, name: str) -> None:
        super().__init__(target.project, target.on_line, target.answers, target.facts, target.checklist)
        self.server, self.name, self.work = server, name, target.project.work / folder

    @cached_property
    def database(self) -> Database:
        description = f"PostgreSQL {self.server.version} on this machine"
        return Database(self.server.url(database=self.name), description, self.server)

    @cached_property
    def deployment(self) -> Deployment:
        return self._observed(Deployment(self.project, self.work / "site", self.on_line))

    def deployed(self) -> Deployment:
        """Return the service that gets the requests. It is started by other methods."""
        return self.deployment

    def start(self) -> None:
        """Build the service, start it, and let it get the requests.

        Raises:
            StepError, CommandError: it doesn't start, or is unhealthy.
        """
        self.build(self.deployment, self.environment())
        self._start(self.deployment, self.environment())
        self.servers.edge.upstream = self.deployment.port

    def build(self, deployment: Deployment, environment: Mapping[str, str]) -> None:
        """Build *deployment* with the packages of its dependency file."""
        deployment.build()
        deployment.use(release_environment.provide(self.project, deployment.folder, self.on_line))
        deployment.run_build(environment)

    def services(self) -> list[Deployment]:
        """The deployments that may run."""
        return [self.deployment] if self.is_started("deployment") else []

    def interrupt(self) -> None:
        for service in self.services():
            service.interrupt()

    def close(self) -> None:
        for service in self.services():
            service.stop()
        self._close_parts()
        shutil.rmtree(self.work, ignore_errors=True)
