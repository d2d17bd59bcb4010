"""Observations of the project at Railway: the project, its database and the database's backups."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.services.response_guard import guard_responses
from wizard.targets.base import Observation
from wizard.targets.railway.api import GOOD
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.provisioning import Provisioning


@guard_responses("Railway")
@dataclass
class ProjectStatus:
    railway: RailwayProject
    provisioning: Provisioning

    def project(self) -> Observation:
        details = self.railway.details()
        if not details:
            return self._missing("Railway's projects", "there is no project yet")
        showed = f"{details['name']}, {self.railway.facts.get('railway.environment_name')}: {self.railway.dashboard}"
        return Observation(True, "service", "the project at Railway", showed)

    def database(self) -> Observation:
        if not self.railway.database_id:
            return self._missing("the project's services", "there is no PostgreSQL yet")
        status = self.railway.deployment_status(self.railway.database_id)
        name = self.railway.facts.get("railway.database_name")
        showed = f"its deployment is {status}" if status else "it has no deployment"
        return Observation(status in GOOD, "service", f"the service {name}", showed)

    def database_url(self) -> Observation:
        """Return host, port and name of DATABASE_URL, without user and password."""
        railway = self.railway
        if not railway.database_id:
            return self._missing("DATABASE_URL", "there is no database yet")
        values = railway.api.ask("variables", **railway.ids, serviceId=railway.database_id)["variables"]
        found = re.fullmatch(r"(postgres\w*)://[^@]+@(.+)", str(values.get("DATABASE_URL") or ""))
        showed = "the database has no DATABASE_URL"
        if found:
            showed = f"{found[1]}://{found[2]}, passed to the site as {railway.database_reference('DATABASE_URL')}"
        return Observation(found is not None, "service", "the variables of the database", showed)

    def backup_schedule(self) -> Observation | None:
        volume = self.railway.facts.get("railway.backups")
        if not volume or not self.railway.database_id:
            return None
        ran = "backups of the database's volume"
        if volume.startswith("no: "):
            return Observation(None, "service", ran, volume.removeprefix("no: "))
        schedules = self.railway.api.ask("backup_schedules", id=volume)["volumeInstanceBackupScheduleList"]
        kinds = [str(schedule["kind"]) for schedule in schedules]
        return Observation(bool(kinds), "service", ran, ", ".join(kinds).lower() or "none")

    def _missing(self, ran: str, why: str) -> Observation:
        if self.provisioning.answers.get("costs") != "yes":
            why = f"{why}. {self.provisioning.prices.description()} Answer costs: yes to create it"
        return Observation(None, "service", ran, why, absent=self.railway.is_known)
