"""Pages of the site that are opened one after the other, of which some may never answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from wizard.base.errors import SiteError
from wizard.site.session import Site, new_client_address

SECONDS = 10.0
"""How long a page may take."""
MOST_SILENT = 3
"""Pages without an answer after which no further one is opened."""


def get_page(site: Site, path: str, **more: Any) -> httpx.Response:
    """GET *path*.

    Raises:
        SiteError: there was no complete answer in SECONDS, or it was too large.
    """
    return site.get(path, timeout=SECONDS, seconds=SECONDS, **more)


@dataclass
class PageAnswers:
    """What pages answered.

    Arguments:
        complete: the answers by path.
        endless: the statuses of answers that begin and do not end, as a stream of events, or are too large.
        silent: why there was no answer.
    """

    complete: dict[str, httpx.Response] = field(default_factory=dict)
    endless: dict[str, int] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)


def read_pages(site: Site, paths: Iterable[str]) -> PageAnswers:
    """Open *paths*, until too many did not answer."""
    found, client = PageAnswers(), new_client_address()
    for path in paths:
        if len(found.silent) >= MOST_SILENT:
            break
        try:
            found.complete[path] = get_page(site, path)
        except SiteError:
            try:
                found.endless[path] = site.peek(path, client).status_code
            except SiteError as error:
                found.silent.append(str(error))
    return found
