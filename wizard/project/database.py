"""The password of a PostgreSQL role: the SQL a person can run, and running it where a superuser URL is given."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wizard.base.errors import CommandError, StepError
from wizard.base.process import bare_environment
from wizard.base.secrets import redact

SUPERUSER = "GOLIVE_DATABASE_SUPERUSER_URL"
PART = re.compile(
    r"(?:DB|DATABASE|POSTGRES(?:QL)?|PG|SQL|RDS)_?(?:DB_)?"
    r"(?:(?P<PGHOST>HOST(?:NAME)?)|(?P<PGPORT>PORT)|(?P<PGUSER>USER(?:NAME)?)|(?P<PGPASSWORD>PASS(?:WORD)?)"
    r"|(?P<PGDATABASE>NAME|DB|DATABASE))"
)
"""A project's variable for a part of its database's address, by what Railway's database calls that part."""


def postgres_variable(name: str) -> str:
    """`PGHOST` for DB_HOSTNAME and the like: the variable of the database that says the same; empty without one."""
    found = PART.fullmatch(name)
    return found.lastgroup or "" if found else ""


def sql_for(role: str) -> str:
    """What to run as a superuser; psql itself asks for the password, so it stands in no file or history."""
    return f"psql --username postgres --command '\\password \"{role}\"'"


def superuser_given() -> bool:
    return bool(os.environ.get(SUPERUSER))


def set_password(role: str, password: str, *, on_line: Callable[[str], None]) -> None:
    """Give *role* the *password*, as the superuser of GOLIVE_DATABASE_SUPERUSER_URL.

    URL and password go through the environment and stdin of psql: neither stands in argv.

    Raises:
        CommandError: psql is missing or refuses.
    """
    if any(sign in password for sign in "'\\\n"):
        raise StepError(
            "The database password holds a quote or a backslash",
            "",
            "Generate another one: remove it from .env.production.",
        )
    statement = f"""ALTER ROLE "{role.replace('"', '""')}" PASSWORD '{password}';\n"""
    done = _psql(statement)
    if done.returncode:
        raise CommandError("psql could not change the password", redact(done.stderr.strip()), f"Check {SUPERUSER}.")
    on_line(f"The role {role} has its new password.")


def accepts(role: str, password: str) -> bool:
    """Whether the server of GOLIVE_DATABASE_SUPERUSER_URL lets *role* in with *password*.

    Raises:
        CommandError: psql is missing.
    """
    return _psql("SELECT 1;\n", PGUSER=role, PGPASSWORD=password).returncode == 0


def _psql(statement: str, **instead: str) -> subprocess.CompletedProcess[str]:
    """Run *statement* on the superuser's server; *instead* replaces parts of the connection."""
    url = urlsplit(os.environ[SUPERUSER])
    parts = {
        "PGHOST": unquote(url.hostname or ""),
        "PGPORT": str(url.port or ""),
        "PGUSER": unquote(url.username or ""),
        "PGPASSWORD": unquote(url.password or ""),
        "PGDATABASE": url.path.lstrip("/") or "postgres",
        **instead,
    }
    environment = bare_environment(PGCONNECT_TIMEOUT="10", **{name: value for name, value in parts.items() if value})
    try:
        return subprocess.run(
            ["psql", "--no-psqlrc", "--no-password", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", "-"],
            input=statement, env=environment, capture_output=True, text=True, timeout=60, check=False, cwd=Path("/"),
        )  # fmt: skip
    except FileNotFoundError as error:
        raise CommandError(
            "psql was not found", "it applies the database password", "Install PostgreSQL's client."
        ) from error
