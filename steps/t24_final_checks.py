"""Task 24, Final Checks: check the log, the database and each service once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from steps.shared import admin_counts, derived_journeys, journey_evidence, monitor_status
from steps.shared.accounts import ensure_superuser, failing_addresses
from steps.shared.parts import Parts
from steps.shared.sentry_events import RAISED
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.site.journeys import Journey
from wizard.step import Step
from wizard.targets.base import Observation
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.expected_errors import shape
from wizard.targets.verification.settings import DELIBERATE

MOST_NAMED = 3
"""Paths that one line names."""
EXPECTED = (DELIBERATE, RAISED, "Missing page: ")


class FinalChecks(Step):
    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.nothing("Nothing to change. Golive checks the log, the database and each service again.")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        parts = Parts()
        reported = cache(lambda: _reported_paths(project, sandbox))  # the paths are requested at most once
        yield from parts.of(self._log(sandbox, reported))
        yield from parts.of(self._data(project, sandbox))
        yield from parts.of(self._images(project, sandbox))
        yield from parts.of(self._events(sandbox, reported))
        yield from parts.of(self._monitor(sandbox))
        parts.finish()

    def _log(self, sandbox: Sandbox, reported_paths: Callable[[], list[str]]) -> Iterator[Evidence]:
        found = sandbox.target.run_log_status()
        if found.holds is False and (known := reported_paths()):
            found = sandbox.target.run_log_status(known)
            found = replace(found, showed=f"{found.showed}, apart from {_named(known)}: see {_items(sandbox)}")
        yield sandbox.evidence_of("24.1", found)

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
        up, showed = monitor_status.wait_until_up(robot, monitor)
        yield sandbox.evidence("24.5", up, "service", f"monitor {monitor['id']}", showed, real=robot.real,
                               expected=f"GET {monitor['url']}: UP")  # fmt: skip

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

    def _images(self, project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
        target = sandbox.target
        if not target.settings_variables(r"CLOUDINARY"):
            yield not_applicable("24.3", "searched the settings", "the project does not use Cloudinary")
            return
        images, uploaded, ran = target.cloudinary.images(), False, "the images at the media service"
        if not images and any(_uploads(journey) for journey in target.config.journeys):
            with target.site() as site:  # the service may be new
                outcomes = journey_evidence.run_all(sandbox, site)
            found = [outcome for each in outcomes.values() for outcome in each if _uploads(outcome.journey)]
            uploaded = any(outcome.holds for outcome in found)
            images = target.cloudinary.images()
            if not images and found and not uploaded:
                return  # the items of these flows say why the site took no file
        if not images and not uploaded:
            why = "no image was uploaded yet. Upload one on the site, or add a flow with `files` to golive.yaml"
            yield waiting("24.3", ran, why)
            return
        showed = f"{len(images)} images, newest {images[-1]['public_id']}" if images else "no images after an upload"
        where = project.origin("STORAGES") or project.origin("DEFAULT_FILE_STORAGE") if not images else ""
        expected = "the image that a flow uploaded"
        real = target.cloudinary.real
        yield sandbox.evidence("24.3", bool(images), "service", ran, showed, real=real, expected=expected, where=where)

    def _events(self, sandbox: Sandbox, reported_paths: Callable[[], list[str]]) -> Iterator[Evidence]:
        sentry = sandbox.target.sentry
        events = sentry.events()
        unexpected = [event for event in events if not _is_expected(event)]
        known = reported_paths() if unexpected else []
        same = {shape(path) for path in known}
        reported = [event for event in unexpected if {shape(path) for path in _paths(event)} & same]
        titles = [str(event["title"]) for event in unexpected if event not in reported]
        showed = titles[0] if titles else f"{len(events)} events, all of them caused by tests"
        showed += f"; {len(reported)} of {_named(known)}: see {_items(sandbox)}" if reported else ""
        ran = "the events of the error service"
        yield sandbox.evidence("24.4", not titles, "service", ran, showed, real=sentry.real)


def _reported_paths(project: Project, sandbox: Sandbox) -> list[str]:
    """The URLs whose errors are reported by item 18.6 and by the journeys, and those that golive.yaml skips."""
    skipped = list(sandbox.target.config.skip_urls)
    with sandbox.target.site() as site:
        known = [*skipped, *failing_addresses(project, site)]
    return [*known, *sorted(derived_journeys.failing_paths(sandbox) - {*known})]


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return f"{', '.join(paths[:MOST_NAMED])}{more}"


def _items(sandbox: Sandbox) -> str:
    return "18.6 and `golive journeys`" if derived_journeys.failing_paths(sandbox) else "18.6"


def _uploads(journey: Journey) -> bool:
    return any(step.files for step in journey.steps)


def _paths(event: dict[str, Any]) -> list[str]:
    """The paths of the URLs that *event* is about."""
    return [urlsplit(str(tag.get("value"))).path for tag in event.get("tags") or [] if tag.get("key") == "url"]


def _is_expected(event: dict[str, Any]) -> bool:
    """Whether a test caused the event, directly or because the project's own error page raised another error."""
    urls = [str(tag.get("value")) for tag in event.get("tags") or [] if tag.get("key") == "url"]
    return any(text in event["title"] for text in EXPECTED) or any("/golive-" in url for url in urls)


STEP = FinalChecks
