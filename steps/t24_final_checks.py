"""Task 24, Final Checks: check the log, the database and each service once more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steps.shared import admin_counts, journey_evidence
from steps.shared.accounts import ensure_superuser
from steps.shared.parts import Parts
from steps.shared.sentry_events import RAISED
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Observation
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import DELIBERATE

EXPECTED = (DELIBERATE, RAISED, "Missing page: ")


class FinalChecks(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("Nothing to change. Golive checks the log, the database and each service again.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        parts = Parts()
        yield from parts.of(self._log(sandbox))
        yield from parts.of(self._data(project, sandbox))
        yield from parts.of(self._images(sandbox))
        yield from parts.of(self._events(sandbox))
        yield from parts.of(self._monitor(sandbox))
        parts.finish()

    def _log(self, sandbox: Sandbox) -> Iterator[Evidence]:
        yield sandbox.evidence_of("24.1", sandbox.target.run_log_status())

    def _data(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        target = sandbox.target
        rows = self._rows(project, sandbox)
        if rows.holds is not None or target.may_write:
            yield sandbox.evidence_of("24.2", rows)
        if restored := target.backup_restore_status():
            yield sandbox.evidence_of("first-week.5", restored)

    def _monitor(self, sandbox: Sandbox) -> Iterator[Evidence]:
        target = sandbox.target
        if target.failure:
            raise target.failure.as_waiting()
        robot, monitor = target.uptimerobot, target.health_monitor()
        up, showed = robot.wait_for_status(monitor, "UP"), robot.read(monitor)["status"]
        yield sandbox.evidence("24.5", up, "service", f"monitor {monitor['id']}", showed, real=robot.real)

    def _rows(self, project: Project, sandbox: Sandbox) -> Observation:
        """Count the rows in the database: by the target, or else on the change lists of the admin."""
        target = sandbox.target
        rows = target.data_status()
        if not rows.holds:  # the database may be new: let one visitor use the site first
            with target.site() as site:
                journey_evidence.run_all(sandbox, site)
            rows = target.data_status()
        if rows.holds is None and target.may_write:
            with target.site() as site:
                counted = admin_counts.count_rows(project, site, ensure_superuser(sandbox))
            rows = rows if counted.holds is None and not target.real else counted
        return rows

    def _images(self, sandbox: Sandbox) -> Iterator[Evidence]:
        target = sandbox.target
        if not target.settings_variables(r"CLOUDINARY"):
            yield not_applicable("24.3", "searched the settings", "the project does not use Cloudinary")
            return
        images = target.cloudinary.images()
        showed = f"{len(images)} images, newest {images[-1]['public_id']}" if images else "no images"
        ran = "the images at the media service"
        yield sandbox.evidence("24.3", bool(images), "service", ran, showed, real=target.cloudinary.real)

    def _events(self, sandbox: Sandbox) -> Iterator[Evidence]:
        sentry = sandbox.target.sentry
        events = sentry.events()
        unexpected = [event["title"] for event in events if not _is_expected(event)]
        showed = unexpected[0] if unexpected else f"{len(events)} events, all of them caused by tests"
        ran = "the events of the error service"
        yield sandbox.evidence("24.4", not unexpected, "service", ran, showed, real=sentry.real)


def _is_expected(event: dict[str, Any]) -> bool:
    """Whether a test caused the event, directly or because the project's own error page raised another error."""
    urls = [str(tag.get("value")) for tag in event.get("tags") or [] if tag.get("key") == "url"]
    return any(text in event["title"] for text in EXPECTED) or any("/golive-" in url for url in urls)


STEP = FinalChecks
