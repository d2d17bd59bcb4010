"""Change the password of a PostgreSQL role: with psql if a superuser URL is given, else the command to run by hand."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from wizard.base.errors import CommandError, StepError
from wizard.base.process import bare_environment
from wizard.base.secrets import redact

SUPERUSER = "GOLIVE_DATABASE_SUPERUSER_URL"
PART = re.compile(
    r"(?:DB|DATABASE|POSTGRES(?:QL)?|PG|SQL|RDS)_?(?:DB_)?"
    r"(?:(?P<PGHOST>HOST(?:NAME)?)|(?P<PGPORT>PORT)|(?P<PGUSER>USER(?:NAME)?)|(?P<PGPASSWORD>PASS(?:WORD)?)"
    r"|(?P<PGDATABASE>NAME|DB|DATABASE))"
)
"""Names of variables for parts of a database's address. Groups are named as Railway's PostgreSQL names these parts."""


def postgres_variable(name: str) -> str:
    """The PostgreSQL variable that means the same as *name*: PGHOST for DB_HOSTNAME, or an empty string."""
    found = PART.fullmatch(name)
    return found.lastgroup or "" if found else ""


def sql_for(role: str) -> str:
    """A command for a superuser. psql asks for the password, so it is in no file and in no shell history."""
    return f"psql --username postgres --command '\\password \"{role}\"'"


def superuser_given() -> bool:
    return bool(os.environ.get(SUPERUSER))


def set_password(role: str, password: str, *, on_line: Callable[[str], None]) -> None:
    """Give *role* the *password*, as the superuser in GOLIVE_DATABASE_SUPERUSER_URL.

    The URL goes to psql in its environment and the password on stdin, so neither is visible in the process list.

    Raises:
        StepError: the password has characters that are not safe in SQL.
        CommandError: psql is missing, or the server rejects the change.
    """
    if any(sign in password for sign in "'\\\n"):
        raise StepError(
            "The database password contains a quote, a backslash or a line break",
            "it can't be used safely in SQL",
            "Remove it from .env.production, and Golive generates another one.",
        )
    statement = f"""ALTER ROLE "{role.replace('"', '""')}" PASSWORD '{password}';\n"""
    done = _psql(statement)
    if done.returncode:
        raise CommandError("psql could not change the password", redact(done.stderr.strip()), f"Check {SUPERUSER}.")
    on_line(f"The role {role} has its new password.")


def accepts(role: str, password: str) -> bool:
    """Whether the server in GOLIVE_DATABASE_SUPERUSER_URL accepts *role* with *password*.

    Raises:
        CommandError: psql is missing.
    """
    return _psql("SELECT 1;\n", PGUSER=role, PGPASSWORD=password).returncode == 0


def client_environment(url: SplitResult, **connection: str) -> dict[str, str]:
    """The variables with which PostgreSQL's client programs connect to *url*. *connection* replaces parts of it."""
    modes = parse_qs(url.query).get("sslmode", [""])
    parts = {
        "PGHOST": unquote(url.hostname or ""),
        "PGPORT": str(url.port or ""),
        "PGUSER": unquote(url.username or ""),
        "PGPASSWORD": unquote(url.password or ""),
        "PGDATABASE": unquote(url.path.lstrip("/")) or "postgres",
        "PGSSLMODE": modes[0],
        **connection,
    }
    return bare_environment(PGCONNECT_TIMEOUT="10", **{name: value for name, value in parts.items() if value})


def _psql(statement: str, **connection: str) -> subprocess.CompletedProcess[str]:
    """Run *statement* on the superuser's server. *connection* replaces parts of the URL."""
    environment = client_environment(urlsplit(os.environ[SUPERUSER]), **connection)
    try:
        return subprocess.run(
            ["psql", "--no-psqlrc", "--no-password", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", "-"],
            input=statement, env=environment, capture_output=True, text=True, timeout=60, check=False, cwd=Path("/"),
        )  # fmt: skip
    except FileNotFoundError as error:
        raise CommandError(
            "psql was not found", "it is needed to change the database password", "Install PostgreSQL's client."
        ) from error
