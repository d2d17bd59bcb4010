"""Workers, schedulers and Redis at Railway: a service for each line of the Procfile, made from the same files.

Source: Railway's documentation of services, variables and deployments, and its public schema.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.base import process
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Question
from wizard.plan.actions import Action, Assist, CallService
from wizard.project import process_lines, redis_variables
from wizard.project.process_lines import Line
from wizard.services.response_guard import guard_responses
from wizard.targets.base import Observation, Stage
from wizard.targets.external_services import ExternalServices
from wizard.targets.railway.api import BAD, GOOD, nodes
from wizard.targets.railway.deployments import Deployments
from wizard.targets.railway.polling import pauses
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.railway_error import RailwayError
from wizard.targets.railway.service_config import ServiceConfig

ANSWER = "background"
REDIS, SERVICES = "redis", "background"
NAMES = re.compile(r"redis|valkey", re.IGNORECASE)
PARTS = {"host": "REDISHOST", "port": "REDISPORT", "password": "REDISPASSWORD", "user": "REDISUSER"}
"""The variables of the service that the template of Redis makes."""
REDIS_SECONDS = 300.0
DRAINING_SECONDS = 30
"""How long Railway waits between SIGTERM and SIGKILL. Its default is 0: work that has begun would be lost."""
DONE = re.compile(r"Task [\w.]+\[[\w-]+\] succeeded|\): Job OK|Processed .*\[|executed in \d")
DUE = re.compile(r"Scheduler: Sending due task [\w.-]+")


@guard_responses("Railway")
@dataclass
class BackgroundServices:
    """The services beside the site's, in the same project."""

    railway: RailwayProject
    config: ServiceConfig
    deployments: Deployments
    on_line: Callable[[str], None]

    # ---- what there is

    def lines(self) -> list[Line]:
        return process_lines.lines(self.config.project)

    def ids(self) -> dict[str, str]:
        """Return the id of each service by its name."""
        details = self.railway.details() or {}
        return {str(entry["name"]): str(entry["id"]) for entry in nodes(details.get("services") or {"edges": []})}

    def redis_name(self) -> str:
        return next((name for name in self.ids() if NAMES.search(name)), "")

    def needs_redis(self) -> bool:
        """Whether the settings read the address of a server that .env.production does not name."""
        found = redis_variables.find(self.config.project)
        given = self.config.project.service_values()
        return any(not given.get(name) for name, kind in found.items() if kind.startswith(("url", "host")))

    def redis_references(self) -> dict[str, str]:
        """Return the variables of the site that refer to Redis, with their references unresolved."""
        if not (name := self.redis_name()):
            return {}
        found = redis_variables.find(self.config.project)
        return {
            variable: f"${{{{{name}.{PARTS.get(kind, 'REDIS_URL')}}}}}{kind.removeprefix('url') * (kind not in PARTS)}"
            for variable, kind in found.items()
        }

    def instance(self, service_id: str) -> dict[str, Any]:
        environment = self.railway.ids["environmentId"]
        return dict(
            self.railway.api.ask("service_instance", environmentId=environment, serviceId=service_id)["serviceInstance"]
        )

    def settings(self, line: Line) -> dict[str, Any]:
        """Return the settings of the service for *line*. One replica, so that no schedule runs twice."""
        return {"startCommand": line.command, "drainingSeconds": DRAINING_SECONDS, "numReplicas": 1}

    def variables(self) -> dict[str, str]:
        """Return the variables of such a service: references to those of the site, so that no secret is copied."""
        site = self.railway.facts.get("railway.service_name")
        given = self.config.variables(unrendered=True)
        return {name: value if "${{" in value else f"${{{{{site}.{name}}}}}" for name, value in given.items()}

    def is_current(self, line: Line) -> bool:
        """Whether the service of *line* exists with its settings, and has not failed with the site's current files."""
        service_id = self.ids().get(line.name)
        if not service_id:
            return False
        found, facts = self.instance(service_id), self.railway.facts
        if str((found.get("latestDeployment") or {}).get("status")) in BAD:
            return False
        same = all(found.get(name) == value for name, value in self.settings(line).items())
        return same and facts.get(f"railway.background.{line.name}") == facts.get("railway.deployed")

    # ---- plans

    def missing(self) -> list[str]:
        """Return the names of the services that have to be made."""
        wanted = ["Redis"] if self.needs_redis() and not self.redis_name() else []
        return wanted + [line.name for line in self.lines() if line.name not in self.ids()]

    def actions(self) -> Iterator[Action]:
        missing = self.missing()
        if missing and self.railway.answers.get(ANSWER) != "yes":
            why = f"{', '.join(missing)} at Railway: each is a service that is billed by its use"
            yield Assist("27.1", f"the answer {ANSWER}", f"{ANSWER}: yes", why)
            return
        if "Redis" in missing:
            yield CallService("Railway", REDIS, "add Redis")
        if stale := [line.name for line in self.lines() if not self.is_current(line)]:
            yield CallService(
                "Railway", SERVICES, f"deploy the same files as {', '.join(stale)}, without a public address"
            )

    # ---- creation

    def create_redis(self) -> None:
        """Add Redis, and wait until it runs.

        Raises:
            RailwayError: its deployment failed, or took too long.
        """
        if not self.redis_name():
            self._add("--database", "redis")
        service_id, waited = self.ids()[self.redis_name()], 0.0
        for pause in pauses():
            status = self.railway.deployment_status(service_id)
            if status in GOOD:
                return
            if status in BAD or waited > REDIS_SECONDS:
                why = f"its deployment is {status or 'not started'}"
                hint = f"Read its log in the dashboard: {self.railway.dashboard}."
                raise RailwayError("database", "Redis at Railway did not start", why, hint)
            waited += pause
            process.pause(pause)

    def deploy(self) -> None:
        """Make and deploy the service of each line that is not current."""
        for line in self.lines():
            if self.is_current(line):
                continue
            if line.name not in self.ids():
                self._add("--service", line.name)
            service_id = self.ids()[line.name]
            ids = {**self.railway.ids, "serviceId": service_id}
            values = {**ids, "variables": self.variables(), "replace": False, "skipDeploys": True}
            self.railway.api.ask("set_variables", input=values)
            environment = self.railway.ids["environmentId"]
            settings = self.settings(line)
            self.railway.api.ask("update_settings", serviceId=service_id, environmentId=environment, input=settings)
            self.on_line(f"Railway: {line.name}")
            self.deployments.deploy_beside(service_id, line.name)
            self.railway.facts.put(f"railway.background.{line.name}", self.railway.facts.get("railway.deployed"))

    def _add(self, option: str, name: str) -> None:
        self.railway.cli.run("add", option, name, "--json", timeout=600)
        self.railway.forget()
        if not (self.redis_name() if option == "--database" else name in self.ids()):
            raise RailwayError("absent", f"Railway does not show the new {name} yet", "", "Run task 27 again.")

    # ---- observations

    def log(self, line: Line) -> list[str]:
        """Return the newest lines that the service of *line* has logged."""
        service_id = self.ids().get(line.name, "")
        latest = (self.instance(service_id).get("latestDeployment") or {}) if service_id else {}
        return self.deployments.log(str(latest["id"])) if latest.get("id") else []

    def running(self) -> Observation:
        """Whether the service of each line runs with its command."""
        if missing := self.missing():
            return self._lacking(missing)
        states = {}
        for line in self.lines():
            service_id = self.ids()[line.name]
            status = self.railway.deployment_status(service_id)
            right = status in GOOD and self.instance(service_id).get("startCommand") == line.command
            states[line.name] = status if right or status not in GOOD else "another start command"
        holds = bool(states) and all(status in GOOD for status in states.values())
        showed = ", ".join(f"{name}: {status}" for name, status in states.items()) or "the Procfile names no process"
        return Observation(holds, "service", "the services at Railway", showed)

    def _lacking(self, names: list[str]) -> Observation:
        why = f"{', '.join(names)} do not exist yet: the answer `{ANSWER}: yes` lets Golive create them"
        return Observation(None, "service", "the services at Railway", why, absent=True)

    def redis(self) -> Observation:
        name = self.redis_name()
        if not name:
            return self._lacking(["Redis"])
        status = self.railway.deployment_status(self.ids()[name])
        current, wanted = self.config.variables(unrendered=True), self.redis_references()
        lacking = [variable for variable, value in wanted.items() if current.get(variable) != value]
        showed = f"{name}: {status}" + (f"; {', '.join(lacking)} of the site do not refer to it" if lacking else "")
        return Observation(status in GOOD and not lacking, "service", "Redis, and the site's variables", showed)

    def logged(self, pattern: re.Pattern[str], what: str) -> Observation:
        """Whether a process has logged *what*. Undecided as long as it had no occasion."""
        for line in self.lines():
            if found := next((match[0] for text in self.log(line) if (match := pattern.search(text))), ""):
                return Observation(True, "record", f"the log of {line.name}", excerpt(found, 200))
        why = f"no log shows {what} yet. Use the site, or wait until an entry is due, then run the task again"
        return Observation(None, "record", "the logs of the services", why)

    def stopping(self) -> Observation:
        """Whether Railway gives work time to end. That none is lost was seen in the rehearsal only."""
        known = {line.name: self.instance(each) for line in self.lines() if (each := self.ids().get(line.name))}
        short = [name for name, each in known.items() if (each.get("drainingSeconds") or 0) < DRAINING_SECONDS]
        ran = "the seconds between SIGTERM and SIGKILL"
        if short:
            return Observation(False, "service", ran, f"fewer than {DRAINING_SECONDS} for {', '.join(short)}")
        why = f"{DRAINING_SECONDS} for each service. That no work is lost is shown by a rehearsal: --target local"
        return Observation(None, "service", ran, why)


class BackgroundAtRailway(ExternalServices):
    """The part of the target that runs workers, schedulers and Redis."""

    @property
    @abstractmethod
    def background_services(self) -> BackgroundServices: ...

    def questions(self, stage: Stage) -> list[Question]:
        wanted = stage is Stage.BACKGROUND and self.facts.get("railway.deployment")
        if wanted and (missing := self.background_services.missing()):
            text = f"Create {', '.join(missing)} at Railway? Each is a service that is billed by its use."
            why = "Without them, work that the site hands over is never done."
            return [Question(ANSWER, text, "no", why, ("no", "yes"), needed=True)]
        return super().questions(stage)

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        if stage is Stage.BACKGROUND and self.facts.get("railway.deployment"):
            return list(self.background_services.actions())
        return super().actions(stage, changed=changed)

    def perform(self, part: str) -> dict[str, str]:
        match part:
            case "redis":
                self.background_services.create_redis()
            case "background":
                self.deploy_if_changed()
                self.background_services.deploy()
            case _:
                return super().perform(part)
        return {}

    @abstractmethod
    def deploy_if_changed(self) -> None:
        """Deploy the site if its files or variables have changed."""

    def redis_hosts(self) -> set[str]:
        return set()

    def background_statuses(self, schedules: Sequence[bool]) -> dict[str, Any]:
        if not self.facts.get("railway.deployment"):
            nothing = Observation(
                None, "service", "the services at Railway", "nothing is deployed yet: task 17 does it"
            )
            return dict.fromkeys(("27.1", "27.2", "27.3", "27.4", "27.5", "27.6"), nothing)
        services = self.background_services
        found = {}
        if services.needs_redis() or services.redis_name():
            found["27.2"] = services.redis()
            why = "what is kept there is compared in a rehearsal: --target local"
            found["27.6"] = Observation(None, "service", "caches, sessions and channels", why)
        if schedules:
            found["27.1"], found["27.5"] = services.running(), services.stopping()
            found["27.3"] = services.logged(DONE, "work that was done")
        if any(schedules):
            found["27.4"] = services.logged(DUE, "an entry of the schedule")
        return found
