"""A deployment at Railway: it really runs, and its health check is requested as Railway does.

The uploaded files are unpacked, and the start command runs with the service's variables.
Source: Railway's documentation of deployments and health checks; Railpack's source for the start command.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import yaml

PRIVATE = "postgres.railway.internal:5432"
"""The address of the database inside Railway."""
PRIVATE_REDIS = "redis.railway.internal:6379"


def now():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id():
    return str(uuid.uuid4())


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
    variables: dict = field(default_factory=dict)
    """The service's variables when it was made."""
    instances: list[str] = field(default_factory=list)
    """The states of the processes, of a service with a schedule only."""

    def say(self, text, where="log", severity="info"):
        getattr(self, where).append({"timestamp": now(), "message": text, "severity": severity, "attributes": []})

    def step(self, name, error=None, **payload):
        self.events.append({"node": {"id": new_id(), "step": name, "createdAt": now(), "completedAt": now(),
                                     "payload": {"error": error, **payload}}})  # fmt: skip


class Builder:
    """Builds and starts deployments of *cloud*."""

    def __init__(self, cloud):
        self.cloud = cloud

    def run(self, project, service, deployment, end):
        """Build and start *deployment*; *end* is `run`, or how it fails."""
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
            result = subprocess.run(["sh", "-c", each], cwd=deployment.folder, env=environment, capture_output=True,
                                  text=True, check=False)  # fmt: skip
            for line in (result.stdout + result.stderr).splitlines():
                deployment.say(line)
            if result.returncode:
                deployment.step("PRE_DEPLOY_COMMAND", f"exit code {result.returncode}")
                deployment.status = "FAILED"
                return
        if end == "crashes":
            deployment.say("ModuleNotFoundError: No module named 'psycopg'", severity="error")
            deployment.step("CREATE_CONTAINER", "the process ended with exit code 1", attempt=10, maxAttempts=10)
            deployment.status = "CRASHED"
            return
        if service["settings"]["cronSchedule"]:  # nothing starts until it is due
            deployment.status, service["next_run"] = "SUCCESS", "2030-01-01T03:00:00.000Z"
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
        values = self.cloud.rendered(project, service)
        for database in self.cloud.postgres.values():
            values = {name: value.replace(PRIVATE, f"127.0.0.1:{database.port}") for name, value in values.items()}
        for server in self.cloud.redis.values():
            values = {name: value.replace(PRIVATE_REDIS, f"127.0.0.1:{server.port}") for name, value in values.items()}
        return {
            "PATH": f"{Path(self.cloud.python).parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(self.cloud.home),
            "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
            "PORT": str(deployment.port), "RAILWAY_ENVIRONMENT_NAME": "production",
            "RAILWAY_ENVIRONMENT_ID": project["environments"][0]["id"], "RAILWAY_PROJECT_ID": project["id"],
            "RAILWAY_SERVICE_NAME": service["name"], "RAILWAY_DEPLOYMENT_ID": deployment.id,
            **({"RAILWAY_PUBLIC_DOMAIN": service["domain"]} if service["domain"] else {}), **values,
        }  # fmt: skip

    def _start(self, service, deployment, command, environment, end):
        command = command.replace("0.0.0.0:", "127.0.0.1:")  # no test listens on other interfaces of this machine
        deployment.child = subprocess.Popen(
            ["/bin/sh", "-c", command], cwd=deployment.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, text=True, errors="replace",
        )  # fmt: skip
        threading.Thread(target=self._read, args=(deployment,), daemon=True).start()
        status = self._health(service, deployment, end)
        if status != 200:
            self.stop(deployment)
            reason = f"failed with status {status}" if status else "failed with service unavailable"
            deployment.step("HEALTHCHECK", f"Healthcheck {reason}", reason="1/1 replicas never became healthy!")
            deployment.status = "FAILED"
            return
        deployment.step("HEALTHCHECK")
        with self.cloud.lock:
            older = [each for each in self.cloud.of(service) if each is not deployment and each.status == "SUCCESS"]
            deployment.status, deployment.live_once = "SUCCESS", True
            if service["domain"]:
                self.cloud.on_live(service["domain"], deployment.port)
        for each in older:
            each.status = "REMOVED"
            self.stop(each)
        if end == "crashes later":
            self.stop(deployment)
            deployment.say("MemoryError: out of memory", severity="error")
            deployment.status = "CRASHED"

    def _read(self, deployment):
        for line in deployment.child.stdout:
            deployment.say(line.rstrip("\n"))

    def _health(self, service, deployment, end):
        path = service["settings"]["healthcheckPath"]
        if path is None and not service["domain"]:  # a container that has started counts
            return 200 if deployment.child.poll() is None else 0
        status, deadline = 0, time.monotonic() + 60
        host = {"Host": "not-allowed.example.com" if end == "health check fails" else "healthcheck.railway.app"}
        with httpx.Client(headers=host, timeout=10, trust_env=False, verify=False) as client:
            while time.monotonic() < deadline and deployment.child.poll() is None:
                try:
                    status = client.get(f"http://127.0.0.1:{deployment.port}{path or '/'}").status_code
                except httpx.HTTPError:
                    time.sleep(0.05)  # there is no event for a port that opens
                    continue
                if status == 200 or path is None or end == "health check fails":
                    return status if path is not None else 200
        return status

    def stop(self, deployment):
        child = deployment.child
        if child is None or child.poll() is not None:
            return
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(5)
