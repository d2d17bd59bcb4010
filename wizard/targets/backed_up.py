"""The part of a target that is about backups of its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wizard.base.errors import NotYetError
from wizard.targets.observation import Observation

if TYPE_CHECKING:
    from wizard.targets.local.backup import Origin


class BackedUp:
    """Where a backup comes from. A target overrides what it knows."""

    @contextmanager
    def backup_origin(self) -> Iterator[Origin]:
        """Give access to production's database while the block runs.

        Raises:
            NotYetError: it can't be reached. Says what to do.
        """
        raise NotYetError("This target gives no access to its database", "", "Back it up with the platform's tools.")
        yield

    def backup_restore_status(self) -> Observation | None:
        """Back the database up, restore it and compare; None where that is not possible."""
        return None

    def backup_schedule_status(self) -> Observation | None:
        """Return whether backups are scheduled; None where that is unknown."""
        return None
