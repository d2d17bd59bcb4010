"""What the Railway target knows about later deployments and backups: the last change of versions, and the database.

Source: Railway's public schema, and its documentation of deployment teardown, rollbacks, TCP proxies and `connect`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from wizard.base.errors import DeploymentError, NotYetError, StepError, Stopped
from wizard.base.secrets import excerpt, remember
from wizard.checklist.evidence import now
from wizard.project import previous_version
from wizard.project.database import client_environment
from wizard.site.session import Site
from wizard.state.state_file import Facts
from wizard.targets.capacity import Disk
from wizard.targets.local.backup import Origin
from wizard.targets.local.request_loop import Requests, requesting
from wizard.targets.observation import Observation
from wizard.targets.railway.connection_watch import ConnectionWatch
from wizard.targets.railway.parts import RailwayParts
from wizard.targets.railway.tunnel import tunnel

COMMIT = "deployed.commit"
"""The fact with the commit that is deployed."""
ROLLOVER = "railway.rollover"
"""The fact with what visitors noticed of the last deployment, as JSON."""
ROLLBACK = "railway.rollback"
"""The fact with what visitors noticed of a rollback that was tried, as JSON."""
PAUSE = 0.5
"""Seconds between two requests to the real site."""


class RailwayStayLive(RailwayParts):
    """The part of the Railway target that day 4 uses."""

    def disks(self) -> list[Disk]:
        return self.railway_project.disks() if self.railway_project.is_known else []

    # ---- connections

    @cached_property
    def _connections(self) -> ConnectionWatch:
        return ConnectionWatch()

    @contextmanager
    def database_watched(self) -> Iterator[str]:
        with self._connections.watching(self.rehearsal.database.server, self.backup_origin) as why:
            yield why

    def open_connections(self) -> int | None:
        return self._connections.count()

    def connection_limit(self) -> int | None:
        return self._connections.limit()

    # ---- deployments

    @contextmanager
    def watched_rollover(self) -> Iterator[None]:
        """Request the health URL while a deployment replaces another in this block. Keep how many requests failed."""
        if not self.facts.get("railway.deployed"):
            yield
            return
        drained = self.service_config.variables().get(self.platform.draining_variable, "")
        requests = Requests()
        with Site(0, self.host, public=True) as site, requesting(site, ["/health/"], requests, visitors=1, pause=PAUSE):
            yield
        first = excerpt(requests.failures[0], 120) if requests.failures else ""
        record = {"at": now(), "requests": requests.count, "failed": len(requests.failures), "first": first,
                  "drained": drained}  # fmt: skip
        self.facts.put(ROLLOVER, json.dumps(record))

    def rollover_status(self) -> Observation | None:
        record = _record(self.facts, ROLLOVER)
        if record is None:
            return None
        ran, failed = f"{self.health_url} during the deployment at {record.get('at')}", record.get("failed")
        showed = f"{failed} of {record.get('requests')} requests failed"
        if not failed:
            return Observation(True, "request", ran, showed)
        return Observation(False, "request", ran, f"{showed}, the first: {record.get('first')}")

    def rollback_candidate(self) -> str:
        running = self.facts.get("railway.deployment")
        if not running or self.deployments.is_once(running):
            return ""
        earlier = self.deployments.earlier()
        return str(earlier["id"])[:8] if earlier else ""

    def try_rollback(self) -> None:
        """Go back to the earlier deployment and forward again, with requests all the time. Keeps what was seen.

        Raises:
            NotYetError: there is no earlier deployment.
            DeploymentError: the version that ran before could not be deployed again.
        """
        running, earlier = self.facts.get("railway.deployment"), self.deployments.earlier()
        if earlier is None or self.deployments.is_once(running):
            raise NotYetError("There is no rollback to try yet", "Railway keeps no earlier version", "Deploy a change.")
        variables, requests, problem = self.service_config.variables(unrendered=True), Requests(), ""
        with Site(0, self.host, public=True) as site, requesting(site, ["/health/"], requests, visitors=1, pause=PAUSE):
            try:
                self.deployments.roll_to(str(earlier["id"]), self.host)
            except Stopped:
                raise
            except StepError as error:
                problem = excerpt(str(error), 200)
            finally:
                if self.facts.get("railway.deployment") != running:
                    self._forward(running, variables)
        first = excerpt(requests.failures[0], 120) if requests.failures else ""
        record = {"at": now(), "to": str(earlier["id"])[:8], "of": self.facts.get("railway.deployment"),
                  "requests": requests.count, "failed": len(requests.failures), "first": first,
                  "problem": problem}  # fmt: skip
        self.facts.put(ROLLBACK, json.dumps(record))

    def _forward(self, running: str, variables: dict[str, str]) -> None:
        """Deploy again what ran before a rollback, and correct the variables: Railway restores those of each image."""
        try:
            self.deployments.roll_to(running, self.host)
        except StepError as error:
            self.facts.put("railway.deployed", "")  # so that the next run of task 17 deploys the newer version
            hint = "Run task 17: it deploys the newer version."
            raise DeploymentError("The earlier version is running after the rollback was tried",
                                  f"the newer one could not be deployed again: {error}", hint) from error  # fmt: skip
        now_set = self.service_config.variables(unrendered=True)
        if changed := {name: value for name, value in variables.items() if now_set.get(name) != value}:
            self.service_config.set_variables(changed)

    def rollback_trial(self) -> Observation | None:
        record = _record(self.facts, ROLLBACK)
        if record is None or record.get("of") != self.facts.get("railway.deployment"):
            return None
        ran, failed = f"a rollback to {record.get('to')} and forward again, at {record.get('at')}", record.get("failed")
        problems = [str(text) for text in (record.get("problem"), record.get("first")) if text]
        showed = f"{failed} of {record.get('requests')} requests failed"
        return Observation(not problems and not failed, "service", ran, ": ".join([showed, *problems[:1]]))

    def rollback_status(self) -> Observation | None:
        if not self.facts.get("railway.deployment"):
            return None
        deployment = self.deployments.earlier()
        ran = "Railway's deployments"
        if deployment is None:
            return Observation(None, "service", ran, "there is no earlier deployment to go back to yet")
        return Observation(True, "service", ran, f"Railway can go back to {deployment['id'][:8]}")

    def remember_commit(self) -> None:
        """Keep the commit that was deployed; none if the files differ from it."""
        self.facts.put(COMMIT, previous_version.deployed_commit(self.project))

    # ---- backups

    def backup_schedule_status(self) -> Observation | None:
        return self._project_status.backup_schedule()

    @contextmanager
    def backup_origin(self) -> Iterator[Origin]:
        """Give access to the database at Railway: by its public address if it has one, else by the command's tunnel."""
        railway = self.railway_project
        if not railway.database_id:
            raise NotYetError("There is no database at Railway yet", "", "Task 12 creates it.")
        values = railway.api.ask("variables", **railway.ids, serviceId=railway.database_id)["variables"]
        values = {str(name): str(value) for name, value in dict(values).items()}
        remember(values.get("PGPASSWORD", ""))
        parts = urlsplit(values.get("DATABASE_PUBLIC_URL", ""))
        if parts.hostname and parts.port:
            remember(unquote(parts.password or ""))
            yield Origin("Railway's PostgreSQL, by its public address", client_environment(parts))
            return
        url = urlsplit(values.get("DATABASE_URL", ""))
        with tunnel(self.cli, self.facts.get("railway.database_name"), self.rehearsal.database.server) as port:
            environment = {**client_environment(url), "PGHOST": "127.0.0.1", "PGPORT": str(port)}
            yield Origin("Railway's PostgreSQL, by the tunnel of `railway connect`", environment)


def _record(facts: Facts, name: str) -> dict[str, Any] | None:
    """What is kept as JSON in the fact of this *name*."""
    try:
        record = json.loads(facts.get(name) or "null")
    except ValueError:  # changed by hand
        return None
    return record if isinstance(record, dict) else None
