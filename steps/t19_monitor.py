"""Task 19, Set Up UptimeRobot: somebody notices at night. The alert is tested by an outage, not by a pause."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.services.uptimerobot import INTERVAL
from wizard.step import Step
from wizard.targets.verification import Target


class SetUpMonitor(Step):
    def plan(self, project: Project, target: Target, answers: Answers) -> Plan:
        return Plan.of(*target.production.actions(19), remarks=target.production.remarks(19))

    def verify(self, project: Project, target: Target, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        there.site().close()
        robot = there.uptimerobot
        monitor = there.watch()
        up = robot.wait_until(monitor, "UP")
        told = f"GET {monitor['url']}: {robot.read(monitor)['status']}"
        yield target.seen("19.1", up, "service", f"monitor {monitor['id']}", told, real=robot.real)
        seconds = robot.read(monitor)["interval"]
        told = f"{seconds // 60} minutes"
        yield target.seen("19.2", seconds == INTERVAL, "service", "its interval", told, real=robot.real)
        contacts = robot.contacts()
        assigned = {str(each["alertContactId"]) for each in robot.read(monitor).get("assignedAlertContacts") or []}
        mails = [str(each["value"]) for each in contacts if str(each["id"]) in assigned]
        told = ", ".join(mails) or "none"
        yield target.seen("19.3", bool(mails), "service", "its alert contacts", told, real=robot.real)
        yield target.told("19.4", there.alerted(monitor))


STEP = SetUpMonitor
