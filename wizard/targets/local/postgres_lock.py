"""A lock on a table of a rehearsal's PostgreSQL, as a long transaction of another process holds it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from wizard.base.errors import CommandError
from wizard.targets.local.postgres import Postgres

HELD = "golive holds the lock"


@contextmanager
def locked(server: Postgres, database: str, table: str) -> Iterator[None]:
    """Hold an exclusive lock on *table* while the block runs.

    Raises:
        CommandError: the lock can't be had, for example because there is no such table.
    """
    argv = [str(server.bin / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database]
    with subprocess.Popen(
        argv, env=server.client_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, cwd=server.folder,
    ) as client:  # fmt: skip
        assert client.stdin is not None and client.stdout is not None
        try:
            client.stdin.write(
                f"SET lock_timeout = '5s';\nBEGIN;\nLOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n\\echo {HELD}\n"
            )
            client.stdin.flush()
            answer = client.stdout.readline().strip()
            if answer != HELD:
                raise CommandError(f"The table {table} can't be locked", answer)
            yield
        finally:
            client.stdin.close()  # psql ends, and its transaction with it
            client.wait(10)
