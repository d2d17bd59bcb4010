"""Production wherever a script of the project's own puts it: a server with systemd, or a platform with its own command.

The script is `deploy.sh` at the top of the repository. It gets the variables of .env.production in its environment, and
ends with 0 when the new version runs. Whether it does is seen from outside, at the site's public address.
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

OWNER = "DJANGO_SUPERUSER_"


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

    # ---- what tasks may do there

    def questions(self, stage: Stage) -> list[Question]:
        if stage is not Stage.PLATFORM:
            return []
        why = "Its name in the world, without https://; the certificate must be for it."
        return [Question("script.host", "Under which name is the site reached?", "", why, pattern=r"[a-z0-9.-]+")]

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        found = super().actions(stage, changed=changed)
        if stage is Stage.DEPLOY and self.script.is_file() and (changed or not self._current()):
            found.append(CallService("deploy.sh", "deployment", "put up what the project is now"))
        return found

    def perform(self, part: str) -> dict[str, str]:
        if part != "deployment":
            return super().perform(part)
        environment = self.environment(HOME=os.environ.get("HOME", "/"))
        done = run([str(self.script)], cwd=self.project.top, env=environment, on_line=self.on_line)
        if done.returncode:
            raise CommandError(f"{self.script}: exit code {done.returncode}", done.last_lines(), "Mend the script.")
        self.facts.put("script.deployed", self._version())
        return {"script.deployed": self._version()}

    def _version(self) -> str:
        """What a deployment would take along, as one word."""
        paths = self.project.git.deployable() if self.project.git else []
        whole = hashlib.sha256()
        for path in paths:
            if path.is_file():
                whole.update(f"{path}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        return whole.hexdigest()[:12]

    def _current(self) -> bool:
        return self.facts.get("script.deployed") == self._version()

    # ---- what is seen of it

    def platform_account(self) -> Observation:
        good = os.access(self.script, os.X_OK)
        return Observation(good, "file", "deploy.sh", "can be run" if good else "is not there, or can't be run")

    def project_status(self) -> Observation:
        return Observation(True, "choice", "script.host", self.host)

    def database_status(self) -> Observation:
        return Observation(None, "note", "the database", "is wherever the server has it")

    def database_url_status(self) -> Observation:
        named = "DATABASE_URL" in self.variables()
        return Observation(named, "file", ".env.production", f"DATABASE_URL is {'' if named else 'not '}there")

    def connection_status(self) -> Observation | None:
        return self._health() if self.facts.get("script.deployed") else None

    def variables(self) -> dict[str, str]:
        return dict(self.project.service_values())

    def deployment_status(self) -> Observation:
        if not self.facts.get("script.deployed"):
            return Observation(None, "record", "deploy.sh", "was not run yet")
        told = "ended well" + ("" if self._current() else "; the project has changed since")
        return Observation(True, "record", f"deploy.sh, version {self.facts.get('script.deployed')}", told)

    def log_error_lines(self) -> list[str]:
        return []

    def log_status(self) -> Observation:
        return Observation(None, "note", "the log", "is on the server: look there")

    def site(self) -> Site:
        if not self.facts.get("script.deployed"):
            raise NotYetError("The site is not up yet", "", "Task 17 runs deploy.sh.")
        return Site(0, self.host, self.csrf_cookie_name(), public=True)

    def _health(self) -> Observation:
        with self.site() as site:
            answer = site.get("/health/")
        told = f"{answer.status_code} {answer.text[:40]}"
        return Observation(answer.status_code == 200, "request", self.health_url, told)

    def ensure_superuser(self, fields: dict[str, str]) -> dict[str, str]:
        values = self.variables()
        if not values.get(f"{OWNER}PASSWORD"):
            return {"failed": f"{OWNER}PASSWORD is not in .env.production"}
        named = {name: values.get(f"{OWNER}{name.upper()}", value) for name, value in fields.items()}
        return {**named, "password": values[f"{OWNER}PASSWORD"]}

    def load_seed(self) -> None:
        """The server's own business."""
