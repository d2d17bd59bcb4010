"""How many connections to production's database are open, asked in a session of Golive's own.

Source: PostgreSQL's documentation of pg_stat_activity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from wizard.base.errors import CommandError, NotYetError, Stopped
from wizard.targets.local.backup import Origin
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import NEEDED
from wizard.targets.local.postgres_session import Session, session

OPEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)
LIMIT = "SELECT current_setting('max_connections')"


class ConnectionWatch:
    """Counts connections while `watching` has a session. Outside of it, nothing is known."""

    def __init__(self) -> None:
        self._session: Session | None = None

    @contextmanager
    def watching(
        self, programs: Postgres | None, origin: Callable[[], AbstractContextManager[Origin]]
    ) -> Iterator[str]:
        """Keep a session with the database that *origin* reaches. Yields what to do where there is none."""
        if programs is None:
            yield NEEDED
            return
        with ExitStack() as opened:
            why = ""
            try:
                reached = opened.enter_context(origin())
                self._session = opened.enter_context(session(programs.bin, reached.environment))
                self._session.ask("SELECT 1")
            except Stopped:
                raise
            except (NotYetError, CommandError) as error:
                self._session, why = None, f"{error}. {error.hint}".removesuffix(". ")
            try:
                yield why
            finally:
                self._session = None

    def count(self) -> int | None:
        """How many connections other clients have; None if that is not known."""
        return self._number(OPEN)

    def limit(self) -> int | None:
        """How many connections the server accepts; None if that is not known."""
        return self._number(LIMIT)

    def _number(self, statement: str) -> int | None:
        if self._session is None:
            return None
        try:
            return int(self._session.ask(statement)[0])
        except Stopped:
            raise
        except CommandError:  # the connection was lost
            self._session = None
            return None
