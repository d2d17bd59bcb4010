"""A scratch database for the sandbox: SQLite, or PostgreSQL for models that need it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.targets.verification.settings import (
    FAST_HASHER,
    FILE_CACHES,
    POSTGRES_DATABASES,
    SQLITE_DATABASES,
)

if TYPE_CHECKING:
    from wizard.targets.local.postgres import Postgres

SCRATCH_NAME = "golive_scratch"
"""The scratch database's name on a server that Golive started, where it is dropped and created again."""


@dataclass(frozen=True)
class UnmigratedApp:
    """An app of the project whose models have no migrations. *folder* is theirs, relative to manage.py."""

    label: str
    folder: str


class ScratchDatabase:
    """Creates the scratch database and migrates it, again whenever INSTALLED_APPS or the host name changes.

    *note* describes a problem with the migrations or the tables; empty without one. *unmigrated* are the project's
    apps that have models and no migrations. *host_models* are models of host names to which the site's host was added,
    because the site has no page without it.
    """

    def __init__(self, project: Project, server: Callable[[], Postgres | None]) -> None:
        self.project, self._server = project, server
        self.note = self.host_models = ""
        self.unmigrated: tuple[UnmigratedApp, ...] = ()
        self._migrated = self._database_settings = ""

    def settings(self) -> str:
        """Return settings for the scratch database, for caches in files, and for a fast password hasher."""
        folder = self.project.work / "databases"
        folder.mkdir(parents=True, exist_ok=True)
        state = self._state()
        if self._migrated != state:
            self._database_settings = SQLITE_DATABASES.format(folder=str(folder))
            self.note = self._migrate(self._database_settings, fallback=True)
            if self.note:
                self._try_postgres()
            self._migrated = self._state()
        return self._database_settings + FILE_CACHES.format(folder=str(folder)) + FAST_HASHER

    def _state(self) -> str:
        """What tables and rows depend on: the installed apps, the files of migrations, and a host among the rows."""
        apps = self.project.inspect_settings().get("settings", {}).get("INSTALLED_APPS")
        migrations = sorted(str(path) for path in self.project.copy.known() if path.parent.name == "migrations")
        return f"{apps} {migrations} {self.project.host if self.host_models else ''}"

    def settings_for_tests(self) -> str:
        """Return these settings for a role that may create the database of a test run."""
        settings = self.settings()
        if "sqlite3" not in self._database_settings and (server := self._server()):
            server.allow_databases(server.role)
        return settings

    def _migrate(self, settings: str, **options: Any) -> str:
        """Create the tables; returns the error, or an empty text."""
        answer = self.project.ask("migrate", overrides=settings, host=self.project.host, **options)
        if "unmigrated" in answer and not options.get("models"):
            self.unmigrated = tuple(UnmigratedApp(**app) for app in answer["unmigrated"])
        if error := AgentError.of(answer):
            return f"the scratch database lacks tables ({error.brief(160)})"
        if error := AgentError.of(answer, "note"):
            return f"the migrations can't be applied to an empty database ({error.brief(160)})"
        self.host_models = ", ".join(answer.get("hosts") or [])
        return ""

    def _try_postgres(self) -> None:
        """Switch to PostgreSQL if the tables can be created there, by migrations or from the models."""
        for models in (False, True):
            settings = self._create_on_postgres()
            note = self._migrate(settings, models=models) if settings else "none"
            if not note:
                self._database_settings = settings
                self.note = "its tables were created from the models, not by migrations" if models else ""
                return

    def _create_on_postgres(self) -> str:
        """Create the database on PostgreSQL and return settings for it; empty without a server or a driver."""
        own = str(((self.project.value("DATABASES") or {}).get("default") or {}).get("ENGINE"))
        engine = self.project.inspect_settings().get("engines", {}).get(own) or "django.db.backends.postgresql"
        if not any(name.lower().startswith("psycopg") for name in self.project.installed()["versions"]):
            return ""
        server = self._server()
        if server is None:
            return ""
        server.sql(f"DROP DATABASE IF EXISTS {SCRATCH_NAME} WITH (FORCE)")
        server.sql(f"CREATE DATABASE {SCRATCH_NAME} OWNER {server.role}")
        return POSTGRES_DATABASES.format(
            engine=engine, name=SCRATCH_NAME, user=server.role, password=server.password, port=str(server.port)
        )
