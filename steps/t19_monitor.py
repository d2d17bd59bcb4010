"""Task 19, Set Up UptimeRobot: monitor the health URL, and test its alert with a real outage.

A paused monitor would prove nothing, because it sends no alert.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import monitor_status
from steps.shared.parts import Parts
from steps.shared.target_step import TargetStep
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.project.project import Project
from wizard.services.uptimerobot import INTERVAL
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class SetUpMonitor(TargetStep):
    stage = Stage.MONITOR

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        parts = Parts()
        yield from parts.of(self._status(sandbox))
        yield from parts.of(self._settings(sandbox))
        yield from parts.of(self._alert(sandbox))
        parts.finish()

    def _status(self, sandbox: Sandbox) -> Iterator[Evidence]:
        target = sandbox.target
        target.site().close()
        robot, monitor = target.uptimerobot, target.health_monitor()
        up, showed = monitor_status.wait_until_up(robot, monitor)
        ran, expected = f"monitor {monitor['id']}", "a monitor of the health URL that is UP"
        yield sandbox.evidence("19.1", up, "service", ran, showed, real=robot.real, expected=expected)

    def _settings(self, sandbox: Sandbox) -> Iterator[Evidence]:
        robot, monitor = sandbox.target.uptimerobot, sandbox.target.health_monitor()
        seconds = robot.read(monitor)["interval"]
        showed = f"{seconds // 60} minutes"
        yield sandbox.evidence("19.2", seconds == INTERVAL, "service", "its interval", showed, real=robot.real)
        contacts = robot.contacts()
        assigned = {str(each["alertContactId"]) for each in robot.read(monitor).get("assignedAlertContacts") or []}
        emails = [str(contact["value"]) for contact in contacts if str(contact["id"]) in assigned]
        showed = ", ".join(emails) or "no e-mail contact"
        yield sandbox.evidence("19.3", bool(emails), "service", "its alert contacts", showed, real=robot.real)

    def _alert(self, sandbox: Sandbox) -> Iterator[Evidence]:
        target = sandbox.target
        target.site().close()
        yield sandbox.evidence_of("19.4", target.alert_status(target.health_monitor()))


STEP = SetUpMonitor
