"""Requests to a site that go on while its deployments change, and those of them that failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from wizard.base.errors import SiteError
from wizard.site.session import Site, new_client_address

VISITORS = 4
PAUSE = 0.1
"""Seconds between two requests of a visitor, so that this machine has time for the deployments."""


@dataclass
class Requests:
    """The requests so far."""

    count: int = 0
    failures: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, failure: str) -> None:
        with self._lock:
            self.count += 1
            if failure:
                self.failures.append(failure)

    def __str__(self) -> str:
        if not self.failures:
            return f"none of {self.count} requests failed"
        return f"{len(self.failures)} of {self.count} requests failed, the first: {self.failures[0]}"


@contextmanager
def requesting(
    site: Site, paths: Sequence[str], requests: Requests, *, visitors: int = VISITORS, pause: float = PAUSE
) -> Iterator[None]:
    """Request *paths* again and again while the block runs, with several visitors, and count in *requests*."""
    ended = threading.Event()
    threads = [
        threading.Thread(
            target=_visit, args=(site, paths, requests, ended, pause), name=f"visitor {number}", daemon=True
        )
        for number in range(visitors)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(30)


def _visit(site: Site, paths: Sequence[str], requests: Requests, ended: threading.Event, pause: float) -> None:
    client = new_client_address()
    while not ended.is_set():
        for path in paths:
            requests.add(_failure(site, path, client))
            ended.wait(pause)


def _failure(site: Site, path: str, client: str) -> str:
    """How a request for *path* failed; empty if it was answered. Each request has a connection of its own."""
    try:
        status = site.peek(path, client).status_code
    except SiteError as error:
        return str(error)
    return f"GET {path} answered {status}" if status >= 500 else ""
