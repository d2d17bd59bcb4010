"""UptimeRobot's API v3, as far as Golive needs it: a monitor on the health address, its incidents and their alerts.

Source: UptimeRobot's published OpenAPI description.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from wizard import process
from wizard.errors import StepError

INTERVAL = 300
"""Seconds between checks: what the checklist asks for, and the least a free plan allows."""


@dataclass(frozen=True)
class UptimeRobot:
    base_url: str
    key: str

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        with process.waiting():
            try:
                answer = httpx.request(
                    method, f"{self.base_url}/{path}", json=body, headers={"Authorization": f"Bearer {self.key}"},
                    timeout=20, trust_env=False,
                )  # fmt: skip
            except httpx.HTTPError as error:
                raise StepError(
                    "UptimeRobot gave no answer", f"{type(error).__name__}: {error}", "Check the network."
                ) from error
        if answer.status_code >= 400:
            raise StepError(f"UptimeRobot answered {answer.status_code}", answer.text[:200], "Check the API key.")
        return answer.json() if answer.content else None

    def account(self) -> dict[str, Any]:
        return dict(self._call("GET", "user/me"))

    def contacts(self) -> list[dict[str, Any]]:
        """The e-mail contacts that get mail."""
        return [each for each in self._call("GET", "user/alert-contacts") if each["status"] in {2, "Active"}]

    def monitor(self, url: str) -> dict[str, Any]:
        """The monitor of *url*: the one that is there, or a new one."""
        for each in self._call("GET", "monitors?limit=200")["data"]:
            if each["url"] == url:
                return dict(each)
        contacts = [{"alertContactId": each["id"], "threshold": 0, "recurrence": 0} for each in self.contacts()]
        wanted = {
            "friendlyName": "Health of the site", "type": "HTTP", "url": url, "interval": INTERVAL, "timeout": 30,
            # HEAD is the default, and a redirect to a login page would count as up.
            "httpMethodType": "GET", "successHttpResponseCodes": ["2xx"], "assignedAlertContacts": contacts,
        }  # fmt: skip
        return dict(self._call("POST", "monitors", wanted))

    def read(self, monitor: dict[str, Any]) -> dict[str, Any]:
        return dict(self._call("GET", f"monitors/{monitor['id']}"))

    def alerts(self, monitor: dict[str, Any]) -> list[dict[str, Any]]:
        """The alerts of the newest incident, as UptimeRobot says they went out."""
        incidents = self._call("GET", f"incidents?monitor_id={monitor['id']}")["data"]
        return list(self._call("GET", f"incidents/{incidents[0]['id']}/alerts")["data"]) if incidents else []

    def wait_until(self, monitor: dict[str, Any], status: str, within: float, every: float) -> bool:
        """Whether the monitor gets to *status* within so many seconds."""
        return wait_for(lambda: self.read(monitor)["status"] == status, within, every)


def wait_for(holds: Callable[[], bool], within: float, every: float) -> bool:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        with process.waiting():
            time.sleep(every)  # the service has no way to tell
    return True
