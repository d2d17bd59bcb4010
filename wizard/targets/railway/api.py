"""Railway's GraphQL API, for what its command can't say: what became of a deployment, its logs, settings in one change.

With a token of the person's own it is asked directly; with the login of the `railway` command through `railway api`,
so that this login's token is never touched. Source: Railway's public schema; every document here is validated against
it by a test.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from wizard.base.errors import ServiceError
from wizard.base.secrets import redact
from wizard.services.http import Client, required_value
from wizard.services.response_guard import guard_responses
from wizard.targets.railway.command import LOG_IN, RailwayCli, RailwayError

GOOD = {"SUCCESS", "SLEEPING", "SKIPPED"}
BAD = {"FAILED", "CRASHED", "REMOVED", "REMOVING"}

DOCUMENTS = {
    "whose": "query Whose { projectToken { project { id name workspaceId } environment { id name } } }",
    "who": "query Who { apiToken { workspaces { id name } } }",
    "projects": """query Projects($workspaceId: String) { projects(workspaceId: $workspaceId, first: 500) {
        edges { node { id name createdAt deletedAt environments { edges { node { id name } } } } } } }""",
    "project": """query Project($id: String!) { project(id: $id) { id name deletedAt subscriptionType
        environments { edges { node { id name } } }
        services { edges { node { id name } } }
        volumes { edges { node { id volumeInstances { edges { node { id serviceId environmentId } } } } } } } }""",
    "variables": """query Variables($projectId: String!, $environmentId: String!, $serviceId: String!,
        $unrendered: Boolean) { variables(projectId: $projectId, environmentId: $environmentId, serviceId: $serviceId,
        unrendered: $unrendered) }""",
    "upsert": "mutation Upsert($input: VariableCollectionUpsertInput!) { variableCollectionUpsert(input: $input) }",
    "forget": "mutation Forget($input: VariableDeleteInput!) { variableDelete(input: $input) }",
    "instance": """query Instance($environmentId: String!, $serviceId: String!) {
        serviceInstance(environmentId: $environmentId, serviceId: $serviceId) { healthcheckPath healthcheckTimeout
        startCommand preDeployCommand latestDeployment { id status createdAt } } }""",
    "settings": """mutation Settings($serviceId: String!, $environmentId: String,
        $input: ServiceInstanceUpdateInput!) {
        serviceInstanceUpdate(serviceId: $serviceId, environmentId: $environmentId, input: $input) }""",
    "deployments": """query Deployments($input: DeploymentListInput!, $first: Int) {
        deployments(input: $input, first: $first) { edges { node { id status createdAt canRollback } } } }""",
    "progress": """query Progress($id: String!, $limit: Int) {
        deployment(id: $id) { id status deploymentStopped }
        buildLogs(deploymentId: $id, limit: $limit) { timestamp message severity }
        deploymentLogs(deploymentId: $id, limit: $limit) { timestamp message severity } }""",
    "status": "query Status($id: String!) { deployment(id: $id) { id status deploymentStopped } }",
    "log": """query Log($id: String!, $limit: Int) {
        deploymentLogs(deploymentId: $id, limit: $limit) { timestamp message severity } }""",
    "why": """query Why($id: String!) { deploymentEvents(id: $id, first: 50) { edges { node { step completedAt
        payload { error reason detail attempt maxAttempts } } } } }""",
    "redeploy": "mutation Redeploy($id: String!) { deploymentRedeploy(id: $id, usePreviousImageTag: true) { id } }",
    "rollback": "mutation Rollback($id: String!) { deploymentRollback(id: $id) }",
    "schedules": """query Schedules($id: String!) {
        volumeInstanceBackupScheduleList(volumeInstanceId: $id) { kind } }""",
    "schedule": """mutation Schedule($id: String!, $kinds: [VolumeInstanceBackupScheduleKind!]!) {
        volumeInstanceBackupScheduleUpdate(volumeInstanceId: $id, kinds: $kinds) }""",
}


class Transport(Protocol):
    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]: ...


@guard_responses("Railway")
@dataclass(frozen=True)
class ByToken:
    """Asks with a token of the person's own."""

    client: Client

    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        body = {"query": document, "variables": dict(variables)}
        # Railway answers a refused query with any status; what counts is whether there are errors in it.
        refused = frozenset({400, 401, 403, 404})
        answer = self.client.json("POST", "", json=body, retry=document.startswith("query"), accept=refused)
        return dict(answer or {})


@guard_responses("Railway")
@dataclass(frozen=True)
class ByLogin:
    """Asks with the login of the `railway` command; the variables go through its standard input."""

    cli: RailwayCli

    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        flat = " ".join(document.split())
        text = self.cli.run("api", flat, "--variables", "@-", "--allow-errors", stdin=json.dumps(dict(variables)))
        try:
            return dict(json.loads(text))
        except ValueError as error:
            raise RailwayError("refused", "`railway api` printed no JSON", redact(text)[:200]) from error


@guard_responses("Railway")
@dataclass(frozen=True)
class RailwayApi:
    transport: Transport

    def ask(self, name: str, **variables: Any) -> dict[str, Any]:
        """The data of the document *name*.

        Raises:
            RailwayError: there are errors in the answer, or none came.
        """
        try:
            answer = self.transport.ask(DOCUMENTS[name], variables)
        except RailwayError:
            raise
        except ServiceError as error:
            kind = {401: "login", 403: "login", 429: "limited", 0: "network"}.get(error.status, "refused")
            raise RailwayError(kind, error.what, error.why, error.hint, status=error.status) from error
        if errors := answer.get("errors"):
            raise _refused(errors)
        return dict(required_value(answer, "data", of="Railway"))


def _refused(errors: Any) -> RailwayError:
    """Railway tells its errors apart by their messages alone."""
    first = errors[0] if isinstance(errors, list) and errors else {}
    text = redact(str(first.get("message") if isinstance(first, dict) else first))
    if "Not Authorized" in text or "Project Token not found" in text:
        return RailwayError("login", "Railway refused the token", text, LOG_IN, status=401)
    if "Two Factor" in text:
        return RailwayError("login", "Railway asks for a second factor", text, "Run `railway login` in a terminal.")
    kind = "absent" if "not found" in text.lower() else "refused"
    return RailwayError(kind, "Railway refused", text)


def nodes(connection: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The entries of a GraphQL connection."""
    return [dict(edge["node"]) for edge in (connection or {}).get("edges") or []]
