"""A session at a PostgreSQL server that stays open, by a psql that reads statements from a pipe."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from wizard.base import process
from wizard.base.errors import CommandError
from wizard.targets.local.postgres import Postgres

END = "golive: end of the answer"
CLOSE_SECONDS = 10.0


class Session:
    """The open session. `ask` runs one statement after the other in it."""

    def __init__(self, client: subprocess.Popen[str]) -> None:
        self._client = client

    def ask(self, statement: str) -> list[str]:
        """Run *statement* and return its rows as text.

        Raises:
            CommandError: the server reports an error. Has its message.
        """
        client, lines = self._client, list[str]()
        assert client.stdin is not None and client.stdout is not None
        with process.waiting():
            try:
                client.stdin.write(f"{statement};\n\\echo {END}\n")
                client.stdin.flush()
            except BrokenPipeError:
                pass  # it has ended, and has said why
            for line in client.stdout:
                if line.rstrip("\n") == END:
                    return lines
                lines.append(line.rstrip("\n"))
        raise CommandError("psql ended", " / ".join(lines[-3:]))


@contextmanager
def session(programs: Path, environment: Mapping[str, str]) -> Iterator[Session]:
    """Open a session with the psql in *programs*; *environment* says where, as whom, and with which password."""
    argv = [str(programs / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1"]
    with subprocess.Popen(
        argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as client:  # fmt: skip
        assert client.stdin is not None
        try:
            yield Session(client)
        finally:
            try:
                client.stdin.close()  # psql ends, and its transaction with it
                client.wait(CLOSE_SECONDS)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                process.stop_group(client)


@contextmanager
def locked(server: Postgres, database: str, table: str) -> Iterator[None]:
    """Hold an exclusive lock on *table* while the block runs, as a long transaction of another process does.

    Raises:
        CommandError: the lock can't be had, for example because there is no such table.
    """
    environment = {**server.client_environment(), "PGDATABASE": database}
    with session(server.bin, environment) as opened:
        opened.ask("SET lock_timeout = '5s'")
        opened.ask("BEGIN")
        opened.ask(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
