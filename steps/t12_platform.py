"""Task 12, Set Up Railway Project: a place for the service, a database beside it, and the database's address."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from wizard import deployed
from wizard.answers import Answers
from wizard.evidence import Evidence, waiting
from wizard.plan import Plan
from wizard.project import Project
from wizard.step import Step
from wizard.targets.local import LocalTarget


class Platform(Step):
    def plan(self, project: Project, answers: Answers) -> Plan:
        return Plan.nothing("The rehearsal's own service and database are started when they are needed.")

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        there = target.production
        count = there.deployment.build()
        private = [path.name for path in there.deployment.folder.rglob(".env*") if path.name in deployed.LOCAL]
        told = f"{count} files" + (f", among them {', '.join(private)}" if private else ", no .env among them")
        yield target.seen("12.1", count > 0 and not private, "file", "a copy of what would be deployed", told)
        database = there.database
        if database.server:
            version = database.server.sql("SELECT version()").split(",")[0]
            yield target.seen("12.2", True, "service", database.what, version)
        elif database.url.startswith("postgres"):
            yield target.seen("12.2", True, "service", database.what, "it is a PostgreSQL's address; task 13 connects")
        else:
            yield waiting("12.2", database.what, "install the extra, or give GOLIVE_DATABASE_URL")
        parts = urlsplit(database.url)
        where = f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
        yield target.seen("12.3", bool(parts.scheme), "service", "DATABASE_URL", where)


STEP = Platform
