"""Task 19, Set Up UptimeRobot: somebody notices at night. The alert is tested by an outage, not by a pause."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.services.uptimerobot import INTERVAL
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class SetUpMonitor(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.of(*sandbox.target.actions(Stage.MONITOR), remarks=sandbox.target.remarks(Stage.MONITOR))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        there = sandbox.target
        there.site().close()
        robot = there.uptimerobot
        monitor = there.find_monitor()
        up = robot.wait_for_status(monitor, "UP")
        told = f"GET {monitor['url']}: {robot.read(monitor)['status']}"
        yield sandbox.evidence("19.1", up, "service", f"monitor {monitor['id']}", told, real=robot.real)
        seconds = robot.read(monitor)["interval"]
        told = f"{seconds // 60} minutes"
        yield sandbox.evidence("19.2", seconds == INTERVAL, "service", "its interval", told, real=robot.real)
        contacts = robot.contacts()
        assigned = {str(each["alertContactId"]) for each in robot.read(monitor).get("assignedAlertContacts") or []}
        mails = [str(each["value"]) for each in contacts if str(each["id"]) in assigned]
        told = ", ".join(mails) or "none"
        yield sandbox.evidence("19.3", bool(mails), "service", "its alert contacts", told, real=robot.real)
        yield sandbox.evidence_of("19.4", there.alert_status(monitor))


STEP = SetUpMonitor
