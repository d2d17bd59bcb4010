"""The project on a database that was restored from a backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from wizard.targets.base import Target
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.side_rehearsal import SideRehearsal

FOLDER = "restored"


class RestoredSite(SideRehearsal):
    """The rehearsal's service on the restored database. It loads no fixture: the backup has the rows."""

    def load_seed(self) -> None:
        pass


@contextmanager
def restored_site(target: Target, server: Postgres, database: str) -> Iterator[RestoredSite]:
    """Let the block start the project of *target* on *database*. It is stopped at the end."""
    with closing(RestoredSite(target, server, FOLDER, database)) as site:
        site.superuser = dict(target.superuser)
        with server.owning(server.role):
            yield site
