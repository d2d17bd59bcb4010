"""Deployments of the site's service at Railway: upload, rollback, and commands that run once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import CommandError, DeploymentError
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers
from wizard.project import release_copy
from wizard.project.project import Project
from wizard.services.response_guard import guard_responses
from wizard.targets.railway.api import BAD, nodes
from wizard.targets.railway.deployment_progress import LOG_LINES, DeploymentProgress
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.railway_error import RailwayError
from wizard.targets.railway.service_config import ServiceConfig

RUNTIME_FILES = (".log", ".sqlite3", ".pyc")
"""Files that a run of the project creates. A change to them needs no deployment."""

ONCE = "railway.once_deployments"
"""The fact with the deployments that had a command which runs once."""


@guard_responses("Railway")
@dataclass
class Deployments:
    railway: RailwayProject
    config: ServiceConfig
    progress: DeploymentProgress
    project: Project
    answers: Answers
    on_line: Callable[[str], None]
    made: list[str] = field(default_factory=list)
    """The ids of the deployments of this run."""
    _failed: tuple[str, CommandError] | None = None

    # ---- state

    def fingerprint(self) -> str:
        """Return a hash of the files to upload, the service's settings and its variables."""
        digest = hashlib.sha256(f"{self.config.settings()} {self.railway.facts.get('railway.variables')}".encode())
        for path in sorted(self.project.copy.files()):
            if path.suffix not in RUNTIME_FILES and path.is_file():
                digest.update(str(path.relative_to(self.project.top)).encode("utf-8", "surrogateescape") + b"\0")
                digest.update(str(files.digest_of(path)).encode() + b"\n")
        return digest.hexdigest()

    def is_stale(self) -> bool:
        """Return whether the project changed since the last deployment."""
        return self.railway.facts.get("railway.deployed") != self.fingerprint()

    def has_failed(self) -> bool:
        """Return whether the last deployment failed, or has crashed since then."""
        deployment_id = self.railway.facts.get("railway.deployment")
        return bool(deployment_id) and self.status(deployment_id) in BAD

    def status(self, deployment_id: str) -> str:
        return str(self.railway.api.ask("status", id=deployment_id)["deployment"]["status"])

    def log(self, deployment_id: str = "") -> list[str]:
        """Return the newest lines of a deployment's log, by default of the running service."""
        deployment_id = deployment_id or self.railway.facts.get("railway.deployment")
        lines = self.railway.api.ask("log", id=deployment_id, limit=LOG_LINES)["deploymentLogs"]
        return [redact(str(line["message"])) for line in lines]

    def _recent(self, service_id: str = "") -> list[dict[str, Any]]:
        """The newest deployments of the site, or of another service."""
        ids = {**self.config.ids, **({"serviceId": service_id} if service_id else {})}
        return nodes(self.railway.api.ask("deployments", input=ids, first=20)["deployments"])

    def earlier(self) -> dict[str, Any] | None:
        """Return the newest deployment before the running one that Railway can go back to, or None.

        A deployment with a command that runs once is left out: Railway would run it again.
        """
        running, once = self.railway.facts.get("railway.deployment"), self._once()
        return next(
            (each for each in self._recent() if each["canRollback"] and each["id"] not in {running, *once}), None
        )

    def _once(self) -> list[str]:
        """The deployments with a command that ran once."""
        return self.railway.facts.get(ONCE).split()

    def is_once(self, deployment_id: str) -> bool:
        return deployment_id in self._once()

    def _newest_id(self, service_id: str = "") -> str:
        return next((str(deployment["id"]) for deployment in self._recent(service_id)), "")

    # ---- deploy

    def deploy(self, host: str) -> None:
        """Upload the project and wait until it is deployed and reachable.

        Raises:
            CommandError: the deployment failed. Says in which step, and has the end of its log.
            RailwayError: Railway refused it, or the connection was lost twice.
        """
        self._clean_up()
        state = self.fingerprint()
        if self._failed and self._failed[0] == state:
            raise self._failed[1]  # nothing changed since it failed
        before = self._newest_id()
        folder = self._export()
        try:
            deployment_id = self._upload(folder, before)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.railway.facts.put("railway.deployment", deployment_id)
        self.made.append(deployment_id)
        try:
            self._follow(deployment_id, host)
        except CommandError as error:
            self._failed = (state, error)
            raise
        self.railway.facts.put("railway.deployed", state)

    def deploy_beside(self, service_id: str, name: str) -> None:
        """Upload the project to another service, which runs a worker or a scheduler, and wait for its start.

        Raises:
            CommandError: the deployment failed. Says in which step, and has the end of its log.
        """
        before, folder = self._newest_id(service_id), self._export()
        try:
            deployment_id = self._upload(folder, before, service_id, name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.progress.wait_for_end(deployment_id)

    def _export(self) -> Path:
        """Copy the files to deploy: no .env file, no virtual environment, nothing that git ignores."""
        folder = self.project.work / "upload"
        shutil.rmtree(folder, ignore_errors=True)
        release_copy.export(self.project.copy.files(), self.project.top, folder)
        return folder

    def _upload(self, folder: Path, before: str, service_id: str = "", name: str = "") -> str:
        """Run `railway up` and return the new deployment's id; *before* is the id of the newest one so far.

        The command's exit code does not say whether the deployment succeeds, so only the id is used.
        """
        source = folder / self.config.upload_root().relative_to(self.project.top)
        command = ("up", str(source), "--path-as-root", "--no-gitignore", "--service",
                   name or self.railway.facts.get("railway.service_name"), "--detach", "--json")  # fmt: skip
        for attempt in (1, 2):
            try:
                return str(self.railway.cli.json(*command, timeout=900)["deploymentId"])
            except RailwayError as error:
                if error.kind != "network":
                    raise
                # Railway builds an upload that was complete before the connection was lost.
                if (newest := self._newest_id(service_id)) != before:
                    self.on_line("The connection was lost, but the upload is complete")
                    return newest
                if attempt == 2:
                    raise
                self.on_line("The connection was lost during the upload; trying again")
        raise AssertionError("the second attempt returns or raises")

    def _follow(self, deployment_id: str, host: str) -> None:
        """Wait for a deployment; if it fails and the answer `rollback` is yes, roll back."""
        try:
            self.progress.wait_for_end(deployment_id)
            self.progress.wait_until_reachable(deployment_id, host)
        except CommandError as error:
            if self.answers.get("rollback") != "yes":
                raise
            earlier = (entry for entry in self._recent() if entry["id"] != deployment_id and entry["canRollback"])
            good = next((str(entry["id"]) for entry in earlier), "")
            if not good:
                raise
            self.railway.api.ask("rollback", id=good)
            restored = self._newest_id()
            self.progress.wait_for_end(restored)
            self.railway.facts.put("railway.deployment", restored)
            raise DeploymentError(f"{error.what}; rolled back to the last good deployment", error.why, error.hint,
                               output=error.output, summary=f"{error.summary}; rolled back") from error  # fmt: skip

    def roll_to(self, deployment_id: str, host: str) -> None:
        """Let Railway run an earlier deployment again, with its image and variables, and wait until it is reachable.

        Raises:
            RailwayError: Railway refused it. What ran before still runs.
            CommandError: it failed.
        """
        self.railway.api.ask("rollback", id=deployment_id)
        made = self._newest_id()
        self.progress.wait_for_end(made)
        self.railway.facts.put("railway.deployment", made)
        self.progress.wait_until_reachable(made, host)

    # ---- commands

    def run_once(self, command: str, environment: dict[str, str], host: str) -> None:
        """Run *command* once inside Railway with *environment*, where it reaches the private database.

        The current image is deployed again with *command* added to the pre-deploy command. Command and variables are
        removed afterwards.

        Raises:
            CommandError: the deployment failed.
        """
        self._clean_up()
        facts = self.railway.facts
        facts.put("railway.once", " ".join(environment))
        before, running = self.config.settings()["preDeployCommand"], facts.get("railway.deployment")
        once = self.config.in_project_folder(command)
        try:
            self.config.set_variables(environment)
            self.config.update_settings({"preDeployCommand": [" && ".join([*before, once])]})
            answer = self.railway.api.ask("redeploy", id=running)
            deployment_id = str(answer["deploymentRedeploy"]["id"])
            facts.put("railway.deployment", deployment_id)
            facts.put(ONCE, " ".join([*self._once(), deployment_id]))
            self._follow(deployment_id, host)
        except CommandError:
            facts.put("railway.deployment", running)  # the deployment before is still active
            raise
        finally:
            self._clean_up()

    def _clean_up(self) -> None:
        """Remove the command and variables of `run_once`, including those of a run that was killed."""
        names = self.railway.facts.get("railway.once").split()
        if not names:
            return
        self.config.update_settings({"preDeployCommand": self.config.settings()["preDeployCommand"]})
        self.config.delete_variables(names)
        self.railway.facts.put("railway.once", "")
