"""Sentry's API, as far as Golive needs it: the project's DSN, and the events that arrived.

Source: Sentry's published API schema.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from wizard import process
from wizard.errors import StepError

WAITS = (0.1, 0.2, 0.4, 0.8, 1.5, 3, 5, 8, 10)
"""Seconds between looks for an event: it is stored some time after it was taken."""


@dataclass(frozen=True)
class Sentry:
    """A client for one project of one organisation."""

    base_url: str
    token: str
    organisation: str
    project: str

    def _get(self, path: str) -> Any:
        with process.waiting():
            try:
                answer = httpx.get(
                    self.base_url + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=20, trust_env=False
                )
            except httpx.HTTPError as error:
                raise StepError(
                    "Sentry gave no answer", f"{type(error).__name__}: {error}", "Check the network."
                ) from error
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            raise StepError(f"Sentry answered {answer.status_code}", _detail(answer), "Check the token and its scopes.")
        return answer.json()

    def projects(self) -> list[str]:
        return [str(each["slug"]) for each in self._get(f"organizations/{self.organisation}/projects/") or []]

    def dsn(self) -> str:
        """The public DSN of the first active key; empty if there is none."""
        keys = self._get(f"projects/{self.organisation}/{self.project}/keys/") or []
        return next((str(key["dsn"]["public"]) for key in keys if key["isActive"]), "")

    def events(self) -> list[dict[str, Any]]:
        """Newest first."""
        return list(self._get(f"projects/{self.organisation}/{self.project}/events/") or [])

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        """The newest event that is *wanted*, as soon as it shows; None if it doesn't within half a minute."""
        for seconds in (0.0, *WAITS):
            with process.waiting():
                time.sleep(seconds)  # Sentry has no way to be told
            if found := next((event for event in self.events() if wanted(event)), None):
                return found
        return None


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("detail", ""))
    except (ValueError, AttributeError):
        return ""
