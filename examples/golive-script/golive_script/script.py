"""The `script` target: the project's own script deploys the site, to a server or to any platform.

The script is `deploy.sh` at the top of the repository. It gets the variables of .env.production in its environment, and
its exit code is 0 when the new version runs. Golive then checks the site at its public address.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from wizard.api import (
    Action,
    CallService,
    CommandError,
    ExternalServices,
    NotYetError,
    Observation,
    Question,
    Site,
    Stage,
    run,
)

SUPERUSER = "DJANGO_SUPERUSER_"


class Script(ExternalServices):
    @property
    def script(self) -> Path:
        return self.project.top / "deploy.sh"

    @property
    def name(self) -> str:
        return self.project.top.name.lower()

    @property
    def host(self) -> str:
        if host := self.answers.get("script.host"):
            return host
        raise NotYetError("The site has no address yet", "", "Answer script.host with its public name.")

    # ---- plans

    def questions(self, stage: Stage) -> list[Question]:
        if stage is not Stage.PLATFORM:
            return []
        why = "The public name without https://. The site's certificate must be valid for it."
        return [Question("script.host", "What is the site's public name?", "", why, pattern=r"[a-z0-9.-]+")]

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        actions = super().actions(stage, changed=changed)
        if stage is Stage.DEPLOY and self.script.is_file() and (changed or not self._is_current()):
            actions.append(CallService("deploy.sh", "deployment", "deploy the project"))
        return actions

    def perform(self, part: str) -> dict[str, str]:
        if part != "deployment":
            return super().perform(part)
        environment = self.environment(HOME=os.environ.get("HOME", "/"))
        done = run([str(self.script)], cwd=self.project.top, env=environment, on_line=self.on_line)
        if done.returncode:
            raise CommandError(f"{self.script}: exit code {done.returncode}", done.last_lines(), "Correct the script.")
        self.facts.put("script.deployed", self._version())
        return {"script.deployed": self._version()}

    def _version(self) -> str:
        """Return a hash of the files that a deployment contains."""
        paths = self.project.git.deployable() if self.project.git else []
        digest = hashlib.sha256()
        for path in paths:
            if path.is_file():
                digest.update(f"{path}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:12]

    def _is_current(self) -> bool:
        return self.facts.get("script.deployed") == self._version()

    # ---- observations

    def platform_account(self) -> Observation:
        executable = os.access(self.script, os.X_OK)
        showed = "is executable" if executable else "is missing, or not executable"
        return Observation(executable, "file", "deploy.sh", showed)

    def project_status(self) -> Observation:
        return Observation(True, "choice", "script.host", self.host)

    def database_status(self) -> Observation:
        return Observation(None, "note", "the database", "runs on the server; check it there")

    def database_url_status(self) -> Observation:
        is_set = "DATABASE_URL" in self.variables()
        return Observation(is_set, "file", ".env.production", f"DATABASE_URL is {'set' if is_set else 'not set'}")

    def connection_status(self) -> Observation | None:
        return self._health() if self.facts.get("script.deployed") else None

    def variables(self) -> dict[str, str]:
        return dict(self.project.service_values())

    def deployment_status(self) -> Observation:
        if not self.facts.get("script.deployed"):
            return Observation(None, "record", "deploy.sh", "has not run yet")
        showed = "succeeded" if self._is_current() else "succeeded; the project has changed since"
        return Observation(True, "record", f"deploy.sh, version {self.facts.get('script.deployed')}", showed)

    def log_error_lines(self) -> list[str]:
        return []

    def log_status(self) -> Observation:
        return Observation(None, "note", "the log", "is on the server; check it there")

    def site(self) -> Site:
        if not self.facts.get("script.deployed"):
            raise NotYetError("The site is not deployed yet", "", "Task 17 runs deploy.sh.")
        return Site(0, self.host, self.csrf_cookie_name(), public=True)

    def _health(self) -> Observation:
        with self.site() as site:
            response = site.get("/health/")
        showed = f"{response.status_code} {response.text[:40]}"
        return Observation(response.status_code == 200, "request", self.health_url, showed)

    def ensure_superuser(self, fields: dict[str, str]) -> dict[str, str]:
        values = self.variables()
        if not values.get(f"{SUPERUSER}PASSWORD"):
            return {"failed": f"{SUPERUSER}PASSWORD is not in .env.production"}
        superuser = {name: values.get(f"{SUPERUSER}{name.upper()}", value) for name, value in fields.items()}
        return {**superuser, "password": values[f"{SUPERUSER}PASSWORD"]}

    def load_seed(self) -> None:
        """Do nothing: deploy.sh can load data itself."""
