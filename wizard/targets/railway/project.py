"""The project at Railway, found by its link, its token, or the ids that an earlier run kept as facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from wizard.base.error_output import last_error
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers
from wizard.project.project import Project
from wizard.services.response_guard import guard_responses
from wizard.state.state_file import Facts
from wizard.targets.capacity import Disk
from wizard.targets.railway.api import RailwayApi, nodes
from wizard.targets.railway.command import RailwayCli
from wizard.targets.railway.railway_error import RailwayError

DATABASE = re.compile(r"postgres", re.I)
NOT_THE_SITE = re.compile(r"postgres|redis|mysql|mongo|^(worker|beat|scheduler|clock)\d*$", re.I)
TOKENS = "https://railway.com/account/tokens"
LOG_LINES = 200
CLOCK_SKEW = timedelta(minutes=2)
"""The largest expected difference between this machine's clock and Railway's."""


@guard_responses("Railway")
@dataclass
class RailwayProject:
    """One project at Railway. Its details are cached; call `forget` after a change."""

    cli: RailwayCli
    api: RailwayApi
    answers: Answers
    facts: Facts
    project: Project
    _details: dict[str, Any] | None = None
    _loaded: bool = False
    _deleted: bool = False

    # ---- account

    @cached_property
    def project_token(self) -> dict[str, Any] | None:
        """The project and environment of RAILWAY_TOKEN; None without it."""
        if not self.cli.environment().get("RAILWAY_TOKEN"):
            return None
        return dict(self.api.ask("project_token")["projectToken"])

    def whoami(self) -> str:
        """Describe the token or login in use.

        Raises:
            RailwayError: Railway does not accept it.
        """
        if token := self.project_token:
            return f"a token for the project {token['project']['name']}, {token['environment']['name']}"
        if self.cli.environment().get("RAILWAY_API_TOKEN"):
            names = [str(workspace["name"]) for workspace in self.workspaces]
            return f"a token for {', '.join(names) or 'no workspace'}"
        account = self.cli.json("whoami", "--json")
        return f"{account.get('name')} ({account.get('email')})"

    @cached_property
    def workspaces(self) -> list[dict[str, Any]]:
        if self.cli.environment().get("RAILWAY_API_TOKEN"):
            return list(self.api.ask("api_token")["apiToken"]["workspaces"])
        return list(self.cli.json("whoami", "--json").get("workspaces") or [])

    # ---- names

    @property
    def name(self) -> str:
        """The project's name: the answer `railway.project`, else the folder's name."""
        root = self.project.root
        folder = self.project.top.name if root.name in {"backend", "src", "server"} else root.name
        default = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-") or "site"
        return self.answers.get("railway.project", default)

    @property
    def service_name(self) -> str:
        return self.answers.get("railway.service", "web")

    @property
    def dashboard(self) -> str:
        return f"https://railway.com/project/{self.facts.get('railway.project')}"

    # ---- discovery

    def details(self) -> dict[str, Any] | None:
        """Return the project with its environments, services and volumes; None if there is no project yet."""
        if not self._loaded:
            self._details, self._loaded = self._find(), True
            if self._details:
                self._keep_ids(self._details)
        return self._details

    @property
    def is_known(self) -> bool:
        """Whether Railway told that what it lacks does not exist; else this machine may only not know the project."""
        return self.details() is not None or self._deleted

    def forget(self) -> None:
        """Read the project again on the next access."""
        self._loaded = False

    def _find(self) -> dict[str, Any] | None:
        if token := self.project_token:
            if self.facts.get("railway.project") not in {"", str(token["project"]["id"])}:
                self._forget_facts()
            self.facts.put("railway.environment", token["environment"]["id"])
            self.facts.put("railway.environment_name", token["environment"]["name"])
            return self._read(token["project"]["id"])
        if known := self.facts.get("railway.project"):
            if found := self._read(known):
                return found
            self._forget_facts()  # the project was deleted with everything in it
            self._deleted = True
        other = self.linked_id() or self.interrupted_id()
        return self._read(other) if other else None

    def _read(self, project_id: str) -> dict[str, Any] | None:
        """Return a project's details; None if it was deleted."""
        try:
            found = self.api.ask("project", id=project_id)["project"]
        except RailwayError as error:
            if error.kind == "absent":
                return None
            if error.status == 401 and (owner := self._accepted_account()):
                hint = f"Use a token of the workspace that owns the project: {TOKENS}."
                why = f"{error.why}; it is {owner}"
                raise RailwayError("login", f"The token gives no access to the project {project_id} at Railway", why,
                                   hint, status=403) from error  # fmt: skip
            raise
        return None if not found or found.get("deletedAt") else dict(found)

    def _accepted_account(self) -> str:
        """Describe the token or login in use; empty if Railway does not accept it at all."""
        try:
            return self.whoami()
        except RailwayError:
            return ""

    def linked_id(self) -> str:
        """Return the id of the project that this folder is linked to; empty without a link."""
        try:
            return str(self.cli.json("status", "--json").get("id") or "")
        except RailwayError as error:
            if error.kind == "absent":
                return ""
            raise

    def namesakes(self) -> list[dict[str, Any]]:
        """Return the projects with the same name in the user's workspaces."""
        found = []
        for workspace in self.workspaces:
            projects = nodes(self.api.ask("projects", workspaceId=workspace["id"])["projects"])
            found += [entry for entry in projects if entry["name"] == self.name and not entry.get("deletedAt")]
        return found

    def interrupted_id(self) -> str:
        """Return the id of a project whose creation was not confirmed, because the connection was lost; else empty."""
        begun = self.facts.get("railway.creating")
        if not begun:
            return ""
        since = datetime.fromisoformat(begun) - CLOCK_SKEW
        return next((str(entry["id"]) for entry in self.namesakes() if _parse_time(entry["createdAt"]) >= since), "")

    def _forget_facts(self) -> None:
        self.facts.forget("railway.", "uptimerobot.")

    def _keep_ids(self, details: dict[str, Any]) -> None:
        """Keep the ids of the project, its environment, its site and its database as facts."""
        if self.facts.get("railway.project") not in {"", str(details["id"])}:
            self._forget_facts()
        self.facts.put("railway.project", str(details["id"]))
        environments = {str(entry["id"]): str(entry["name"]) for entry in nodes(details["environments"])}
        if self.facts.get("railway.environment") not in environments and environments:
            chosen = next((key for key, name in environments.items() if name == "production"), next(iter(environments)))
            self.facts.put("railway.environment", chosen)
            self.facts.put("railway.environment_name", environments[chosen])
        services = {str(entry["name"]): str(entry["id"]) for entry in nodes(details["services"])}
        database = next((name for name in services if DATABASE.search(name)), "")
        self.facts.put("railway.database", services.get(database, ""))
        self.facts.put("railway.database_name", database)
        others = [name for name in services if not NOT_THE_SITE.search(name)]
        kept = next((name for name, key in services.items() if key == self.facts.get("railway.service")), "")
        site = self.service_name if self.service_name in services else others[0] if len(others) == 1 else kept
        self.facts.put("railway.service", services.get(site, ""))
        self.facts.put("railway.service_name", site)

    # ---- ids

    @property
    def service_id(self) -> str:
        """The id of the site's service; empty before it is created."""
        return self.facts.get("railway.service") if self.details() else ""

    @property
    def database_id(self) -> str:
        """The id of the PostgreSQL service; empty before it is created."""
        return self.facts.get("railway.database") if self.details() else ""

    @property
    def ids(self) -> dict[str, str]:
        """Project and environment as variables of a GraphQL document."""
        return {"projectId": self.facts.get("railway.project"), "environmentId": self.facts.get("railway.environment")}

    # ---- services

    def deployment_status(self, service_id: str) -> str:
        """Return the status of a service's latest deployment; empty without one."""
        return str(self._latest_deployment(service_id).get("status") or "")

    def _latest_deployment(self, service_id: str) -> dict[str, Any]:
        answer = self.api.ask("service_instance", environmentId=self.ids["environmentId"], serviceId=service_id)
        return dict(answer["serviceInstance"].get("latestDeployment") or {})

    def last_error(self, service_id: str) -> str:
        """Return the last error in the log of a service's latest deployment; empty if there is none."""
        if not (deployment := self._latest_deployment(service_id).get("id")):
            return ""
        lines = self.api.ask("log", id=deployment, limit=LOG_LINES)["deploymentLogs"]
        found = last_error("\n".join(redact(str(line["message"])) for line in lines))
        return found.text if found else ""

    def database_reference(self, name: str) -> str:
        """Return a reference to a variable of the database, which Railway resolves and keeps up to date."""
        return f"${{{{{self.facts.get('railway.database_name')}.{name}}}}}"

    def volume_id(self) -> str:
        """Return the id of the database's volume; empty if it has no volume."""
        for volume in nodes((self.details() or {}).get("volumes")):
            for instance in nodes(volume["volumeInstances"]):
                if instance["serviceId"] == self.database_id and instance["environmentId"] == self.ids["environmentId"]:
                    return str(instance["id"])
        return ""

    def disks(self) -> list[Disk]:
        """Return the volumes of the environment, the database's among them."""
        return [
            Disk(str(volume["name"]), float(instance["currentSizeMB"]), float(instance["sizeMB"]))
            for volume in nodes((self.details() or {}).get("volumes"))
            for instance in nodes(volume["volumeInstances"])
            if instance["environmentId"] == self.ids["environmentId"]
        ]


def _parse_time(text: str) -> datetime:
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return time if time.tzinfo else time.replace(tzinfo=UTC)
