"""What the running service shows against evidence that was made from settings.

A rehearsal asks the process itself. Of a real service only its answers are seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.base.errors import SiteError
from wizard.site.session import Site

DEBUG_ITEMS = ("2.2", "15.2")
DEBUG_PAGE = (
    "Using the URLconf",
    "DEBUG = True",
    "You’re seeing this error because",
    "You're seeing this error because",
)
"""Texts of Django's debug pages."""
MISSING = "/no-such-page-golive/"


@dataclass(frozen=True)
class Contradiction:
    """Something about the running service that makes *items* untrue.

    Arguments:
        ran: how it was seen.
        found, expected: in words.
        where: the file and line that cause it, if they are known.
    """

    items: tuple[str, ...]
    ran: str
    found: str
    expected: str
    where: str = ""


def from_outside(site: Site) -> list[Contradiction]:
    """What a missing page of the running *site* shows: with DEBUG on, it is Django's debug page."""
    try:
        response = site.get(MISSING)
    except SiteError:
        return []  # the check of its health reports it
    if not any(text in response.text for text in DEBUG_PAGE):
        return []
    found = f"the running site answers {response.status_code} with Django's debug page, so DEBUG is on"
    return [Contradiction(DEBUG_ITEMS, f"GET https://{site.host}{MISSING}", found, "DEBUG is False in what runs")]
