"""Many requests at a time, and the database connections that they open.

A server that opens a connection in each thread, or never closes one, works until PostgreSQL's limit is reached. Then
requests fail. Measured with Django 5.2 and PostgreSQL 18, 400 requests, 16 at a time: gunicorn with conn_max_age=600
keeps 8 connections; Uvicorn keeps 98, and with two workers 25 of the requests fail; with conn_max_age=0 none is kept.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from threading import Event

from steps.shared.accounts import list_addresses
from steps.shared.page_answers import get_page
from wizard.base import process
from wizard.base.errors import SiteError
from wizard.project.project import Project
from wizard.site.session import Site, new_client_address
from wizard.targets.base import Target

REQUESTS, AT_ONCE = 400, 16
HEALTH = "/health/"
TRIED, PAGES = 8, 2
"""How many pages are tried, and how many of those that answer are requested besides the health check."""
BETWEEN = 0.2
"""Seconds between two counts of the connections."""
OVERLAP = 2
"""During a deployment the old and the new version run side by side, each with connections of its own."""


@dataclass(frozen=True)
class Load:
    """What the requests showed.

    Arguments:
        statuses: how many answers had each status; 0 means no answer.
        most: the most connections that were open at a time; None if they can't be counted.
        left: the connections that were still open at the end.
        limit: how many the server accepts.
        why: what to do so that they can be counted; empty where that is not known.
    """

    statuses: Counter[int]
    paths: tuple[str, ...]
    most: int | None
    left: int | None
    limit: int | None
    why: str = ""

    @property
    def failed(self) -> int:
        return sum(count for status, count in self.statuses.items() if not status or status >= 500)

    def faults(self) -> list[str]:
        """What is wrong; nothing if all requests succeed and the connections stay within bounds."""
        found = []
        if self.failed:
            found.append(f"{self.failed} of {self.statuses.total()} requests failed")
        if self.left is not None and self.left > AT_ONCE:
            found.append(f"{self.left} connections stay open, more than the {AT_ONCE} requests at a time")
        elif self.most is not None and self.limit is not None and self.most * OVERLAP > self.limit:
            found.append(f"{self.most} connections at a time, twice as many during a deployment, of {self.limit}")
        return found

    def __str__(self) -> str:
        answers = ", ".join(f"{status or 'no answer'} × {count}" for status, count in sorted(self.statuses.items()))
        if self.most is None:
            return f"{answers}; the connections were not counted"
        return f"{answers}; at most {self.most} connections at a time, {self.left} kept, limit {self.limit}"


def measure(project: Project, target: Target, site: Site) -> Load:
    """Send the requests to the health check and to pages of *site*, and count the connections meanwhile."""
    client = new_client_address()
    paths = (HEALTH, *_pages(project, site))
    statuses, most, ended = Counter[int](), 0, Event()
    with target.database_watched() as why, process.waiting(), ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(_status, site, path, client) for path in islice(cycle(paths), REQUESTS)]
        pool.submit(ended.set)  # the last in the queue, so at most AT_ONCE requests are left when it runs
        while not ended.wait(BETWEEN):
            most = max(most, target.open_connections() or 0)
        statuses.update(each.result() for each in running)
        left, limit = target.open_connections(), target.connection_limit()
    most = max(most, left or 0)
    return Load(statuses, paths, None if left is None else most, left, limit, why)


def _pages(project: Project, site: Site) -> list[str]:
    """Pages that answer a visitor, since the health check alone may use less of the site than they do."""
    found = []
    for path in [path for path in list_addresses(project) if path != HEALTH][:TRIED]:
        try:
            if get_page(site, path).status_code == 200:
                found.append(path)
        except SiteError:
            continue
        if len(found) == PAGES:
            break
    return found


def _status(site: Site, path: str, client: str) -> int:
    try:
        return site.get(path, client=client).status_code
    except SiteError:
        return 0
