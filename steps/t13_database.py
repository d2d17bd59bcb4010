"""Task 13, Configure Database: one variable, DATABASE_URL, says where the data is.

Without it the settings stay what they were. A driver is installed and recorded where there is none.
Source: dj-database-url's documentation.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from steps.shared import packages, settings_block
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, shown
from wizard.editing.source import Source
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.interpreter import Answer
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Database, Observation
from wizard.targets.sandbox import Sandbox

NAME = "golive_is_it_read"
"""Of a database that no variable of a project's own could name by chance: a placeholder for a port is 1 as well."""
PROBE = f"postgresql://golive:golive@127.0.0.1:1/{NAME}"
"""Nothing listens there; the settings are only read."""
BLOCK = """
if os.getenv("DATABASE_URL"):
    DATABASES["default"] = {
        **dj_database_url.config({options}),
        "ATOMIC_REQUESTS": DATABASES["default"].get("ATOMIC_REQUESTS", False),
    }
""".strip()
EVERY_SIGN = "p@ss:w/o#r?d[x]% +ü'\"\\&=;`$(x)~^|<>{}!*,"


class ConfigureDatabase(Step):
    def inspect(self, project: Project) -> list[Finding]:
        return [
            Finding("DATABASE_URL " + ("is read" if reads_url(project) else "is not read yet"), project.settings.main)
        ]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, actions = Draft(), list[Action]()
        drivers = {"psycopg", "psycopg2", "psycopg2-binary"}
        if not drivers & packages.installed_versions(project).keys():
            driver = "psycopg[binary]" if project.django >= (4, 2) else "psycopg2-binary"
            actions += packages.add_packages(project, (driver,), "the driver of PostgreSQL", answers)
        for source, value in tls_demands(project):
            # An SQLite address with it does not even open; a URL that wants TLS says ?sslmode=require.
            draft.source(source.path, "TLS is for the URL to demand").replace(value, "False")
        if not reads_url(project):
            before = settings_block.previous_value(project, "DATABASES", '{"default": {}}') or '{"default": {}}'
            lines = [] if before == "DATABASES" else [f"DATABASES = {before}"]
            title = "The platform says where the database is."
            # A connection that is kept is asked whether it still lives, since Django 4.1.
            options = "conn_max_age=600" + (", conn_health_checks=True" if project.django >= (4, 1) else "")
            lines += BLOCK.replace("{options}", options).splitlines()
            settings_block.append(project, draft, title, lines, "DATABASE_URL", only_production=False)
            settings_block.ensure_import(project, draft, "import os")
            settings_block.ensure_import(project, draft, "import dj_database_url")
        return Plan.of(*actions, *draft.actions())

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        read = reads_url(project)
        told = ("its host is the database's" if read else "the database is another one") + project.set_by("DATABASES")
        yield shown("13.1", read, "settings", "DATABASES with DATABASE_URL set", told)
        database = sandbox.target.database
        environment = project.production_environment(DATABASE_URL=database.url)

        def ask(op: str, url: str = "", **more: Any) -> Answer:
            values = {**environment, "DATABASE_URL": url} if url else environment
            return project.ask(op, environment=values, **more)

        migrated = ask("migrate")
        with sandbox.serving(environment) as site:
            health = site.get("/health/", https=False, host=project.platform.health_host)
        told = f"migrations {_said(migrated)}; /health/ {health.status_code} {health.text[:40]}"
        holds = "error" not in migrated and health.status_code == 200
        yield shown("13.2", holds, "request", f"the site on {database.what}", told)
        here = self._connects(database, ask("connect"), ask)
        yield sandbox.evidence_of("13.3", sandbox.target.connection_status() or here)

    def _connects(self, database: Database, answer: Answer, ask: Callable[..., Answer]) -> Observation:
        """A connection, a row that outlives a restart, and a password of every sign."""
        told = [f"connects: {_said(answer)}"]
        written = ask("mark", value="golive")
        if database.server:
            database.server.restart()
        kept = ask("marked")
        told.append(f"a row {'outlived a restart' if database.server else 'was read back'}: {_said(kept)}")
        holds = "error" not in answer and "error" not in written and kept.get("value") == "golive"
        if database.server:
            database.server.make_role("every_sign", EVERY_SIGN)
            url = database.server.url(role="every_sign", password=EVERY_SIGN)
            signs = ask("connect", url)
            holds = holds and "error" not in signs
            told.append(f"a password of every special sign, percent-encoded: {_said(signs)}")
        return Observation(holds, "command", database.what, "; ".join(told), real=False)


def tls_demands(project: Project) -> list[tuple[Source, ast.expr]]:
    """Where dj_database_url is told to demand TLS whatever the URL says."""
    return [
        (source, word.value)
        for source in project.settings.sources
        for node in source.nodes
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "ssl_require" and isinstance(word.value, ast.Constant) and word.value.value is True
    ]


def _said(answer: Mapping[str, object]) -> str:
    error = answer.get("error")
    return f"{error['type']}: {redact(str(error['message']))[:160]}" if isinstance(error, dict) else "yes"


def reads_url(project: Project) -> bool:
    """Whether the settings take their database from DATABASE_URL."""
    project.inspect_settings()
    environment = project.production_environment(DATABASE_URL=PROBE)
    answer = project.ask("look", environment=environment, only="settings")
    default = ((answer.get("settings") or {}).get("DATABASES") or {}).get("default") or {}
    return default.get("NAME") == NAME and "postgresql" in str(default.get("ENGINE"))


STEP = ConfigureDatabase
