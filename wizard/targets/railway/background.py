"""Workers, schedules and Redis at Railway: a service for each line of the Procfile and each command of cron.

They are made from the same files as the site. Source: Railway's documentation of services, variables, deployments and
cron jobs, and its public schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from wizard.base import process
from wizard.base.secrets import excerpt
from wizard.plan.actions import Action, Assist, CallService
from wizard.project import cron_jobs, process_lines, redis_variables
from wizard.project.cron_jobs import CronJob
from wizard.project.process_lines import Line
from wizard.services.response_guard import guard_responses
from wizard.targets.base import Observation
from wizard.targets.railway.api import BAD, GOOD, nodes
from wizard.targets.railway.deployments import Deployments
from wizard.targets.railway.polling import pauses
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.railway_error import RailwayError
from wizard.targets.railway.service_config import ServiceConfig

ANSWER = "background"
MADE = "railway.background"
"""The fact with the names of the services that Golive made."""
REDIS, SERVICES, UNUSED = "redis", "background", "unused services"
NAMES = re.compile(r"redis|valkey", re.IGNORECASE)
PARTS = {"host": "REDISHOST", "port": "REDISPORT", "password": "REDISPASSWORD", "user": "REDISUSER"}
"""The variables of the service that the template of Redis makes."""
REDIS_SECONDS = 300.0
DRAINING_SECONDS = 30
"""How long Railway waits between SIGTERM and SIGKILL. Its default is 0: work that has begun would be lost."""
DONE = re.compile(
    r"Task \S+\[[\w-]+\] succeeded in \d|\bJob OK\b.*\([\w:.-]+\)|Processed '[^']+' \([\w-]+\)"
    r"|: [0-9a-f-]{36}\b.* executed in \d|Task id=\S+ path=\S+ state=SUCCE"
)
"""What Celery, RQ, django-q2, Huey and Django's tasks log of work that is done. Dramatiq logs nothing."""
DUE = re.compile(
    r"Scheduler: Sending due task .+ \(\S+\)|Enqueueing periodic task \S+|Enqueued job \S+ to queue \S+"
    r"|created task \S+ from schedule \["
)
"""What Celery's beat, Huey, RQ's own scheduler and django-q2 log of an entry that is due."""


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

    def jobs(self) -> list[CronJob]:
        """Return the commands of cron that Railway accepts."""
        return [each for each in cron_jobs.find(self.config.project) if not each.problem]

    def wanted(self) -> dict[str, dict[str, Any]]:
        """Return the settings of each service beside the site's, by its name.

        One replica, so that no schedule runs twice. A command of cron is not repeated at once if it fails.
        """
        found = dict[str, dict[str, Any]]()
        for line in self.lines():
            found[line.name] = {"startCommand": line.command, "drainingSeconds": DRAINING_SECONDS, "numReplicas": 1}
        for job in self.jobs():
            settings = {"startCommand": job.command, "cronSchedule": job.schedule, "restartPolicyType": "NEVER"}
            found[job.name] = {**settings, "numReplicas": 1}
        return found

    def unused(self) -> list[str]:
        """Return the services that Golive made for what the project no longer has."""
        wanted, ids = self.wanted(), self.ids()
        made = self.railway.facts.get(MADE).split()
        return [name for name in made if name in ids and name not in wanted]

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

    def variables(self) -> dict[str, str]:
        """Return the variables of such a service: references to those of the site, so that no secret is copied."""
        site = self.railway.facts.get("railway.service_name")
        given = self.config.variables(unrendered=True)
        return {name: value if "${{" in value else f"${{{{{site}.{name}}}}}" for name, value in given.items()}

    def is_current(self, name: str) -> bool:
        """Whether the service *name* exists with its settings, and has not failed with the site's current files."""
        service_id = self.ids().get(name)
        if not service_id:
            return False
        found, facts = self.instance(service_id), self.railway.facts
        if str((found.get("latestDeployment") or {}).get("status")) in BAD:
            return False
        same = all(found.get(key) == value for key, value in self.wanted()[name].items())
        return same and facts.get(f"railway.background.{name}") == facts.get("railway.deployed")

    # ---- plans

    def missing(self) -> list[str]:
        """Return the names of the services that have to be made."""
        wanted = ["Redis"] if self.needs_redis() and not self.redis_name() else []
        return wanted + [name for name in self.wanted() if name not in self.ids()]

    def actions(self) -> Iterator[Action]:
        if unused := self.unused():
            what = f"delete {', '.join(unused)}, which Golive made and the project no longer needs"
            yield CallService("Railway", UNUSED, what)
        missing = self.missing()
        if missing and self.railway.answers.get(ANSWER) != "yes":
            why = f"{', '.join(missing)} at Railway: each is a service that is billed by its use"
            yield Assist("27.1", f"the answer {ANSWER}", f"{ANSWER}: yes", why)
            return
        if "Redis" in missing:
            yield CallService("Railway", REDIS, "add Redis")
        if stale := [name for name in self.wanted() if not self.is_current(name)]:
            schedules = {job.name: f" ({job.command}, at {job.schedule} UTC)" for job in self.jobs()}
            names = ", ".join(f"{name}{schedules.get(name, '')}" for name in stale)
            yield CallService("Railway", SERVICES, f"deploy the same files as {names}, without a public address")

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
        """Make and deploy each service that is not current."""
        facts = self.railway.facts
        for name, settings in self.wanted().items():
            if self.is_current(name):
                continue
            if name not in self.ids():
                self._add("--service", name)
                facts.put(MADE, " ".join(sorted({*facts.get(MADE).split(), name})))
            service_id = self.ids()[name]
            ids = {**self.railway.ids, "serviceId": service_id}
            values = {**ids, "variables": self.variables(), "replace": False, "skipDeploys": True}
            self.railway.api.ask("set_variables", input=values)
            environment = self.railway.ids["environmentId"]
            self.railway.api.ask("update_settings", serviceId=service_id, environmentId=environment, input=settings)
            self.on_line(f"Railway: {name}")
            self.deployments.deploy_beside(service_id, name)
            facts.put(f"railway.background.{name}", facts.get("railway.deployed"))
            if "cronSchedule" in settings:
                facts.put(f"railway.cron.{name}", str(self.instance(service_id).get("nextCronRunAt") or ""))

    def delete_unused(self) -> None:
        """Delete the services that Golive made and the project no longer needs."""
        for name in self.unused():
            environment = self.railway.ids["environmentId"]
            self.railway.api.ask("delete_service", id=self.ids()[name], environmentId=environment)
            self.railway.forget()
            kept = [each for each in self.railway.facts.get(MADE).split() if each != name]
            self.railway.facts.put(MADE, " ".join(kept))

    def _add(self, option: str, name: str) -> None:
        self.railway.cli.run("add", option, name, "--json", timeout=600)
        self.railway.forget()
        if not (self.redis_name() if option == "--database" else name in self.ids()):
            raise RailwayError("absent", f"Railway does not show the new {name} yet", "", "Run task 27 again.")

    # ---- observations

    def log(self, name: str) -> list[str]:
        """Return the newest lines that the service *name* has logged."""
        service_id = self.ids().get(name, "")
        latest = (self.instance(service_id).get("latestDeployment") or {}) if service_id else {}
        return self.deployments.log(str(latest["id"])) if latest.get("id") else []

    def running(self) -> Observation:
        """Whether each service is deployed with its command and its schedule."""
        if missing := self.missing():
            return self._lacking(missing)
        states = {}
        for name, settings in self.wanted().items():
            service_id = self.ids()[name]
            status, given = self.railway.deployment_status(service_id), self.instance(service_id)
            command = given.get("startCommand") == settings["startCommand"]
            schedule = given.get("cronSchedule") == settings.get("cronSchedule")
            wrong = "another start command" if not command else "another schedule" if not schedule else ""
            states[name] = status if status not in GOOD else wrong or status
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

    def scheduled(self) -> Observation | None:
        """Whether each command of cron has run and ended. None if the project has none."""
        refused = [each for each in cron_jobs.find(self.config.project) if each.problem]
        ran, ends = "the services with a schedule", list[str]()
        if refused:
            why = f"{refused[0].where}: {refused[0].problem}. Give it another schedule"
            return Observation(None, "service", ran, why, absent=True)
        for job in self.jobs():
            given = self.instance(self.ids()[job.name]) if job.name in self.ids() else {}
            next_run = str(given.get("nextCronRunAt") or "")
            first = self.railway.facts.get(f"railway.cron.{job.name}")
            states = [str(each["status"]) for each in (given.get("latestDeployment") or {}).get("instances") or []]
            if "CRASHED" in states:
                last = next(reversed(self.log(job.name)), "no log")
                return Observation(False, "service", ran, f"{job.name} failed: {excerpt(last, 200)}")
            if not first or next_run == first or "EXITED" not in states:
                why = f"{job.name} has not run yet" + (f"; its next run is at {next_run}" if next_run else "")
                return Observation(None, "service", ran, f"{why}. Run the task again after it")
            ends.append(f"{job.name} ran and ended, and its next run is at {next_run}")
        return Observation(True, "service", ran, "; ".join(ends)) if ends else None

    def logged(self, pattern: re.Pattern[str], what: str) -> Observation:
        """Whether a process has logged *what*. Undecided as long as it had no occasion."""
        for line in self.lines():
            if found := next((match[0] for text in self.log(line.name) if (match := pattern.search(text))), ""):
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
        why = (
            f"{DRAINING_SECONDS} for each service. Golive does not stop a worker of production. Rehearse it with "
            "--target local, or deploy while a worker works, and see in its log that the work was done"
        )
        return Observation(None, "service", ran, why, absent=True)
