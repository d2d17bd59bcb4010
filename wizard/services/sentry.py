"""A client for the parts of Sentry's API that Golive uses: create or find a project and its DSN, read its events.

Source: Sentry's published API schema and its documentation of authentication, pagination and rate limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx

from wizard.base import process
from wizard.base.errors import ServiceError
from wizard.services.http import Client, required_value
from wizard.services.response_guard import guard_responses

WAITS = (0.1, 0.2, 0.4, 0.8, 1.5, 3, 5, 8, 10, 15, 15)
"""Seconds between polls for an event. Sentry stores it some time after it was sent."""
PLATFORM = "python-django"
WANTED = (("org:read",), ("project:read",), ("event:read",))
"""The scopes that Golive needs: one of each tuple."""
NARROW = "sntrys_"
"""Prefix of organisation tokens, whose permissions are fixed and too few. Source: Sentry's documentation of tokens."""


@guard_responses("Sentry")
@dataclass(frozen=True)
class Sentry:
    """A client for one organisation, and one project of it where *project* is known."""

    client: Client
    organisation: str
    project: str
    real: bool = True
    site: str = ""
    """The URL of the organisation's pages in a browser."""

    # ---- token and organisation

    def check_token(self) -> str:
        """Check the token and return its scopes, separated by commas.

        Raises:
            ServiceError: Sentry does not accept the token, or the token lacks a scope.
        """
        response = self.client.json("GET", "")
        auth = (response or {}).get("auth")
        if not auth:
            raise ServiceError(
                "Sentry doesn't accept the token", "", self.client.access_hint, service="Sentry", status=401
            )
        scopes = [str(each) for each in auth.get("scopes") or []]
        if scopes and (missing := [one[0] for one in WANTED if not set(one) & set(_widened(scopes))]):
            raise ServiceError(
                f"Sentry's token lacks {', '.join(missing)}", f"it has {', '.join(scopes)}", self.client.access_hint,
                service="Sentry", status=403,
            )  # fmt: skip
        return ", ".join(scopes) or "a token"

    def at_organisation(self, wanted: str = "") -> Sentry:
        """A client for the organisation *wanted*, or for the only one there is, on the host of its region.

        Raises:
            ServiceError: there is no such organisation, or there are several and none was chosen.
        """
        found = {str(each["slug"]): each for each in self._pages("organizations/")}
        if wanted and wanted not in found:
            raise ServiceError(f"Sentry has no organisation {wanted}", f"the token has access to {_listed(found)}",
                               "Correct the answer sentry.organisation or the variable SENTRY_ORG.",
                               service="Sentry")  # fmt: skip
        if not wanted and len(found) != 1:
            what = "Sentry has several organisations" if found else "Sentry has no organisation yet"
            hint = (f"Set the answer sentry.organisation or SENTRY_ORG to one of {_listed(found)}." if found
                    else "Sign up at https://sentry.io/signup/: this creates one.")  # fmt: skip
            raise ServiceError(what, "", hint, service="Sentry")
        slug = wanted or next(iter(found))
        links = found[slug].get("links") or {}
        region = str(links.get("regionUrl") or "").rstrip("/")
        client = self.client
        if region and _same_family(region, client.base_url):
            client = replace(client, base_url=f"{region}/api/0/", _http=None)
        return replace(self, client=client, organisation=slug, site=str(links.get("organizationUrl") or ""))

    # ---- projects and keys

    def project_exists(self) -> bool:
        """Whether the project exists."""
        try:
            self.client.json("GET", f"projects/{self.organisation}/{self.project}/")
        except ServiceError as error:
            if error.status == 404:
                return False
            raise
        return True

    def create_project(self, team: str = "") -> None:
        """Create the project in *team*, by default in the first team. Create a team if the organisation has no team.

        Raises:
            ServiceError: there is no such team, Sentry refused, or the project's name is taken.
        """
        slug = self.project
        teams = [str(each["slug"]) for each in self._pages(f"organizations/{self.organisation}/teams/")]
        if team and team not in teams:
            raise ServiceError(f"Sentry has no team {team}", f"its teams are {_listed(teams)}",
                               "Correct the answer sentry.team.", service="Sentry")  # fmt: skip
        if not teams:
            created = self.client.json("POST", f"organizations/{self.organisation}/teams/", json={"slug": slug})
            teams = [str(required_value(created, "slug", of="Sentry"))]
        body = {"name": slug, "slug": slug, "platform": PLATFORM, "default_rules": True}
        path = f"teams/{self.organisation}/{team or teams[0]}/projects/"
        try:
            self.client.json("POST", path, json=body)
        except ServiceError as error:
            if error.status == 409 and not self.project_exists():
                raise ServiceError(
                    f"The project name {slug} is taken at Sentry", error.why, "Choose another: answer sentry.project.",
                    service="Sentry", status=409,
                ) from error  # fmt: skip
            if error.status != 409:  # 409: the project was created by a request whose response was lost
                raise

    def dsn(self) -> str:
        """The public DSN of the first active key; empty if there is no active key or no project."""
        try:
            keys = self.client.json("GET", f"projects/{self.organisation}/{self.project}/keys/") or []
        except ServiceError as error:
            if error.status == 404:
                return ""
            raise
        return next((str(key["dsn"]["public"]) for key in keys if key["isActive"]), "")

    def create_key(self) -> None:
        self.client.json("POST", f"projects/{self.organisation}/{self.project}/keys/", json={"name": "Golive"})

    # ---- events

    def events(self) -> list[dict[str, Any]]:
        """The newest events, the latest first. Older pages are not read."""
        try:
            return list(self.client.json("GET", f"projects/{self.organisation}/{self.project}/events/") or [])
        except ServiceError as error:
            if error.status == 404:
                return []
            raise

    def event_ids(self) -> set[str]:
        """The ids of all events so far."""
        return {str(event["eventID"]) for event in self.events()}

    def wait_for_event(
        self, wanted: Callable[[dict[str, Any]], bool], before: Iterable[str] = ()
    ) -> dict[str, Any] | None:
        """Wait for an event that is *wanted* and whose id is not in *before*; None if none arrives within a minute."""
        old = set(before)
        for seconds in (0.0, *WAITS):
            process.pause(seconds)
            new = (event for event in self.events() if str(event["eventID"]) not in old)
            if found := next((event for event in new if wanted(event)), None):
                return found
        return None

    def link(self, event: dict[str, Any]) -> str:
        """The URL of *event* in a browser; empty if Sentry does not provide it."""
        group = event.get("groupID")
        return f"{self.site.rstrip('/')}/issues/{group}/events/{event['eventID']}/" if self.site and group else ""

    def filters_page(self) -> str:
        """The URL of the page with the project's inbound filters; empty if the organisation's pages are not known."""
        return f"{self.site.rstrip('/')}/settings/projects/{self.project}/filters/data-filters/" if self.site else ""

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        """The entries of all pages at *path*. Source: Sentry's documentation of pagination."""
        for _ in range(50):
            response = self.client.send("GET", path)
            yield from response.json() or []
            following = next((link for link in _links(response) if link.get("rel") == "next"), {})
            if following.get("results") != "true":
                return
            path = following["url"]


def _links(response: httpx.Response) -> Iterator[dict[str, str]]:
    for part in re.findall(r"<([^>]+)>((?:\s*;\s*\w+=\"[^\"]*\")*)", response.headers.get("link", "")):
        yield {"url": part[0], **dict(re.findall(r"(\w+)=\"([^\"]*)\"", part[1]))}


def _widened(scopes: Iterable[str]) -> Iterator[str]:
    """*scopes* and the scopes they include: admin and write include read."""
    for scope in scopes:
        yield scope
        area, _, right = scope.partition(":")
        if right in {"admin", "write"}:
            yield f"{area}:read"


def _same_family(region: str, base: str) -> bool:
    """Whether the token may be sent to *region*: among sentry.io hosts, or to the same host and port."""
    target, home = httpx.URL(region), httpx.URL(base)
    own = all(url.host == "sentry.io" or url.host.endswith(".sentry.io") for url in (target, home))
    return (own and target.scheme == "https") or (target.host, target.port) == (home.host, home.port)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
