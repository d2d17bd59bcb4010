"""Task 24, Final Checks: one last look at every place that tells the truth, each from its source."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from steps import journeys
from steps.t23_errors import RAISED
from wizard import process
from wizard.answers import Answers
from wizard.evidence import Evidence, not_applicable
from wizard.plan import Plan
from wizard.project import Project
from wizard.step import Step
from wizard.targets.local import DELIBERATE, LocalTarget

EXPECTED = (DELIBERATE, RAISED, "Missing page: ")


class FinalChecks(Step):
    def plan(self, project: Project, answers: Answers) -> Plan:
        return Plan.nothing("Nothing is changed; everything is looked at once more.")

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        deployment = there.deployed()
        errors = deployment.errors()
        told = f"{len(deployment.log)} lines, no error" if not errors else errors[0][:200]
        yield target.seen("24.1", not errors, "record", "the log of the running service", told)
        full = self._rows(project, target)
        if not full:  # a database that was only just made: one visitor uses the site first
            with there.site() as site:
                journeys.run_all(target, site)
            full = self._rows(project, target)
        told = ", ".join(f"{name} {count}" for name, count in sorted(full.items())) or "no row in any model"
        yield target.seen("24.2", bool(full), "command", f"rows on {there.database.what}", told)
        yield from self._backup(target)
        yield self._pictures(project, target)
        titles = [event["title"] for event in there.sentry.events()]
        unexpected = [title for title in titles if not any(each in title for each in EXPECTED)]
        told = f"{len(titles)} events, all raised on purpose" if not unexpected else unexpected[0]
        yield target.seen("24.4", not unexpected, "service", "the events of the error service", told)
        monitor = there.uptimerobot.monitor(f"https://{there.host}/health/")
        up = there.uptimerobot.wait_until(monitor, "UP", 30.0, 0.1)
        yield target.seen("24.5", up, "service", f"monitor {monitor['id']}", there.uptimerobot.read(monitor)["status"])

    def _backup(self, target: LocalTarget) -> Iterator[Evidence]:
        """A dump of the database, restored into a second one, and both compared table by table."""
        there = target.production
        server = there.database.server
        if server is None:
            return
        dump = there.project.work / "backup.dump"
        server.dump(server.database, dump)
        server.sql("DROP DATABASE IF EXISTS golive_restored")
        server.restore(dump, "golive_restored")
        size = dump.stat().st_size
        dump.unlink()
        first, second = server.digests(server.database), server.digests("golive_restored")
        server.sql("DROP DATABASE golive_restored")
        same = "the same, row by row" if first == second else "they differ"
        told = f"{len(first)} tables from a dump of {size} bytes: {same}"
        ran = "pg_dump, and pg_restore into a second database"
        yield target.seen("first-week.5", bool(first) and first == second, "command", ran, told)

    def _rows(self, project: Project, target: LocalTarget) -> dict[str, int]:
        """Rows by model, those with none left out."""
        environment = target.production.environment()
        answer = project.interpreter.ask_all([project.request("counts", environment=environment)])[0]
        return {name: count for name, count in (answer.get("counts") or {}).items() if count}

    def _pictures(self, project: Project, target: LocalTarget) -> Evidence:
        there = target.production
        if not there.reads(r"CLOUDINARY"):
            return not_applicable("24.3", "the settings were searched", "the project keeps nothing at Cloudinary")
        media = there.cloudinary
        with process.waiting():
            answer = httpx.get(
                f"{media.url}/v1_1/{media.cloud}/resources/image",
                auth=(media.api_key, media.api_secret),
                trust_env=False,
            )
        found = answer.json()["resources"] if answer.status_code == 200 else []
        told = f"{len(found)} pictures, newest {found[-1]['public_id']}" if found else "none"
        return target.seen("24.3", bool(found), "service", "the media service's list of images", told)


STEP = FinalChecks
