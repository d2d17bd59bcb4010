"""A client for the parts of UptimeRobot's API v3 that Golive uses: a monitor, its incidents and their alerts.

Source: UptimeRobot's published OpenAPI description.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from wizard.base import process
from wizard.base.errors import ServiceError
from wizard.services.http import Client, required_value
from wizard.services.response_guard import guard_responses

DASHBOARD = "https://dashboard.uptimerobot.com/monitors"
INTERVAL = 300
"""Seconds between checks: the interval of the checklist, and the shortest on a free plan."""
ACTIVE = {2, "2", "Active", "active"}
EMAIL = {2, "2", "Email", "email"}
PAUSED = "PAUSED"
"""The status of a monitor that checks nothing and sends no alert, until somebody resumes it."""
STATUSES = {"0": PAUSED, "1": "STARTED", "2": "UP", "8": "LOOKS_DOWN", "9": "DOWN"}
"""Enumerations are sent as names, or as the numbers of the former API."""
POLL_INTERVALS = (1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0)
"""Seconds between polls; the last one repeats. A free plan allows ten requests a minute."""


@guard_responses("UptimeRobot")
@dataclass(frozen=True)
class UptimeRobot:
    client: Client
    real: bool = True
    poll_intervals: tuple[float, ...] = POLL_INTERVALS
    timeout: float = 900.0
    """Seconds to wait for a monitor to notice a change: its interval, and its repeated checks."""

    def account(self) -> dict[str, Any]:
        return dict(self.client.json("GET", "user/me"))

    def contacts(self) -> list[dict[str, Any]]:
        """The active e-mail contacts."""
        found = self.client.json("GET", "user/alert-contacts") or []
        return [each for each in found if each["status"] in ACTIVE and each.get("type", "Email") in EMAIL]

    def find_monitor(self, url: str) -> dict[str, Any] | None:
        """The monitor for *url*; None if it does not exist."""
        return next((each for each in self._pages("monitors", url=url) if each["url"] == url), None)

    def find_or_create_monitor(self, url: str, name: str = "Health of the site") -> dict[str, Any]:
        """The monitor for *url*: an existing one, or a new one that sends alerts to every active contact.

        Raises:
            ServiceError: the plan's limit of monitors is reached.
        """
        if found := self.find_monitor(url):
            return found
        account = self.account()
        used, most = account.get("monitorsCount"), account.get("monitorLimit")
        if isinstance(used, int) and isinstance(most, int) and used >= most:
            raise ServiceError("UptimeRobot's plan has no monitor left", f"{used} of {most} are used",
                               f"Delete a monitor at {DASHBOARD}, or upgrade the plan.",
                               service="UptimeRobot")  # fmt: skip
        contacts = [{"alertContactId": each["id"], "threshold": 0, "recurrence": 0} for each in self.contacts()]
        wanted = {
            "friendlyName": name, "type": "HTTP", "url": url, "interval": INTERVAL, "timeout": 30,
            # By default UptimeRobot sends HEAD, and counts a redirect to a login page as up.
            "httpMethodType": "GET", "successHttpResponseCodes": ["2xx"], "assignedAlertContacts": contacts,
        }  # fmt: skip
        try:
            created = self.client.json("POST", "monitors", json=wanted)
        except ServiceError as error:
            # The monitor may exist although the response was lost. Don't create it twice.
            if error.status in {400, 401, 403, 429} or not (created := self.find_monitor(url)):
                raise
        return dict(created)

    def read(self, monitor: dict[str, Any]) -> dict[str, Any]:
        """The current state of *monitor*, with its status as a name."""
        found = dict(self.client.json("GET", f"monitors/{monitor['id']}"))
        return {**found, "status": STATUSES.get(str(found.get("status")), str(found.get("status")))}

    def delete(self, monitor: dict[str, Any]) -> None:
        """Delete *monitor*. It is not an error if it no longer exists."""
        try:
            self.client.send("DELETE", f"monitors/{monitor['id']}", retry=True)
        except ServiceError as error:
            if error.status != 404:
                raise

    def incident(self, monitor: dict[str, Any]) -> dict[str, Any] | None:
        """The newest incident of *monitor*; None without an incident."""
        listed = required_value(
            self.client.json("GET", f"incidents?monitor_id={monitor['id']}"), "data", of="UptimeRobot"
        )
        return dict(listed[0]) if listed else None

    def alerts(self, monitor: dict[str, Any]) -> list[dict[str, Any]]:
        """The alerts that UptimeRobot sent for the newest incident."""
        incident = self.incident(monitor)
        return list(self.client.json("GET", f"incidents/{incident['id']}/alerts")["data"]) if incident else []

    def wait_for_status(self, monitor: dict[str, Any], status: str) -> bool:
        """Wait for the monitor to have *status*; False if it has not before the timeout, or is paused."""
        found = ""

        def settled() -> bool:
            nonlocal found
            found = self.read(monitor)["status"]
            return found in {status, PAUSED}

        return self.wait_for(settled) and found == status

    def wait_for(self, holds: Callable[[], bool]) -> bool:
        """Poll until *holds* returns true; False if it does not before the timeout."""
        deadline = time.monotonic() + self.timeout
        for count in range(10**6):
            if holds():
                return True
            if time.monotonic() > deadline:
                return False
            process.pause(self.poll_intervals[min(count, len(self.poll_intervals) - 1)])
        return False

    def _pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        following: str | None = f"{path}?{urlencode({'limit': '200', **query})}"
        for _ in range(50):
            if not following:
                return
            page = self.client.json("GET", following)
            yield from required_value(page, "data", of="UptimeRobot")
            following = page.get("nextLink")
