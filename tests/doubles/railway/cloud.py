"""The projects, services and variables at Railway, shared by the doubles for its command and its API.

`Faults` are errors that tests switch on. Source: Railway's documentation and schema.
"""

from __future__ import annotations

import itertools
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from doubles.railway.deployment import PRIVATE, PRIVATE_REDIS, Builder, Deployment, new_id, now
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries
from wizard.targets.local.redis_programs import find_program
from wizard.targets.local.redis_server import RedisServer

LEFT_OUT = {".git", "node_modules"}


@dataclass
class Faults:
    """Errors that tests switch on. *deployments* has the endings of the next deployments, in order."""

    deployments: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    """Commands whose next call loses the connection: `up` before the upload, `up!` after it."""
    limited: int = 0
    """How many requests are answered 429."""
    retry_after: str = "1"
    expired: bool = False
    slow_database: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    """A command, or a field of the GraphQL schema -> the message with which it is refused."""
    database_log: list[str] = field(default_factory=list)
    """What a new database logs before it crashes; empty for one that starts."""
    no_backups: bool = False
    images_gone: bool = False
    """Whether the images of earlier deployments are older than the plan keeps them."""
    ssh_key: bool = True
    """Whether the account has an SSH key, which a tunnel needs."""
    version: str = "5.43.1"


class Cloud:
    """Workspaces, projects, services, variables and deployments, changed under one lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.home = Path(tempfile.mkdtemp(prefix="cloud-"))
        """Short, because a socket in it has a path of at most about 100 bytes."""
        self.builder = Builder(self)
        self.lock = threading.RLock()
        self.faults = Faults()
        self.workspaces = [{"id": new_id(), "name": "Jane's Projects", "plan": "HOBBY"}]
        self.person = {"name": "Jane", "email": "jane@example.com"}
        self.session = secrets.token_hex(16)
        """The access token of a login."""
        self.api_token = new_id()
        self.project_tokens: dict[str, tuple[str, str]] = {}
        self.projects: dict[str, dict] = {}
        self.deployments: dict[str, Deployment] = {}
        self.calls: list[dict] = []
        self.queries: list[str] = []
        self.uploads: list[list[str]] = []
        self.python = ""
        """The interpreter that runs deployments, in place of one that a build installs."""
        self.postgres: dict[str, Postgres] = {}
        self.used_mb = 120.5
        """What each volume holds."""
        self.volume_folder: Path | None = None
        """The folder here that a volume is. It is on another device than this machine's root, as a mounted one is."""
        self.redis: dict[str, RedisServer] = {}
        self.databases_run = True
        """Whether a server runs for each database. Sites that use another one need none."""
        self.on_live = lambda host, port: None
        self._threads: list[threading.Thread] = []
        self._numbers = itertools.count(1)

    # ---- projects and services

    def make_project(self, name, workspace):
        with self.lock:
            environment = {"id": new_id(), "name": "production"}
            project = {"id": new_id(), "name": name, "workspaceId": workspace["id"], "createdAt": now(),
                       "deletedAt": None, "environments": [environment], "services": {}, "buckets": {},
                       "staged": 0}  # fmt: skip
            self.projects[project["id"]] = project
            return project

    def make_service(self, project, name):
        with self.lock:
            service = {"id": new_id(), "name": name, "project": project["id"], "variables": {}, "domain": "",
                       "volume": "", "mount": "", "schedules": [], "kind": "site", "deployment": None,
                       "next_run": None,
                       "settings": {"healthcheckPath": None, "healthcheckTimeout": None, "startCommand": None,
                                    "preDeployCommand": None, "drainingSeconds": None,
                                    "numReplicas": None, "cronSchedule": None,
                                    "restartPolicyType": "ON_FAILURE"}}  # fmt: skip
            project["services"][service["id"]] = service
            return service

    def make_database(self, project):
        """Add a PostgreSQL service with a volume. If `databases_run`, a real server runs behind its private name."""
        service = self.make_service(project, "Postgres")
        server = Postgres(self.folder, find_binaries())
        if self.databases_run:
            server.start()
        with self.lock:
            self.postgres[service["id"]] = server
            service["kind"], service["volume"], service["mount"] = "postgres", new_id(), "/var/lib/postgresql/data"
            password = server.password
            url = f"postgresql://{server.role}:{password}@{PRIVATE}/{server.database}"
            service["variables"] = {
                "PGHOST": PRIVATE.removesuffix(":5432"), "PGPORT": "5432", "PGUSER": server.role,
                "PGPASSWORD": password, "PGDATABASE": server.database, "DATABASE_URL": url,
            }  # fmt: skip
            status = "DEPLOYING" if self.faults.slow_database else "SUCCESS"
            deployment = Deployment(new_id(), service, self.folder, status=status)
            for line in self.faults.database_log:
                deployment.say(line)
                deployment.status = "CRASHED"
            self.deployments[deployment.id] = deployment
            service["deployment"] = deployment.id
        return service

    def make_redis(self, project):
        """Add a Redis service. If `databases_run`, a real server runs behind its private name."""
        service = self.make_service(project, "Redis")
        host, _, port = PRIVATE_REDIS.partition(":")
        password = secrets.token_hex(12)
        if self.databases_run:
            server = RedisServer(self.folder, find_program())
            server.start()
            self.redis[service["id"]], password = server, server.password
        with self.lock:
            service["kind"] = "redis"
            service["variables"] = {
                "REDISHOST": host, "REDISPORT": port, "REDISUSER": "default", "REDISPASSWORD": password,
                "REDIS_URL": f"redis://default:{password}@{PRIVATE_REDIS}",
            }  # fmt: skip
            deployment = Deployment(new_id(), service, self.folder, status="SUCCESS")
            self.deployments[deployment.id] = deployment
            service["deployment"] = deployment.id
        return service

    def make_bucket(self, project, name):
        """Make a bucket that belongs to no environment yet."""
        with self.lock:
            values = {"BUCKET": f"{name}-{secrets.token_hex(4)}", "ACCESS_KEY_ID": f"tid_{secrets.token_hex(8)}",
                      "SECRET_ACCESS_KEY": f"tsec_{secrets.token_hex(16)}", "REGION": "auto",
                      "ENDPOINT": "https://storage.railway.app"}  # fmt: skip
            bucket = {"id": new_id(), "name": name, "region": "", "variables": values}
            project["buckets"][bucket["id"]] = bucket
            return bucket

    def domain(self, service):
        with self.lock:
            is_new = not service["domain"]
            if is_new:
                service["domain"] = f"{service['name']}-production-{secrets.token_hex(2)}.up.railway.app"
            return service["domain"], is_new

    def service(self, name):
        return next(each for project in self.projects.values() for each in project["services"].values()
                    if name in (each["id"], each["name"]))  # fmt: skip

    def rendered(self, project, service):
        """Return the variables with references to other services and to buckets resolved."""
        services = {each["name"]: each for each in (*project["services"].values(), *project["buckets"].values())}

        def fill(value):
            for name, other in services.items():
                for key, given in other["variables"].items():
                    value = value.replace(f"${{{{{name}.{key}}}}}", given)
            return value

        return {name: fill(value) for name, value in sorted(service["variables"].items())}

    # ---- deployments

    def of(self, service):
        """Return the deployments of *service*, the newest first."""
        return [each for each in reversed(self.deployments.values()) if each.service["id"] == service["id"]]

    def upload(self, project, service, source, ignored=None):
        """Copy the files that `railway up` uploads from *source*, and deploy them."""
        number = next(self._numbers)
        folder = self.folder / f"deployment-{number}"
        names = []
        for path in sorted(source.rglob("*")):
            relative = path.relative_to(source)
            if path.is_file() and not LEFT_OUT & set(relative.parts) and not (ignored and ignored(str(relative))):
                (folder / relative).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, folder / relative)
                names.append(str(relative))
        with self.lock:
            self.uploads.append(names)
        return self.begin(project, service, folder)

    def again(self, deployment):
        project = self.projects[deployment.service["project"]]
        return self.begin(project, deployment.service, deployment.folder)

    def begin(self, project, service, folder):
        deployment = Deployment(new_id(), service, folder, variables=dict(service["variables"]))
        with self.lock:
            self.deployments[deployment.id] = deployment
            service["deployment"] = deployment.id
            end = self.faults.deployments.pop(0) if self.faults.deployments else "run"
        worker = threading.Thread(target=self.builder.run, args=(project, service, deployment, end), daemon=True)
        self._threads.append(worker)
        worker.start()
        return deployment

    def close(self):
        for worker in self._threads:
            worker.join(70)
        for deployment in self.deployments.values():
            self.builder.stop(deployment)
        for server in [*self.postgres.values(), *self.redis.values()]:
            server.stop()
        shutil.rmtree(self.home, ignore_errors=True)
