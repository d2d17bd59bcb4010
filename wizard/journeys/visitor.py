"""One visitor of a site: a browser and an API client with its own address, cookies and token, that records requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from wizard.journeys.filling import Filled, Person
from wizard.journeys.html_page import Page
from wizard.journeys.result import SentRequest
from wizard.project.inputs import Form
from wizard.site.session import Site


@dataclass
class Answer:
    """What the site answered in the end, after redirects.

    Arguments:
        path: the address with its query that answered.
        redirects: the addresses of the redirects that were followed, in order.
        first: the status of the first response: 302 where a form was accepted and led to another page.
    """

    response: httpx.Response
    path: str
    redirects: tuple[str, ...] = ()
    first: int = 0

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str: ...

    @property
    def json(self) -> Any:
        """The JSON content; None without."""

    @property
    def page(self) -> Page:
        """The page; an empty one if it is not HTML."""


class Visitor:
    """A visitor of *site*.

    Arguments:
        role: `anonymous`, `first`, `second` or `staff`.
        requests: what was sent since `begin`, for the result of a journey.
        headers: sent with every request, for example `Authorization`.
    """

    def __init__(self, site: Site, person: Person, *, role: str = "first", budget: float = 20.0) -> None:
        self.site, self.person, self.role, self.budget = site, person, role, budget
        self.requests: list[SentRequest] = []
        self.headers: dict[str, str] = {}
        self.cookies: dict[str, str] = {}

    def begin(self) -> None:
        """Begin a journey: nothing is recorded yet, and its time starts."""

    def anonymous(self) -> Visitor:
        """Another visitor who is not logged in, whose requests are recorded with this one's."""

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer: ...

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        multipart: bool = False,
        headers: Mapping[str, str] | None = None,
        csrf: bool = True,
        follow: bool = True,
    ) -> Answer:
        """Send one request. *csrf*: with the token, as the site's own pages send it.

        Raises:
            SiteError: no answer, one that is too large, redirects in a loop, or the journey's time is over.
        """

    def send(self, filled: Filled, path: str = "", *, csrf: bool = True, follow: bool = True) -> Answer:
        """Send a filled form to *path*, by default to the form's own address, in the form's encoding.

        Raises:
            SiteError: as `request` does.
        """

    def learned(self, text: str) -> None:
        """Note with the last request what its refusal said and what is sent instead."""
