"""What a target knows about its limits: database connections, sizes of disks, and the quota of the error service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.targets.local.servers import LocalServers


FULL = 0.8
"""The share of a disk from which on it is too full: a migration may need as much again for a moment."""


@dataclass(frozen=True)
class Disk:
    """A disk of production. *used* and *size* are in MB; *size* is 0 if it is not known."""

    name: str
    used: float
    size: float = 0.0

    @property
    def share(self) -> float:
        """The used share, from 0 to 1. 0 if the size is not known."""
        return self.used / self.size if self.size else 0.0

    @property
    def is_full(self) -> bool:
        return self.share >= FULL

    def __str__(self) -> str:
        if not self.size:
            return f"{self.name} {self.used:.0f} MB"
        return f"{self.name} {self.used:.0f} of {self.size:.0f} MB ({self.share:.0%})"


class Capacity:
    """The part of a target that knows its limits. What can't be known is None or empty."""

    @contextmanager
    def database_watched(self) -> Iterator[str]:
        """Let `open_connections` count while the block runs. Yields what to do where it can't; else an empty text."""
        yield ""

    def open_connections(self) -> int | None:
        """Return how many connections to the site's database are open, without Golive's own."""
        return None

    def connection_limit(self) -> int | None:
        """Return how many connections the database server accepts from the site."""
        return None

    def disks(self) -> list[Disk]:
        """Return the database's disk and the volumes of the service."""
        return []

    def local_servers(self) -> LocalServers:
        """Return the servers on this machine, such as an error service that counts what the site would send."""
        raise NotImplementedError
