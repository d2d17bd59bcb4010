"""Create the missing parts at Railway: project, service, database, public address and backups."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.base import process
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import now
from wizard.checklist.model import Prices
from wizard.plan.actions import Action, Assist, CallService
from wizard.services.response_guard import guard_responses
from wizard.state.state_file import Facts
from wizard.targets.railway.api import BAD, GOOD
from wizard.targets.railway.polling import pauses
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.railway_error import RailwayError

PARTS = ("project", "service", "database", "domain", "backups")
"""The parts of a project, in the order of their creation."""
PAID = {"project", "service", "database"}
DATABASE_SECONDS = 600.0
"""How long a new database may take to start."""


@guard_responses("Railway")
@dataclass
class Provisioning:
    """Plans and creates the parts of *railway*. Nothing is created without the answer `costs: yes`."""

    railway: RailwayProject
    answers: Answers
    facts: Facts
    prices: Prices

    # ---- plans

    def missing(self) -> list[str]:
        """Return the parts that don't exist yet, in the order of their creation."""
        railway = self.railway
        exists = {
            "project": bool(railway.details()),
            "service": bool(railway.service_id),
            "database": bool(railway.database_id),
            "domain": bool(self.facts.get("railway.host")) and bool(railway.service_id),
            "backups": bool(self.facts.get("railway.backups")),
        }
        return [part for part in PARTS if not exists[part]]

    def questions(self) -> list[Question]:
        questions = []
        if PAID & set(self.missing()):
            text = f"Create services that cost about ${self.prices.month:.2f} a month?"
            questions.append(Question("costs", text, "no", self.prices.description(), ("no", "yes"), needed=True))
        if not self.railway.details():
            questions.append(Question("railway.project", "What should the project at Railway be called?",
                                      self.railway.name, "", pattern=r"[A-Za-z0-9][\w .-]*"))  # fmt: skip
            if len(self.railway.workspaces) > 1:
                names = tuple(str(workspace["name"]) for workspace in self.railway.workspaces)
                questions.append(
                    Question("railway.workspace", "Which workspace pays for it?", names[0], "", names, needed=True)
                )
            if self.railway.namesakes():
                why = f"Railway already has a project {self.railway.name} that is not linked to this folder."
                questions.append(
                    Question("railway.link", "Use the existing project?", "no", why, ("no", "yes"), needed=True)
                )
        return questions

    def actions(self) -> list[Action]:
        missing = self.missing()
        if PAID & set(missing) and self.answers.get("costs") != "yes":
            why = f"{self.prices.description()} Golive creates nothing until you agree"
            return [Assist("12.1", "the answer costs", "costs: yes", why)]
        titles = {
            "project": f"create the project {self.railway.name}, or find it",
            "service": f"create the service {self.railway.service_name} in it",
            "database": "add a PostgreSQL database",
            "domain": "give the service a public address",
            "backups": "back up the database every day",
        }
        return [CallService("Railway", part, titles[part]) for part in missing]

    # ---- creation

    def create(self, part: str) -> None:
        """Create *part*, one of PARTS, unless it exists."""
        match part:
            case "project":
                self.create_project()
            case "service":
                self.create_service()
            case "database":
                self.create_database()
            case "domain":
                self.create_domain()
            case "backups":
                self.schedule_backups()

    def create_project(self) -> None:
        """Create the project, or use the existing one with the answer `railway.link: yes`.

        Raises:
            RailwayError: a project of this name exists and is not linked to this folder.
        """
        railway = self.railway
        if railway.details():
            return
        if taken := railway.namesakes():
            if self.answers.get("railway.link") != "yes":
                raise RailwayError(
                    "taken", f'Railway has a project "{railway.name}" already',
                    f"it was created on {taken[0]['createdAt'][:10]}, and is not linked to this folder",
                    "Answer railway.link: yes to use it, or set another name as railway.project.",
                )  # fmt: skip
            self.facts.put("railway.project", str(taken[0]["id"]))
        else:
            self.facts.put("railway.creating", now())
            self.facts.put("railway.project", self._init())
        railway.forget()
        if not railway.details():
            raise RailwayError("absent", "Railway does not show the new project yet", "", "Run task 12 again.")

    def _init(self) -> str:
        """Run `railway init` and return the new project's id."""
        railway = self.railway
        workspace = self.answers.get("railway.workspace")
        names = [str(entry["name"]) for entry in railway.workspaces]
        if not workspace and len(names) > 1:
            raise RailwayError("refused", "Railway has several workspaces", ", ".join(names),
                               "Set the answer railway.workspace to the one that pays.")  # fmt: skip
        option = ("--workspace", workspace) if workspace else ()
        try:
            return str(self.railway.cli.json("init", "--name", railway.name, *option, "--json")["id"])
        except RailwayError as error:
            # If the connection was lost after the request, the project may still have been created.
            if error.kind != "network" or not (created := railway.interrupted_id()):
                raise
            return created

    def _link(self) -> None:
        """Link this folder to the project; commands need that, and a new clone or machine has no link."""
        railway = self.railway
        if railway.project_token or railway.linked_id() == self.facts.get("railway.project"):
            return
        railway.cli.run("link", "--project", self.facts.get("railway.project"),
                        "--environment", self.facts.get("railway.environment"), "--json")  # fmt: skip

    def create_service(self) -> None:
        """Create the service. It must come before the database: a folder is linked to the first service added."""
        if self.railway.service_id:
            return
        self._link()
        self._add("service", "--service", self.railway.service_name)

    def create_database(self) -> None:
        """Add a PostgreSQL service and wait until it runs.

        Raises:
            RailwayError: its deployment failed, or took too long.
        """
        if not self.railway.database_id:
            self._link()
            self._add("database", "--database", "postgres")
        self._await_database()

    def _add(self, part: str, *options: str) -> None:
        """Run `railway add`. A command that failed late may still have created the part."""
        try:
            self.railway.cli.run("add", *options, "--json", timeout=600)
        except RailwayError as error:
            self.railway.forget()
            late = error.kind == "network" or "Timed out" in error.why
            if not late or part in self.missing():
                raise
        self.railway.forget()
        if part in self.missing():
            raise RailwayError("absent", f"Railway does not show the new {part} yet", "", "Run task 12 again.")

    def _await_database(self) -> None:
        waited = 0.0
        for pause in pauses():
            status = self.railway.deployment_status(self.railway.database_id)
            if status in GOOD:
                return
            if status in BAD:
                said = self.railway.last_error(self.railway.database_id)
                why = f'its deployment is {status}: "{said}"' if said else f"its deployment is {status}"
                raise RailwayError("database", "PostgreSQL at Railway did not start", why,
                                   f"Read its log in the dashboard: {self.railway.dashboard}.")  # fmt: skip
            if waited > DATABASE_SECONDS:
                why = f"after {waited / 60:.0f} minutes its deployment is {status or 'not started'}"
                hint = f"See {self.railway.dashboard}, then run task 12 again. It continues with this database."
                raise RailwayError("database", "PostgreSQL at Railway has not started yet", why, hint)
            waited += pause
            process.pause(pause)

    def create_domain(self) -> None:
        """Keep the service's public address, or let Railway create one; a custom domain is preferred."""
        self._link()
        answer = self.railway.cli.json("domain", "--service", self.facts.get("railway.service_name"), "--json")
        # A new address is in `domain`, existing ones are in `domains`.
        found = [answer["domain"]] if answer.get("domain") else [*(answer.get("domains") or [])]
        if not found:
            raise RailwayError("refused", "Railway gave the service no address", excerpt(str(answer), 200))
        custom = [address for address in found if ".railway.app" not in str(address)]
        self.facts.put("railway.host", re.sub(r"^https?://", "", str((custom or found)[0])).rstrip("/"))

    def schedule_backups(self) -> None:
        """Back up the database's volume every day. If the plan has no backups, the reason is kept as a fact."""
        volume = self.railway.volume_id()
        if not volume:
            self.facts.put("railway.backups", "no: the database has no volume")
            return
        api = self.railway.api
        try:
            if not api.ask("backup_schedules", id=volume)["volumeInstanceBackupScheduleList"]:
                api.ask("set_backup_schedules", id=volume, kinds=["DAILY"])
        except RailwayError as error:
            if error.kind not in {"refused", "plan"}:
                raise
            self.facts.put("railway.backups", excerpt(f"no: {error.why}", 200))
            return
        self.facts.put("railway.backups", volume)
