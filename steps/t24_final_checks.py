"""Task 24, Final Checks: one last look at every place that tells the truth, each from its source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steps.shared import admin_counts, journey_evidence
from steps.shared.accounts import ensure_superuser
from steps.shared.sentry_events import RAISED
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import DELIBERATE, Sandbox

EXPECTED = (DELIBERATE, RAISED, "Missing page: ")


class FinalChecks(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("Nothing is changed; everything is looked at once more.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        there = sandbox.target
        yield sandbox.evidence_of("24.1", there.logged())
        rows = there.rows()
        if not rows.holds:  # a database that was only just made: one visitor uses the site first
            with there.site() as site:
                journey_evidence.run_all(sandbox, site)
            rows = there.rows()
        if rows.holds is None and there.acting:
            with there.site() as site:
                looked = admin_counts.count_rows(project, site, ensure_superuser(sandbox))
            rows = rows if looked.holds is None and not there.real else looked
        if rows.holds is not None or there.acting:
            yield sandbox.evidence_of("24.2", rows)
        if restored := there.backup():
            yield sandbox.evidence_of("first-week.5", restored)
        yield self._pictures(sandbox)
        sentry, robot = there.sentry, there.uptimerobot
        events = sentry.events()
        unexpected = [event["title"] for event in events if not _on_purpose(event)]
        told = f"{len(events)} events, all raised on purpose" if not unexpected else unexpected[0]
        yield sandbox.evidence(
            "24.4", not unexpected, "service", "the events of the error service", told, real=sentry.real
        )
        monitor = there.find_monitor()
        up, told = robot.wait_for_status(monitor, "UP"), robot.read(monitor)["status"]
        yield sandbox.evidence("24.5", up, "service", f"monitor {monitor['id']}", told, real=robot.real)

    def _pictures(self, sandbox: Sandbox) -> Evidence:
        there = sandbox.target
        if not there.reads(r"CLOUDINARY"):
            return not_applicable("24.3", "the settings were searched", "the project keeps nothing at Cloudinary")
        found = there.cloudinary.images()
        told = f"{len(found)} pictures, newest {found[-1]['public_id']}" if found else "none"
        ran = "the media service's list of images"
        return sandbox.evidence("24.3", bool(found), "service", ran, told, real=there.cloudinary.real)


def _on_purpose(event: dict[str, Any]) -> bool:
    """Whether a task raised it, or it came of that: an own error page may break where nobody is logged in yet."""
    asked = [str(tag.get("value")) for tag in event.get("tags") or [] if tag.get("key") == "url"]
    return any(each in event["title"] for each in EXPECTED) or any("/golive-" in each for each in asked)


STEP = FinalChecks
