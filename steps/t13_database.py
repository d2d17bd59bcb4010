"""Task 13, Configure Database: read the database from the variable DATABASE_URL.

Without the variable the settings don't change. A missing PostgreSQL driver is installed and recorded.
Source: dj-database-url's documentation.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from steps.shared import background_work, connection_age, database_settings, packages, settings_block
from steps.shared.missing_migrations import add_migrations
from steps.shared.parts import Parts
from wizard.base.secrets import excerpt, fingerprint
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, shown, undecided, waiting
from wizard.editing.source import Source
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Database, Observation
from wizard.targets.sandbox import Sandbox
from wizard.targets.trial_database import trial_database

NAME = "golive_is_it_read"
"""A database name that no other variable contains by chance, unlike PROBE's port, which is also a placeholder."""
PASSWORD = "golive!"  # noqa: S105 - of no database
ENCODED = quote(PASSWORD)
PROBE = f"postgresql://golive:{ENCODED}@127.0.0.1:1/{NAME}"
"""A URL where nothing listens. Golive only loads the settings with it."""
DRIVERS = ("psycopg", "psycopg2", "psycopg2-binary")
SPECIAL_CHARACTERS = "p@ss:w/o#r?d[x]% +ü'\"\\&=;`$(x)~^|<>{}!*,"
OK = "ok"
"""The outcome of a question that raised no error."""


class ConfigureDatabase(Step):
    def inspect(self, project: Project) -> list[Finding]:
        text = "read DATABASE_URL" if engine_from_url(project) else "don't read DATABASE_URL yet"
        if not decodes_password(project):
            text += ", but don't decode its password"
        return [Finding(f"The settings {text}", project.settings.main)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, actions = Draft(), list[Action]()
        if driver := _missing_driver(project):
            actions += packages.add_packages(project, (driver,), "the driver for PostgreSQL", answers)
        for source, value in tls_demands(project):
            # SQLite does not open with this option. A URL that needs TLS has ?sslmode=require.
            draft.source(source.path, "let DATABASE_URL decide whether to use TLS").replace(value, "False")
        connection_age.close_each(project, draft)
        read, kept = engine_from_url(project), database_settings.own_engine(project)
        if not read or not decodes_password(project):
            self._read_database_url(project, draft)
        elif kept and read != kept:
            lines = database_settings.keep_engine(project, draft, kept, read)
            if lines:
                title = "DATABASE_URL does not name the project's database engine."
                settings_block.append(project, draft, title, lines, "keep the engine", only_production=False)
        remarks = add_migrations(project, sandbox, draft)
        return Plan.of(*actions, *draft.actions(), remarks=tuple(remarks))

    def _read_database_url(self, project: Project, draft: Draft) -> None:
        before = settings_block.previous_value(project, "DATABASES", '{"default": {}}') or '{"default": {}}'
        lines = [] if before == "DATABASES" else [f"DATABASES = {before}"]
        # Django checks persistent connections since 4.1. Under ASGI they would run out.
        options = "conn_max_age=600" + (", conn_health_checks=True" if project.django >= (4, 1) else "")
        options = "conn_max_age=0" if connection_age.under_asgi(project) else options
        lines += database_settings.url_block(project, options)
        title = "The platform sets DATABASE_URL."
        settings_block.append(project, draft, title, lines, "read DATABASE_URL", only_production=False)
        settings_block.ensure_import(project, draft, "import os")
        settings_block.ensure_import(project, draft, "import dj_database_url")

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        yield self._settings(project)
        database = trial_database(sandbox.target.database, project.work)
        kept = database_settings.own_engine(project)
        if kept and database.url.startswith("sqlite"):
            why = f"the engine {kept} needs PostgreSQL, and the database here is {database.description}"
            yield undecided("13.2", "the site with DATABASE_URL", why)
            status = sandbox.target.connection_status()
            yield sandbox.evidence_of("13.3", status) if status else undecided("13.3", "a connection", why)
            return
        # A health check may ask the cache, too.
        environment = project.production_environment(**sandbox.target.redis_values(), DATABASE_URL=database.url)

        def ask(op: str, url: str = "", **more: Any) -> Answer:
            values = {**environment, "DATABASE_URL": url} if url else environment
            return project.ask(op, environment=values, leave=not url, **more)

        parts = Parts()
        yield from parts.of(self._site(project, sandbox, environment, ask))
        local = self._check_connection(database, ask)
        yield sandbox.evidence_of("13.3", sandbox.target.connection_status() or local)
        parts.finish()

    def _site(
        self, project: Project, sandbox: Sandbox, environment: Mapping[str, str], ask: Callable[..., Answer]
    ) -> Iterator[Evidence]:
        """Evidence that the migrations run on the database, and that the site works with it."""
        database = sandbox.target.database
        migrated = ask("migrate", deployed=True)
        with sandbox.serving(environment) as site:
            health = site.get("/health/", https=False, host=project.platform.health_host)
        missing = ", ".join(app["label"] for app in migrated.get("unmigrated") or ())
        changed = migrated.get("changed") or []
        # Without a route the site answers 404. That says nothing about the database.
        answered = f"/health/: {health.status_code} {excerpt(health.text, 40)}"
        faults = [f"migrations: {_outcome(migrated)}"] if "error" in migrated else []
        if not faults and health.status_code == 503 and (needs := background_work.explanation(project, sandbox.target)):
            yield waiting("13.2", "the site with DATABASE_URL", f"migrations: ok; {answered}; the site {needs}")
            return
        faults += [answered] if health.status_code not in {200, 404} else []
        faults += [f"no migrations for the models of {missing}"] if missing else []
        faults += [f"no migration for {', '.join(each['change'] for each in changed)}"] if changed else []
        if fault := connection_age.fault(project):
            faults.append(f"connections are kept, {fault}")
        showed = "; ".join(faults) or f"migrations: ok; {answered}"
        expected, ran = (
            "all migrations run, each model has one, and the site answers",
            f"the site on {database.description}",
        )
        yield shown("13.2", not faults, "request", ran, showed, expected=expected, where=_place(project, migrated))

    def _settings(self, project: Project) -> Evidence:
        """Evidence that the settings read DATABASE_URL, and that the project's own engine is still the one used."""
        engine, kept = engine_from_url(project), database_settings.own_engine(project)
        showed = f"DATABASES uses its values, with the engine {engine}" if engine else "DATABASES ignores it"
        holds = database_settings.is_right(engine, kept)
        if engine and not holds:
            showed += f", expected {kept or 'one for PostgreSQL'}"
        ran, file = "the settings with DATABASE_URL set", project.production_env
        if project.env_values(file).get("DATABASE_URL", "").startswith("sqlite:"):
            showed = f"{file.name} sets DATABASE_URL to SQLite, whose file is lost with each deployment"
            expected = "DATABASE_URL of a PostgreSQL server, or none"
            return shown("13.1", False, "settings", ran, showed, expected=expected, where=project.display_path(file))
        return shown("13.1", holds, "settings", ran, showed + project.set_by("DATABASES"))

    def _check_connection(self, database: Database, ask: Callable[..., Answer]) -> Observation:
        """Connect, write a row that survives a restart, and use a password with special characters."""
        connected = ask("connect")
        results = {"connection": _outcome(connected)}
        written = ask("mark", value="golive")
        if database.server:
            database.server.restart()
        kept = ask("marked")
        found = kept.get("value") == "golive"
        last = written if "error" in written else kept
        row = _outcome(last) if found or "error" in last else "not found"
        results[f"a row {'after a restart' if database.server else 'written and read'}"] = row
        holds = "error" not in connected and "error" not in written and found
        if database.server:
            database.server.make_role("every_sign", SPECIAL_CHARACTERS)
            url = database.server.url(role="every_sign", password=SPECIAL_CHARACTERS)
            special = ask("connect", url)
            holds = holds and "error" not in special
            results["a password with special characters, percent-encoded"] = _outcome(special)
        named = results if holds else {what: result for what, result in results.items() if result != OK}
        showed = "; ".join(f"{what}: {result}" for what, result in named.items())
        return Observation(holds, "command", database.description, showed, real=False)


def _missing_driver(project: Project) -> str:
    """The driver that the dependency file lacks: the installed one, else the usual one. Empty if it has one."""
    if set(DRIVERS) & packages.provided(project):
        return ""
    installed = packages.installed_versions(project)
    driver = next((name for name in DRIVERS if name in installed), "")
    if driver == "psycopg2" or (driver == "psycopg" and "psycopg-binary" not in installed):
        return driver
    if driver == "psycopg2-binary" or (not driver and project.django < (4, 2)):
        return "psycopg2-binary"
    return "psycopg[binary]"


def tls_demands(project: Project) -> list[tuple[Source, ast.expr]]:
    """Where dj_database_url is called with ssl_require=True, which applies to every URL."""
    return [
        (source, keyword.value)
        for source in project.settings.sources
        for node in source.nodes
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "ssl_require" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
    ]


def _place(project: Project, migrated: Answer) -> str:
    """The place of what is wrong with the migrations: the line that raised, a changed model, or the missing folder."""
    error = AgentError.of(migrated)
    if error and error.place:
        return error.where(project)
    if changed := migrated.get("changed"):
        return f"{project.display_path(project.root / changed[0]['file'])}:{changed[0]['line']}"
    unmigrated = migrated.get("unmigrated")
    return f"{project.display_path(project.root / unmigrated[0]['folder'])}/" if unmigrated else ""


def _outcome(answer: Answer) -> str:
    error = AgentError.of(answer)
    if error is None:
        return OK
    return error.brief(160) + (f" ({error.place[0]}:{error.place[1]})" if error.place else "")


def engine_from_url(project: Project) -> str:
    """The engine that the settings use if DATABASE_URL is set. Empty if they ignore it."""
    default = _database_of_url(project)
    return str(default.get("ENGINE")) if default.get("NAME") == NAME else ""


def decodes_password(project: Project) -> bool:
    """Whether the settings decode the password of DATABASE_URL, unless they take none from it.

    Settings that take the URL apart themselves often forget it. A password such as `a%40b` is then refused.
    """
    encoded = {"length": len(ENCODED), "fingerprint": fingerprint(ENCODED)}
    return bool(_database_of_url(project).get("PASSWORD") != encoded)


def _database_of_url(project: Project) -> dict[str, Any]:
    """The options of the default database if DATABASE_URL is PROBE."""
    project.inspect_settings()
    environment = project.production_environment(DATABASE_URL=PROBE)
    [answer] = project.settings_under(environment)
    return ((answer.get("settings") or {}).get("DATABASES") or {}).get("default") or {}


STEP = ConfigureDatabase
