"""The database of a rehearsal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from wizard.base.errors import StepError, Stopped
from wizard.base.secrets import remember
from wizard.project.project import Project
from wizard.state.crash_log import Contained
from wizard.targets.base import Database, Observation
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries, incomplete_installations

GIVEN_DATABASE = "GOLIVE_DATABASE_URL"
TLS_WORDS = ("ssl_require", "sslmode", "django_heroku", "django_on_heroku")
"""Words in the settings of a project that requires TLS to its database."""


def start_database(project: Project, closers: list[Callable[[], object]]) -> Database:
    """Return the server of GOLIVE_DATABASE_URL, or a PostgreSQL started here, or SQLite if none works."""
    if given := os.environ.get(GIVEN_DATABASE):
        remember(given)
        return Database(given, f"the server of {GIVEN_DATABASE}", None)
    folder = find_binaries()
    if folder is None:
        lacking = incomplete_installations()
        return _sqlite(project, f"PostgreSQL is incomplete: {lacking}" if lacking else "PostgreSQL is not installed")
    server = Postgres(project.root, folder, tls=any(map(project.settings.mentions, TLS_WORDS)))
    remember(server.password)
    closers.append(server.stop)
    try:
        with Contained(project.root, reading=True):
            server.start()
    except Stopped:
        raise
    except StepError as error:  # the rest of the rehearsal works without it
        server.stop()
        return _sqlite(project, str(error))
    return Database(server.url(), f"PostgreSQL {server.version} on this machine", server)


def _sqlite(project: Project, reason: str) -> Database:
    """The database of a rehearsal without PostgreSQL. *reason*: why there is none."""
    description = f"SQLite ({reason.rstrip('.')}: pip install 'django-golive[postgres]')"
    return Database(f"sqlite:///{project.work / 'rehearsal.sqlite3'}", description, None)


def database_status(database: Database) -> Observation:
    """Return the version of the server; undecided without PostgreSQL."""
    if database.server:
        version = database.server.sql("SELECT version()").split(",")[0]
        return Observation(True, "service", database.description, version)
    if database.url.startswith("postgres"):
        return Observation(True, "service", database.description, "a PostgreSQL URL; task 13 connects to it")
    hint = f"install the extra, or set {GIVEN_DATABASE}"
    return Observation(None, "service", database.description, hint)


def data_status(project: Project, environment: Mapping[str, str], description: str) -> Observation:
    """Count the rows of each model in the database that *environment* names. *description* says which one it is."""
    answer = project.ask("counts", environment=environment)
    counts = {name: count for name, count in (answer.get("counts") or {}).items() if count}
    showed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    if not counts:
        showed = "no rows; the database is new. `rehearsal: {seed: …}` in golive.yaml loads a fixture into it"
    return Observation(bool(counts) or None, "command", f"rows on {description}", showed)


def url_without_password(url: str) -> str:
    """Return scheme, host, port and path of *url*."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
