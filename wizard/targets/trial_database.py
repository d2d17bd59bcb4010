"""The database on which the site is tried before its deployment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wizard.targets.base import Database

TRIAL = "golive_trial"


def trial_database(database: Database, folder: Path) -> Database:
    """Return an empty database beside *database*, where that is possible. A file is made in *folder*.

    The deployment proves that it creates its tables only if nothing else has created them.
    """
    if database.server:
        database.server.make_database(TRIAL)
        return replace(database, url=database.server.url(database=TRIAL))
    if database.url.startswith("sqlite:"):
        file = folder / f"{TRIAL}.sqlite3"
        file.unlink(missing_ok=True)
        return replace(database, url=f"sqlite:///{file}")
    return database
