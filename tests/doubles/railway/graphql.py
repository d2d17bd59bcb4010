"""A test double for Railway's GraphQL API: every document is validated against the published schema, then answered.

Source: Railway's schema and its documentation of errors and limits.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from graphql import build_client_schema, graphql_sync, parse, validate
from graphql.error import GraphQLError

from doubles.railway.cron import cron_refusal

SCHEMA = Path(__file__).parents[1] / "schemas" / "railway-schema.json"


@cache
def schema():
    record = json.loads(SCHEMA.read_text())
    return build_client_schema(record.get("data", record), assume_valid=True)


def wrong(document):
    """Return the schema's errors for *document*."""
    return [error.message for error in validate(schema(), parse(document))]


class Api:
    """Resolves queries and mutations against the cloud's state."""

    def __init__(self, cloud):
        self.cloud = cloud

    def answer(self, body, identity):
        """Return the JSON for one request of *who*, as `Links.authorize` returns it; None is unknown."""
        document = body.get("query", "")
        with self.cloud.lock:
            self.cloud.queries.append(document)
        if problems := wrong(document):
            return {"errors": [{"message": problems[0]}], "data": None}
        if identity is None or self.cloud.faults.expired:
            return _error(
                "Not Authorized" if identity is None or identity[0] == "account" else "Project Token not found"
            )
        self.who = identity
        with self.cloud.lock:
            done = graphql_sync(schema(), document, root_value=self, variable_values=body.get("variables"),
                                field_resolver=_resolve)  # fmt: skip
        return done.formatted

    # ---- tokens

    def projectToken(self, **_):  # noqa: N802 - the schema's name
        if self.who[0] != "project":
            raise GraphQLError("Project Token not found")
        project = self.cloud.projects[self.who[1][0]]
        return {"id": "t", "project": self._project(project), "environment": project["environments"][0]}

    def apiToken(self, **_):  # noqa: N802
        if self.who[0] != "account":
            raise GraphQLError("Not Authorized")
        return {"workspaces": self.cloud.workspaces}

    # ---- reading

    def _allowed(self, name):
        project = self.cloud.projects.get(name)
        if project is None:
            raise GraphQLError("Project not found")
        if self.who[0] == "project" and self.who[1][0] != name:
            raise GraphQLError("Not Authorized")
        return project

    def _project(self, project):
        services = list(project["services"].values())
        volumes = [
            {"id": each["volume"], "name": f"{each['name'].lower()}-volume", "volumeInstances": _connection([
                {"id": each["volume"], "serviceId": each["id"], "environmentId": project["environments"][0]["id"],
                 "mountPath": each["mount"], "currentSizeMB": self.cloud.used_mb, "sizeMB": 5000}
            ])}
            for each in services if each["volume"]
        ]  # fmt: skip
        return {**{name: project[name] for name in ("id", "name", "createdAt", "deletedAt", "workspaceId")},
                "subscriptionType": "hobby", "environments": _connection(project["environments"]),
                "services": _connection([{"id": each["id"], "name": each["name"]} for each in services]),
                "volumes": _connection(volumes), "buckets": _connection(list(project["buckets"].values()))}  # fmt: skip

    def project(self, id):  # noqa: A002 - the schema's name
        return self._project(self._allowed(id))

    def projects(self, workspaceId=None, **_):  # noqa: N803
        found = [each for each in self.cloud.projects.values() if workspaceId in (None, each["workspaceId"])]
        return _connection([self._project(each) for each in found])

    def _service(self, name):
        for project in self.cloud.projects.values():
            if name in project["services"]:
                self._allowed(project["id"])
                return project, project["services"][name]
        raise GraphQLError("Service not found")

    def variables(self, projectId, environmentId, serviceId=None, unrendered=False):  # noqa: N803
        project, service = self._service(serviceId)
        return dict(service["variables"]) if unrendered else self.cloud.rendered(project, service)

    def serviceInstance(self, environmentId, serviceId):  # noqa: N802, N803
        _, service = self._service(serviceId)
        latest = self.cloud.deployments.get(service["deployment"])
        return {**service["settings"], "nextCronRunAt": service["next_run"],
                "latestDeployment": self._deployment(latest) if latest else None}  # fmt: skip

    def _one(self, name):
        found = self.cloud.deployments.get(name)
        if found is None:
            raise GraphQLError("Deployment not found")
        self._allowed(found.service["project"])
        return found

    def _deployment(self, each):
        return {"id": each.id, "status": each.status, "createdAt": each.created, "deploymentStopped": False,
                "canRollback": self._can_roll_back(each), "canRedeploy": True,
                "instances": [{"id": each.id, "status": status} for status in each.instances]}  # fmt: skip

    def _can_roll_back(self, each):
        """Only a deployment that was live and is no longer, and whose image is not older than the plan keeps it."""
        return each.live_once and each.status == "REMOVED" and not self.cloud.faults.images_gone

    def deployment(self, id):  # noqa: A002
        return self._deployment(self._one(id))

    def deployments(self, input, first=None, **_):  # noqa: A002
        _, service = self._service(input["serviceId"])
        return _connection([self._deployment(each) for each in self.cloud.of(service)][:first])

    def buildLogs(self, deploymentId, limit=500, **_):  # noqa: N802, N803
        return self._one(deploymentId).build_log[-limit:]

    def deploymentLogs(self, deploymentId, limit=500, **_):  # noqa: N802, N803
        return self._one(deploymentId).log[-limit:]

    def deploymentEvents(self, id, **_):  # noqa: A002, N802
        return {"edges": list(self._one(id).events)}

    # ---- changing

    def variableCollectionUpsert(self, input):  # noqa: A002, N802
        _, service = self._service(input["serviceId"])
        if input.get("replace"):
            service["variables"].clear()
        service["variables"].update({name: str(value) for name, value in input["variables"].items()})
        if not input.get("skipDeploys") and service["deployment"]:
            self.cloud.again(self.cloud.deployments[service["deployment"]])
        return True

    def variableDelete(self, input):  # noqa: A002, N802
        _, service = self._service(input["serviceId"])
        service["variables"].pop(input["name"], None)
        return True

    def serviceInstanceUpdate(self, serviceId, input, environmentId=None):  # noqa: A002, N802, N803
        _, service = self._service(serviceId)
        if (schedule := input.get("cronSchedule")) and (message := cron_refusal(schedule)):
            raise GraphQLError(message)
        service["settings"].update(input)
        return True

    def serviceDelete(self, id, environmentId=None):  # noqa: A002, N802, N803
        project, _ = self._service(id)
        del project["services"][id]
        return True

    def deploymentRedeploy(self, id, usePreviousImageTag=None):  # noqa: A002, N802, N803
        return self._deployment(self.cloud.again(self._one(id)))

    def deploymentRollback(self, id):  # noqa: A002, N802
        found = self._one(id)
        if not self._can_roll_back(found):
            raise GraphQLError("This deployment cannot be rolled back to")
        found.service["variables"] = dict(found.variables)  # "both the image and custom variables are restored"
        self.cloud.again(found)
        return True

    def volumeInstanceBackupScheduleList(self, volumeInstanceId):  # noqa: N802, N803
        return [{"kind": kind} for kind in self._volume(volumeInstanceId)["schedules"]]

    def volumeInstanceBackupScheduleUpdate(self, volumeInstanceId, kinds):  # noqa: N802, N803
        if self.cloud.faults.no_backups:
            raise GraphQLError("Backups are not available on your plan")
        self._volume(volumeInstanceId)["schedules"] = list(kinds)
        return True

    def _volume(self, name):
        for project in self.cloud.projects.values():
            for service in project["services"].values():
                if service["volume"] == name:
                    self._allowed(project["id"])
                    return service
        raise GraphQLError("Volume not found")

    # ---- buckets and volumes

    def _of_environment(self, name):
        for project in self.cloud.projects.values():
            if any(each["id"] == name for each in project["environments"]):
                return self._allowed(project["id"])
        raise GraphQLError("Environment not found")

    def environment(self, id, **_):  # noqa: A002
        return {"unmergedChangesCount": self._of_environment(id)["staged"]}

    def bucketCreate(self, input):  # noqa: A002, N802
        return self.cloud.make_bucket(self._allowed(input["projectId"]), input.get("name") or "bucket")

    def environmentPatchCommit(self, environmentId, patch=None, **_):  # noqa: N802, N803
        project = self._of_environment(environmentId)
        for name, wanted in patch["buckets"].items():
            if name not in project["buckets"] or not wanted.get("isCreated"):
                raise GraphQLError("Bucket not found")
            project["buckets"][name]["region"] = wanted["region"]
        return "patch"

    def bucketS3Credentials(self, bucketId, environmentId, projectId):  # noqa: N802, N803
        bucket = self._allowed(projectId)["buckets"].get(bucketId)
        if bucket is None:
            raise GraphQLError("Bucket not found")
        if not bucket["region"]:
            return []
        values = bucket["variables"]
        return [{"bucketName": values["BUCKET"], "accessKeyId": values["ACCESS_KEY_ID"], "urlStyle": "virtual"}]

    def volumeCreate(self, input):  # noqa: A002, N802
        self._allowed(input["projectId"])
        _, service = self._service(input["serviceId"])
        if service["volume"]:
            raise GraphQLError("Service already has a volume")
        service["volume"], service["mount"] = f"volume-of-{service['id']}", input["mountPath"]
        return {"id": service["volume"]}


def _connection(entries):
    return {"edges": [{"node": each} for each in entries]}


def _error(message):
    return {"errors": [{"message": message}], "data": None}


def _resolve(source, info, **arguments):
    name = info.field_name
    if isinstance(source, Api):
        if message := source.cloud.faults.refused.get(name):
            raise GraphQLError(message)
        return getattr(source, name)(**arguments)
    return source.get(name)
