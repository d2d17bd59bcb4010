"""What Railway holds and runs: one store behind the stand-in for its command and the one for its API.

A deployment really runs: what was uploaded is unpacked, its start command started with the service's variables, its
health check asked as Railway asks it. What goes wrong on demand is in `faults`.
Source: Railway's documentation and schema; Railpack's source for the start command.
"""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import yaml

from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries

PRIVATE = "postgres.railway.internal:5432"
LEFT_OUT = {".git", "node_modules"}


def now():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id():
    return str(uuid.uuid4())


@dataclass
class Faults:
    """What goes wrong, until it is taken out again. *deployments* are the ends of the next ones, in order."""

    deployments: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    """Commands whose next call loses the connection: `up` before, `up!` after the upload arrived."""
    limited: int = 0
    """How many requests are answered 429 first."""
    retry_after: str = "1"
    expired: bool = False
    slow_database: bool = False
    no_backups: bool = False
    version: str = "5.43.1"


@dataclass
class Deployment:
    id: str
    service: dict
    folder: Path
    status: str = "QUEUED"
    created: str = field(default_factory=now)
    build_log: list[dict] = field(default_factory=list)
    log: list[dict] = field(default_factory=list)
    events: list[dict] = field(default_factory=list)
    child: subprocess.Popen | None = None
    port: int = 0
    live_once: bool = False

    def say(self, text, where="log", severity="info"):
        getattr(self, where).append({"timestamp": now(), "message": text, "severity": severity, "attributes": []})

    def step(self, name, error=None, **payload):
        self.events.append({"node": {"id": new_id(), "step": name, "createdAt": now(), "completedAt": now(),
                                     "payload": {"error": error, **payload}}})  # fmt: skip


class Cloud:
    """Workspaces, projects, services, variables, deployments. Every change under one lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.home = Path(tempfile.mkdtemp(prefix="cloud-"))
        """Short: a server's socket in it has a path of some hundred letters at most."""
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
        """The interpreter whose environment a build would have made."""
        self.postgres: dict[str, Postgres] = {}
        self.on_live = lambda host, port: None
        self._threads: list[threading.Thread] = []
        self._numbers = itertools.count(1)

    # ---- projects and services

    def make_project(self, name, workspace):
        with self.lock:
            environment = {"id": new_id(), "name": "production"}
            project = {"id": new_id(), "name": name, "workspaceId": workspace["id"], "createdAt": now(),
                       "deletedAt": None, "environments": [environment], "services": {}}  # fmt: skip
            self.projects[project["id"]] = project
            return project

    def make_service(self, project, name):
        with self.lock:
            service = {"id": new_id(), "name": name, "project": project["id"], "variables": {}, "domain": "",
                       "volume": "", "schedules": [], "kind": "site", "deployment": None,
                       "settings": {"healthcheckPath": None, "healthcheckTimeout": None, "startCommand": None,
                                    "preDeployCommand": None}}  # fmt: skip
            project["services"][service["id"]] = service
            return service

    def make_database(self, project):
        """The template: a service with a volume, and a real server behind its private name."""
        service = self.make_service(project, "Postgres")
        server = Postgres(self.folder, find_binaries())
        server.start()
        with self.lock:
            self.postgres[service["id"]] = server
            service["kind"], service["volume"] = "postgres", new_id()
            password = server.password
            url = f"postgresql://{server.role}:{password}@{PRIVATE}/{server.database}"
            service["variables"] = {
                "PGHOST": PRIVATE.removesuffix(":5432"), "PGPORT": "5432", "PGUSER": server.role,
                "PGPASSWORD": password, "PGDATABASE": server.database, "DATABASE_URL": url,
            }  # fmt: skip
            status = "DEPLOYING" if self.faults.slow_database else "SUCCESS"
            made = Deployment(new_id(), service, self.folder, status=status)
            self.deployments[made.id] = made
            service["deployment"] = made.id
        return service

    def domain(self, service):
        with self.lock:
            made = not service["domain"]
            if made:
                service["domain"] = f"{service['name']}-production-{secrets.token_hex(2)}.up.railway.app"
            return service["domain"], made

    def service(self, name):
        return next(each for project in self.projects.values() for each in project["services"].values()
                    if name in (each["id"], each["name"]))  # fmt: skip

    def rendered(self, project, service):
        """Variables with references to other services filled in."""
        others = {each["name"]: each for each in project["services"].values()}

        def fill(value):
            for name, other in others.items():
                for key, given in other["variables"].items():
                    value = value.replace(f"${{{{{name}.{key}}}}}", given)
            return value

        return {name: fill(value) for name, value in sorted(service["variables"].items())}

    # ---- deployments

    def of(self, service):
        """Its deployments, newest first."""
        return [each for each in reversed(self.deployments.values()) if each.service["id"] == service["id"]]

    def upload(self, project, service, source, ignored=None):
        """Take what `up` packs below *source*, and begin its deployment."""
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
        deployment = Deployment(new_id(), service, folder)
        with self.lock:
            self.deployments[deployment.id] = deployment
            service["deployment"] = deployment.id
            end = self.faults.deployments.pop(0) if self.faults.deployments else "run"
        worker = threading.Thread(target=self._carry_out, args=(project, service, deployment, end), daemon=True)
        self._threads.append(worker)
        worker.start()
        return deployment

    def _carry_out(self, project, service, deployment, end):
        deployment.status = "BUILDING"
        deployment.say("Using Railpack", "build_log")
        if end == "build fails":
            deployment.say("ERROR: No matching distribution found for djagno==5.2", "build_log", "error")
            deployment.step("BUILD_IMAGE", "Failed to build an image", detail="exit code 1")
            deployment.status = "FAILED"
            return
        if end == "stuck":
            return
        command = service["settings"]["startCommand"] or self._procfile(deployment)
        if command is None:
            deployment.say("✖ No start command was found", "build_log", "error")
            deployment.step("BUILD_IMAGE", "Failed to build an image")
            deployment.status = "FAILED"
            return
        deployment.say("Successfully built", "build_log")
        deployment.step("BUILD_IMAGE")
        deployment.status = "DEPLOYING"
        environment = self._environment(project, service, deployment)
        for each in service["settings"]["preDeployCommand"] or []:
            done = subprocess.run(["sh", "-c", each], cwd=deployment.folder, env=environment, capture_output=True,
                                  text=True, check=False)  # fmt: skip
            for line in (done.stdout + done.stderr).splitlines():
                deployment.say(line)
            if done.returncode:
                deployment.step("PRE_DEPLOY_COMMAND", f"exit code {done.returncode}")
                deployment.status = "FAILED"
                return
        if end == "crashes":
            deployment.say("ModuleNotFoundError: No module named 'psycopg'", severity="error")
            deployment.step("CREATE_CONTAINER", "the process ended with exit code 1", attempt=10, maxAttempts=10)
            deployment.status = "CRASHED"
            return
        self._start(service, deployment, command, environment, end)

    def _procfile(self, deployment):
        path = deployment.folder / "Procfile"
        if not path.is_file():
            return None
        content = yaml.safe_load(path.read_text())
        return content.get("web") or content.get("worker") if isinstance(content, dict) else None

    def _environment(self, project, service, deployment):
        with socket.create_server(("127.0.0.1", 0)) as free:
            deployment.port = free.getsockname()[1]
        values = self.rendered(project, service)
        for database in self.postgres.values():
            values = {name: value.replace(PRIVATE, f"127.0.0.1:{database.port}") for name, value in values.items()}
        return {
            "PATH": f"{Path(self.python).parent}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": str(self.home),
            "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
            "PORT": str(deployment.port), "RAILWAY_ENVIRONMENT_NAME": "production",
            "RAILWAY_ENVIRONMENT_ID": project["environments"][0]["id"], "RAILWAY_PROJECT_ID": project["id"],
            "RAILWAY_SERVICE_NAME": service["name"], "RAILWAY_DEPLOYMENT_ID": deployment.id,
            **({"RAILWAY_PUBLIC_DOMAIN": service["domain"]} if service["domain"] else {}), **values,
        }  # fmt: skip

    def _start(self, service, deployment, command, environment, end):
        deployment.child = subprocess.Popen(
            ["/bin/sh", "-c", command], cwd=deployment.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, text=True, errors="replace",
        )  # fmt: skip
        threading.Thread(target=self._read, args=(deployment,), daemon=True).start()
        status = self._health(service, deployment, end)
        if status != 200:
            self._stop(deployment)
            said = f"failed with status {status}" if status else "failed with service unavailable"
            deployment.step("HEALTHCHECK", f"Healthcheck {said}", reason="1/1 replicas never became healthy!")
            deployment.status = "FAILED"
            return
        deployment.step("HEALTHCHECK")
        with self.lock:
            older = [each for each in self.of(service) if each is not deployment and each.status == "SUCCESS"]
            deployment.status, deployment.live_once = "SUCCESS", True
            self.on_live(service["domain"], deployment.port)
        for each in older:
            each.status = "REMOVED"
            self._stop(each)
        if end == "crashes later":
            self._stop(deployment)
            deployment.say("MemoryError: out of memory", severity="error")
            deployment.status = "CRASHED"

    def _read(self, deployment):
        for line in deployment.child.stdout:
            deployment.say(line.rstrip("\n"))

    def _health(self, service, deployment, end):
        path = service["settings"]["healthcheckPath"]
        status, deadline = 0, time.monotonic() + 60
        host = {"Host": "not-allowed.example.com" if end == "health check fails" else "healthcheck.railway.app"}
        while time.monotonic() < deadline and deployment.child.poll() is None:
            try:
                status = httpx.get(f"http://127.0.0.1:{deployment.port}{path or '/'}", headers=host, timeout=10,
                                   trust_env=False).status_code  # fmt: skip
            except httpx.HTTPError:
                time.sleep(0.05)  # nothing tells when a port opens
                continue
            if status == 200 or path is None or end == "health check fails":
                return status if path is not None else 200
        return status

    def _stop(self, deployment):
        child = deployment.child
        if child is None or child.poll() is not None:
            return
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(5)

    def close(self):
        for worker in self._threads:
            worker.join(70)
        for deployment in self.deployments.values():
            self._stop(deployment)
        for server in self.postgres.values():
            server.stop()
        shutil.rmtree(self.home, ignore_errors=True)
