"""The project at Railway: found by its link, its token or what was made before; made only where nothing is found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from wizard.base import process
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import now
from wizard.checklist.model import Prices
from wizard.plan.actions import Action, Assist, CallService
from wizard.project.project import Project
from wizard.services.response_guard import guard_responses
from wizard.state.state_file import Facts
from wizard.targets.base import Observation
from wizard.targets.railway.api import BAD, GOOD, RailwayApi, nodes
from wizard.targets.railway.command import RailwayCli, RailwayError

DATABASE = re.compile(r"postgres", re.I)
NOT_THE_SITE = re.compile(r"postgres|redis|mysql|mongo", re.I)
WAITS = (2.0, 3.0, 5.0, 5.0, 8.0, 15.0)
"""Seconds between looks, the last one again and again: an account without a plan may ask a hundred times an hour."""
DATABASE_SECONDS = 600.0
SKEW = timedelta(minutes=2)
"""By how much two clocks may differ."""


@guard_responses("Railway")
@dataclass
class Place:
    """Golive's view of one Railway project; `forget` after something was made there."""

    cli: RailwayCli
    api: RailwayApi
    answers: Answers
    facts: Facts
    project: Project
    prices: Prices
    _seen: dict[str, Any] | None = None
    _looked: bool = False

    # ---- who, and what is there

    @cached_property
    def _token_of_project(self) -> dict[str, Any] | None:
        """What a project token sees: one project, one environment."""
        if not self.cli.environment().get("RAILWAY_TOKEN"):
            return None
        return dict(self.api.ask("whose")["projectToken"])

    def whoami(self) -> str:
        """Who asks, told.

        Raises:
            RailwayError: nobody that Railway knows.
        """
        if token := self._token_of_project:
            return f"a token of the project {token['project']['name']}, {token['environment']['name']}"
        if self.cli.environment().get("RAILWAY_API_TOKEN"):
            names = [str(each["name"]) for each in self._workspaces]
            return f"a token that sees {', '.join(names) or 'no workspace'}"
        person = self.cli.json("whoami", "--json")
        return f"{person.get('name')} ({person.get('email')})"

    @cached_property
    def _workspaces(self) -> list[dict[str, Any]]:
        if self.cli.environment().get("RAILWAY_API_TOKEN"):
            return list(self.api.ask("who")["apiToken"]["workspaces"])
        return list(self.cli.json("whoami", "--json").get("workspaces") or [])

    @property
    def name(self) -> str:
        """What the project is to be called: as answered, else as its folder is."""
        folder = (
            self.project.top.name if self.project.root.name in {"backend", "src", "server"} else self.project.root.name
        )
        usual = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-") or "site"
        return self.answers.get("railway.project", usual)

    @property
    def service_name(self) -> str:
        return self.answers.get("railway.service", "web")

    def look(self) -> dict[str, Any] | None:
        """The project with its services, asked once until `forget`; None where there is none of ours."""
        if not self._looked:
            self._seen, self._looked = self._find(), True
            if self._seen:
                self._learn(self._seen)
        return self._seen

    def forget(self) -> None:
        self._looked = False

    def _find(self) -> dict[str, Any] | None:
        if token := self._token_of_project:
            if self.facts.get("railway.project") not in {"", str(token["project"]["id"])}:
                self._forget_all()
            self.facts.put("railway.environment", token["environment"]["id"])
            self.facts.put("railway.environment_name", token["environment"]["name"])
            return self._read(token["project"]["id"])
        if known := self.facts.get("railway.project"):
            if found := self._read(known):
                return found
            self._forget_all()  # somebody deleted it, and everything in it with it
        other = self._linked() or self._made_by_us()
        return self._read(other) if other else None

    def _read(self, name: str) -> dict[str, Any] | None:
        """The project by its id; None when it is gone."""
        try:
            found = self.api.ask("project", id=name)["project"]
        except RailwayError as error:
            if error.kind == "absent":
                return None
            raise
        return None if not found or found.get("deletedAt") else dict(found)

    def _linked(self) -> str:
        """The id of the project this folder is linked to; empty without a link."""
        try:
            return str(self.cli.json("status", "--json").get("id") or "")
        except RailwayError as error:
            if error.kind == "absent":
                return ""
            raise

    def _called_so(self) -> list[dict[str, Any]]:
        """Projects of our name, in the workspaces the person has."""
        found = []
        for workspace in self._workspaces:
            listed = nodes(self.api.ask("projects", workspaceId=workspace["id"])["projects"])
            found += [each for each in listed if each["name"] == self.name and not each.get("deletedAt")]
        return found

    def _made_by_us(self) -> str:
        """The id of a project that a run of ours made before its connection was cut; empty if there is none."""
        begun = self.facts.get("railway.creating")
        if not begun:
            return ""
        since = datetime.fromisoformat(begun) - SKEW
        return next((str(each["id"]) for each in self._called_so() if _when(each["createdAt"]) >= since), "")

    def _forget_all(self) -> None:
        self.facts.forget("railway.", "uptimerobot.")

    def _learn(self, seen: dict[str, Any]) -> None:
        """Keep the ids of what is there."""
        if self.facts.get("railway.project") not in {"", str(seen["id"])}:
            self._forget_all()
        self.facts.put("railway.project", str(seen["id"]))
        environments = {str(each["id"]): str(each["name"]) for each in nodes(seen["environments"])}
        if self.facts.get("railway.environment") not in environments and environments:
            chosen = next((key for key, name in environments.items() if name == "production"), next(iter(environments)))
            self.facts.put("railway.environment", chosen)
            self.facts.put("railway.environment_name", environments[chosen])
        services = {str(each["name"]): str(each["id"]) for each in nodes(seen["services"])}
        database = next((name for name in services if DATABASE.search(name)), "")
        self.facts.put("railway.database", services.get(database, ""))
        self.facts.put("railway.database_name", database)
        others = [name for name in services if not NOT_THE_SITE.search(name)]
        site = self.service_name if self.service_name in services else others[0] if len(others) == 1 else ""
        self.facts.put("railway.service", services.get(site, ""))
        self.facts.put("railway.service_name", site)

    @property
    def service(self) -> str:
        """The id of the site's service; empty where there is none."""
        return self.facts.get("railway.service") if self.look() else ""

    @property
    def database(self) -> str:
        return self.facts.get("railway.database") if self.look() else ""

    @property
    def where(self) -> dict[str, str]:
        """The project and the environment, as the API wants them."""
        return {"projectId": self.facts.get("railway.project"), "environmentId": self.facts.get("railway.environment")}

    # ---- plans

    def missing(self) -> list[str]:
        """What has to be made, in this order."""
        wanted = (
            ("project", bool(self.look())), ("service", bool(self.service)), ("database", bool(self.database)),
            ("domain", bool(self.facts.get("railway.host")) and bool(self.service)),
            ("backups", bool(self.facts.get("railway.backups"))),
        )  # fmt: skip
        return [part for part, there in wanted if not there]

    def questions(self) -> list[Question]:
        asked = []
        if {"project", "service", "database"} & set(self.missing()):
            asked.append(Question("costs", f"Make what costs about ${self.prices.month:.2f} a month?", "no",
                                  self.prices.description(), ("no", "yes"), needed=True))  # fmt: skip
        if not self.look():
            asked.append(Question("railway.project", "What is the project at Railway called?", self.name, "",
                                  pattern=r"[A-Za-z0-9][\w .-]*"))  # fmt: skip
            if len(self._workspaces) > 1:
                names = tuple(str(each["name"]) for each in self._workspaces)
                asked.append(Question("railway.workspace", "Which workspace pays for it?", names[0], "", names,
                                      needed=True))  # fmt: skip
            if self._called_so():
                why = f"There is a project {self.name}, and it is not linked to this folder."
                asked.append(Question("railway.link", "Use it?", "no", why, ("no", "yes"), needed=True))
        return asked

    def actions(self) -> list[Action]:
        missing = self.missing()
        if {"project", "service", "database"} & set(missing) and self.answers.get("costs") != "yes":
            return [
                Assist("12.1", "the answer costs", "costs: yes", f"{self.prices.description()} Nothing is made before")
            ]
        titles = {
            "project": f"make the project {self.name}, or find it",
            "service": f"make the service {self.service_name} in it",
            "database": "make a PostgreSQL beside it",
            "domain": "give the service a public address",
            "backups": "back the database up every day",
        }
        return [CallService("Railway", part, titles[part]) for part in missing]

    # ---- making

    def make_project(self) -> None:
        """Make the project, or link the one that is there.

        Raises:
            RailwayError: one of this name is there and isn't linked to this folder.
        """
        if self.look():
            return
        if taken := self._called_so():
            if self.answers.get("railway.link") != "yes":
                raise RailwayError(
                    "taken", f"Railway has a project {self.name} already",
                    f"it was made on {taken[0]['createdAt'][:10]}, and isn't linked to this folder",
                    "Answer railway.link: yes to use it, or choose another name by railway.project.",
                )  # fmt: skip
            self.facts.put("railway.project", str(taken[0]["id"]))
        else:
            self.facts.put("railway.creating", now())
            workspace, names = self.answers.get("railway.workspace"), [str(each["name"]) for each in self._workspaces]
            if not workspace and len(names) > 1:
                raise RailwayError("refused", "Railway has several workspaces", ", ".join(names),
                                   "Choose the one that pays by the answer railway.workspace.")  # fmt: skip
            chosen = ("--workspace", workspace) if workspace else ()
            try:
                made = self.cli.json("init", "--name", self.name, *chosen, "--json")
            except RailwayError as error:
                # It may be there all the same: an answer that was lost is no refusal.
                if error.kind != "network" or not (cut := self._made_by_us()):
                    raise
                made = {"id": cut}
            self.facts.put("railway.project", str(made["id"]))
        self.forget()
        if not self.look():
            raise RailwayError("absent", "The project is not to be seen yet", "", "Run task 12 again.")

    def _link(self) -> None:
        """See that commands in this folder are meant for our project: another machine, or a new clone, has no link."""
        if self._token_of_project or self._linked() == self.facts.get("railway.project"):
            return
        self.cli.run("link", "--project", self.facts.get("railway.project"),
                     "--environment", self.facts.get("railway.environment"), "--json")  # fmt: skip

    def make_service(self) -> None:
        """Before the database: the first service a command adds becomes the one that commands mean."""
        if self.service:
            return
        self._link()
        self._added("service", "add", "--service", self.service_name, "--json")

    def make_database(self) -> None:
        """Add a PostgreSQL and wait until it runs.

        Raises:
            RailwayError: it failed, or didn't come up.
        """
        if not self.database:
            self._link()
            self._added("database", "add", "--database", "postgres", "--json")
        self._await_database()

    def _added(self, part: str, *command: str) -> None:
        """Run `railway add`; what it made before it failed counts."""
        try:
            self.cli.run(*command, timeout=600)
        except RailwayError as error:
            self.forget()
            late = error.kind == "network" or "Timed out" in error.why
            if not (late and getattr(self, part)):
                raise
        self.forget()
        if not getattr(self, part):
            raise RailwayError("absent", f"The {part} is not to be seen yet", "", "Run task 12 again.")

    def _await_database(self) -> None:
        waited = 0.0
        for count in range(10**6):
            status = self.status_of(self.database)
            if status in GOOD:
                return
            if status in BAD:
                raise RailwayError("database", "PostgreSQL didn't come up", f"its deployment is {status}",
                                   f"See its log in the dashboard: {self.dashboard}.")  # fmt: skip
            if waited > DATABASE_SECONDS:
                why = f"after {waited / 60:.0f} minutes it is {status or 'not begun'}"
                hint = "Wait a few minutes and run task 12 again: it is found, not made twice."
                raise RailwayError("database", "PostgreSQL is slow to come", why, hint)
            pause = WAITS[min(count, len(WAITS) - 1)]
            waited += pause
            process.pause(pause)

    def status_of(self, service: str) -> str:
        """The status of a service's latest deployment; empty without one."""
        found = self.api.ask("instance", environmentId=self.where["environmentId"], serviceId=service)[
            "serviceInstance"
        ]
        return str((found.get("latestDeployment") or {}).get("status") or "")

    def make_domain(self) -> None:
        """The service's public address: the one it has, or a new one. The command answers in two forms."""
        self._link()
        answer = self.cli.json("domain", "--service", self.facts.get("railway.service_name"), "--json")
        found = [answer["domain"]] if answer.get("domain") else [*(answer.get("domains") or [])]
        if not found:
            raise RailwayError("refused", "Railway gave the service no address", str(answer)[:200])
        own = [each for each in found if ".railway.app" not in str(each)]
        self.facts.put("railway.host", re.sub(r"^https?://", "", str((own or found)[0])).rstrip("/"))

    def make_backups(self) -> None:
        """Daily backups of the database's volume; a plan that has none is told, and no failure."""
        volume = self._volume()
        if not volume:
            self.facts.put("railway.backups", "no: the database has no volume")
            return
        try:
            if not self.api.ask("schedules", id=volume)["volumeInstanceBackupScheduleList"]:
                self.api.ask("schedule", id=volume, kinds=["DAILY"])
        except RailwayError as error:
            if error.kind != "refused":
                raise
            self.facts.put("railway.backups", f"no: {error.why}"[:200])
            return
        self.facts.put("railway.backups", volume)

    def _volume(self) -> str:
        seen = self.look() or {}
        environment = self.where["environmentId"]
        for volume in nodes(seen.get("volumes")):
            for instance in nodes(volume["volumeInstances"]):
                if instance["serviceId"] == self.database and instance["environmentId"] == environment:
                    return str(instance["id"])
        return ""

    # ---- telling

    @property
    def dashboard(self) -> str:
        return f"https://railway.com/project/{self.facts.get('railway.project')}"

    def told_project(self) -> Observation:
        seen = self.look()
        if not seen:
            return self._waits("Railway's projects", "there is none of ours yet")
        told = f"{seen['name']}, {self.facts.get('railway.environment_name')}: {self.dashboard}"
        return Observation(True, "service", "the project at Railway", told)

    def told_database(self) -> Observation:
        if not self.database:
            return self._waits("the project's services", "no PostgreSQL among them yet")
        status = self.status_of(self.database)
        name = self.facts.get("railway.database_name")
        return Observation(
            status in GOOD, "service", f"the service {name}", f"its deployment is {status or 'not there'}"
        )

    def reference_to(self, name: str) -> str:
        """A variable of the database as a reference: Railway fills it in, and follows when the password changes."""
        return f"${{{{{self.facts.get('railway.database_name')}.{name}}}}}"

    def told_address(self) -> Observation:
        if not self.database:
            return self._waits("DATABASE_URL", "there is no database yet")
        values = self.api.ask("variables", **self.where, serviceId=self.database)["variables"]
        url = str(values.get("DATABASE_URL") or "")
        found = re.fullmatch(r"(postgres\w*)://[^@]+@(.+)", url)
        told = (
            f"{found[1]}://{found[2]}, given to the site as {self.reference_to('DATABASE_URL')}"
            if found
            else "the database offers none"
        )
        return Observation(found is not None, "service", "the variables of the database", told)

    def told_backups(self) -> Observation | None:
        volume = self.facts.get("railway.backups")
        if not volume or not self.database:
            return None
        if volume.startswith("no: "):
            return Observation(None, "service", "backups of the database's volume", volume.removeprefix("no: "))
        kinds = [str(each["kind"]) for each in self.api.ask("schedules", id=volume)["volumeInstanceBackupScheduleList"]]
        return Observation(
            bool(kinds), "service", "backups of the database's volume", ", ".join(kinds).lower() or "none"
        )

    def _waits(self, ran: str, why: str) -> Observation:
        if self.answers.get("costs") != "yes":
            why = f"{why}. {self.prices.description()} Answer costs: yes to have it made"
        return Observation(None, "service", ran, why)


def _when(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
