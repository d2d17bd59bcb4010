"""The deployed service of a rehearsal: when it is deployed again, and which deployment the edge leads to."""

from __future__ import annotations

import shutil
from collections import deque
from dataclasses import dataclass, replace
from functools import cached_property

from wizard.base import process
from wizard.base.errors import CommandError, StepError
from wizard.project import release_copy, release_environment
from wizard.targets.deployment_failure import DeploymentFailure
from wizard.targets.local.deployment import LOG_LINES, Deployment
from wizard.targets.local.observed_site import ObservedSite

SERVICE, BESIDE = "deployed", "deployed-beside"
"""Folders of the service, and of one that runs for a short time beside it."""


@dataclass(frozen=True)
class Waiting:
    """A deployment that keeps running while another one gets the requests. *state* is what it was made of."""

    deployment: Deployment
    state: str


class DeployedSite(ObservedSite):
    """The part of a rehearsal that deploys the service.

    What already runs is not deployed again: a temporary change is deployed beside the service, which gets the requests
    again once the change is taken back.
    """

    _deployed_from = ""
    _installed = ""
    _waiting: Waiting | None = None

    @cached_property
    def deployment(self) -> Deployment:
        return self._observed(Deployment(self.project, self.project.work / SERVICE, self.on_line))

    @cached_property
    def _earlier_lines(self) -> deque[str]:
        """The log of the earlier deployments of this run."""
        return deque(maxlen=LOG_LINES)

    def deployments(self) -> list[Deployment]:
        """All deployments that may run: the one with the requests, and one that waits."""
        return [self.deployment, *([self._waiting.deployment] if self._waiting else [])]

    def deployed(self) -> Deployment:
        """Return the running service; it is deployed again if what would be deployed has changed.

        Raises:
            StepError, CommandError: it doesn't start, or is unhealthy.
            NotYetError: its deployment failed in an earlier task, and nothing has changed since.
        """
        state = self._state()
        if self._waiting and self._waiting.state == state and self._waiting.deployment.running:
            self._return_to(self._waiting)
        elif not self.deployment.running or self._deployed_from != state:
            self.require_no_failure(state, deployed=bool(self._deployed_from))
            self.redeploy()
        return self.deployment

    def _state(self) -> str:
        """A hash of all that a deployment is made of."""
        files = release_copy.digest_of(self.project.copy.files(), self.project.top, self.project.production_env)
        return f"{files} {self.answers.fingerprint()}"

    def redeploy(self) -> None:
        """Build the service and start it, with an empty log."""
        try:
            if self.temporary and self.deployment.running:
                self._deploy_beside()
            else:
                self._deploy()
        except StepError as error:
            self.reject(error)
            raise
        self._deployed_from, self.failure = self._state(), None

    def _deploy(self) -> None:
        """Stop the service, build it anew, and start it."""
        self._stop_all()
        self.deployment.build()
        self._install()
        self.deployment.run_build(self.environment())
        if self.answers.get("migrate") == "pre-deploy":
            self._run_pre_deploy_command()
        for command in self.deployment.source().pre_deploy:
            self.deployment.run_before_start(command, self.environment())
        self.restart()

    def _stop_all(self) -> None:
        """Stop every deployment. Only that of the service remains, with an empty log."""
        for deployment in self.deployments():
            deployment.stop()
            self._earlier_lines += deployment.take_log()
        if self._waiting:
            self.deployment, self._waiting = self._waiting.deployment, None

    def _deploy_beside(self) -> None:
        """Start the changed files in a copy of the service's folder, while the service keeps running.

        A temporary change needs no migration and no static file of its own, so only the server starts.
        """
        if self._waiting is not None:
            self.deployment.stop()
            self._earlier_lines += self.deployment.take_log()
        else:
            self._waiting = Waiting(self.deployment, self._deployed_from)
        service = self._waiting.deployment
        self.deployment = Deployment(self.project, self.project.work / BESIDE, self.on_line)
        self.deployment.network, self.deployment.traffic = service.network, service.traffic
        self.deployment.build(service)
        self._install()
        self.restart(server_only=True)

    def _return_to(self, waiting: Waiting) -> None:
        """Stop the deployment of a temporary change, and lead the requests to the service that kept running."""
        self.deployment.stop()
        self._earlier_lines += self.deployment.take_log()
        shutil.rmtree(self.deployment.folder, ignore_errors=True)
        self.deployment, self._waiting = waiting.deployment, None
        self.servers.edge.upstream = self.deployment.port
        self._deployed_from, self.failure = waiting.state, None

    def reject(self, why: str | StepError) -> None:
        self.deployment.stop()
        self.failure = DeploymentFailure.of(self.task_number, why, self._state())

    def _install(self) -> None:
        """Let the deployment run with the packages of the dependency file alone. Does nothing if that is unchanged.

        Raises:
            InstallError: they can't be installed.
        """
        self.deployment.use(found := release_environment.provide(self.project, self.deployment.folder, self.on_line))
        self._installed = found.description

    def _run_pre_deploy_command(self) -> None:
        """Migrate before the service starts.

        Raises:
            CommandError: it failed. Has the end of its output.
        """
        done = self._run_manage("migrate", "--noinput")
        if done.returncode:
            raise CommandError("The pre-deploy command `migrate` failed", done.last_lines(3),
                               "Fix the migration, then run the task again.", output=done.output)  # fmt: skip

    def restart(self, *, server_only: bool = False) -> None:
        """Start the stopped service without building it again; with *server_only*, without its management commands."""
        self._start(self.deployment, self.environment(), server_only=server_only)
        self.servers.edge.upstream = self.deployment.port

    def manage(self, *arguments: str, **variables: str) -> process.Completed:
        """Run a management command in the deployed copy, with the service's environment and *variables*."""
        self.deployed()
        return self._run_manage(*arguments, **variables)

    def run_python(self, code: str, **variables: str) -> process.Completed | None:
        return self.manage("shell", "-c", code, **variables)

    def _run_manage(self, *arguments: str, **variables: str) -> process.Completed:
        process.spent.interpreters += 1
        argv = [str(self.deployment.python), "manage.py", *arguments]
        variables |= self.deployment.import_variables()
        environment = process.marked(self.environment(**variables), self.project.root)
        inside = self.deployment.inside(argv)
        done = process.run(inside, cwd=self.deployment.root, env=environment, on_line=self.on_line)
        return replace(done, argv=tuple(argv))

    def interrupt(self) -> None:
        if self.is_started("deployment"):
            self.deployment.interrupt()
