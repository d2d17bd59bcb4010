"""Task 19, Set Up UptimeRobot: somebody notices at night. The alert is tested by an outage, not by a pause.

A paused monitor asks nothing, so it sends nothing: the service is really stopped, the mail awaited, and the service
started again. Source: UptimeRobot's API description.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers import Answers
from wizard.evidence import Evidence
from wizard.plan import Plan
from wizard.project import Project
from wizard.services.uptimerobot import INTERVAL, wait_for
from wizard.step import Step
from wizard.targets.local import LocalTarget

WITHIN, EVERY = 30.0, 0.1
"""Seconds to wait for the monitor, and between looks; the rehearsal's monitor lives a thousand times as fast."""


class SetUpMonitor(Step):
    def plan(self, project: Project, answers: Answers) -> Plan:
        return Plan.nothing("The alert is tested with a real outage of the rehearsal's service.")

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        there.deployed()
        robot = there.uptimerobot
        monitor = robot.monitor(f"https://{there.host}/health/")
        up = robot.wait_until(monitor, "UP", WITHIN, EVERY)
        told = f"GET {monitor['url']}: {robot.read(monitor)['status']}"
        yield target.seen("19.1", up, "service", f"monitor {monitor['id']}", told)
        seconds = robot.read(monitor)["interval"]
        yield target.seen("19.2", seconds == INTERVAL, "service", "its interval", f"{seconds // 60} minutes")
        contacts = robot.contacts()
        assigned = {each["alertContactId"] for each in monitor["assignedAlertContacts"]}
        mails = [each["value"] for each in contacts if each["id"] in assigned]
        yield target.seen("19.3", bool(mails), "service", "its alert contacts", ", ".join(mails) or "none")
        there.deployment.stop()
        down = robot.wait_until(monitor, "DOWN", WITHIN, EVERY)
        alerted = down and wait_for(lambda: len(robot.alerts(monitor)) >= 1, WITHIN, EVERY)
        there.start_again()
        back = robot.wait_until(monitor, "UP", WITHIN, EVERY)
        recovered = back and wait_for(lambda: len(robot.alerts(monitor)) >= 2, WITHIN, EVERY)
        subjects = [str(mail["Subject"]) for mail in there.mailbox.mails]
        holds = alerted and recovered and len(subjects) >= 2
        told = f"the service was stopped and started: {'; '.join(subjects) or 'no mail came'}"
        yield target.seen("19.4", holds, "service", "a real outage", told)


STEP = SetUpMonitor
