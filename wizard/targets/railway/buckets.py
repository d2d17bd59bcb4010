"""A bucket and a volume at Railway, for what visitors upload.

A bucket becomes part of an environment by a change of its configuration. Sources: Railway's schema, its documentation
of storage buckets and volumes, and the source of its command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wizard.services.response_guard import guard_responses
from wizard.state.state_file import Facts
from wizard.targets.railway.api import nodes
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.railway_error import RailwayError

NAME = "uploads"
MOUNT = "/data"
REGIONS = ("sjc", "iad", "ams", "sin")
"""California, Virginia, Amsterdam and Singapore."""
REFERENCES = {
    "AWS_S3_BUCKET_NAME": "BUCKET",
    "AWS_ACCESS_KEY_ID": "ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY": "SECRET_ACCESS_KEY",
    "AWS_ENDPOINT_URL": "ENDPOINT",
    "AWS_DEFAULT_REGION": "REGION",
}
"""Variables of the service, and those of the bucket that they refer to. No secret passes through this machine."""
STYLE = "AWS_S3_URL_STYLE"


@guard_responses("Railway")
@dataclass
class Buckets:
    railway: RailwayProject
    facts: Facts

    def bucket(self) -> dict[str, Any] | None:
        """Return the bucket that Golive created, else one with its name. None if there is none."""
        if not self.railway.details():
            return None
        found = nodes(self.railway.api.ask("buckets", id=self.railway.ids["projectId"])["project"]["buckets"])
        known = self.facts.get("railway.bucket")
        return next((each for each in found if known == each["id"] or (not known and each["name"] == NAME)), None)

    def credentials(self) -> dict[str, Any] | None:
        """Return the bucket's credentials in this environment. None if it is not part of the environment."""
        bucket = self.bucket()
        if bucket is None:
            return None
        ids = self.railway.ids
        answer = self.railway.api.ask("bucket_credentials", bucketId=bucket["id"], **ids)
        return next(iter(answer["bucketS3Credentials"]), None)

    def references(self) -> dict[str, str]:
        """Return the variables by which a service uses the bucket. Empty without one."""
        bucket, found = self.bucket(), self.credentials()
        if bucket is None or found is None:
            return {}
        values = {name: "${{" + f"{bucket['name']}.{part}" + "}}" for name, part in REFERENCES.items()}
        return {**values, STYLE: str(found["urlStyle"])}

    def create(self, region: str) -> None:
        """Create the bucket, unless it exists, and make it part of the environment.

        Raises:
            RailwayError: the environment has changes that nobody has deployed yet.
        """
        bucket, ids = self.bucket(), self.railway.ids
        self._require_no_staged_changes(ids["environmentId"])
        if bucket is None:
            answer = self.railway.api.ask("create_bucket", input={"projectId": ids["projectId"], "name": NAME})
            bucket = dict(answer["bucketCreate"])
        self.facts.put("railway.bucket", str(bucket["id"]))
        if self.credentials() is None:
            patch = {"buckets": {bucket["id"]: {"region": region, "isCreated": True}}}
            self.railway.api.ask(
                "commit_environment", environmentId=ids["environmentId"], patch=patch, message=f"Create bucket {NAME}"
            )

    def _require_no_staged_changes(self, environment: str) -> None:
        count = self.railway.api.ask("unmerged", id=environment)["environment"]["unmergedChangesCount"]
        if count:
            raise RailwayError(
                "refused", "Railway has changes of this environment that are not deployed",
                f"{count} staged", f"Deploy or discard them at {self.railway.dashboard}, then run the task again.",
            )  # fmt: skip

    def mount(self) -> str:
        """Return where the service's volume is mounted. Empty without a volume."""
        details = self.railway.details() or {}
        instances = [
            each for volume in nodes(details.get("volumes") or {}) for each in nodes(volume["volumeInstances"])
        ]
        service, environment = self.railway.service_id, self.facts.get("railway.environment")
        mine = (each for each in instances if (each["serviceId"], each["environmentId"]) == (service, environment))
        return next((str(each["mountPath"]) for each in mine), "")

    def create_volume(self) -> None:
        """Add a volume to the service, unless it has one. It is there from the next deployment on."""
        if not self.mount():
            values = {**self.railway.ids, "serviceId": self.railway.service_id, "mountPath": MOUNT}
            self.railway.api.ask("create_volume", input=values)
            self.railway.forget()
