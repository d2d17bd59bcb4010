"""Sentry events that several steps cause on purpose or report as evidence."""

from __future__ import annotations

from typing import Any

from wizard.services.sentry import Sentry

RAISED = "broken on purpose, by task 23"
"""The message of the exception that the temporary view of task 23 raises."""


def describe_event(sentry: Sentry, event: dict[str, Any] | None) -> str:
    """Name *event* by its id, title and link, or say that none arrived."""
    if event is None:
        return "no such event arrived within a minute"
    link = sentry.link(event)
    return f"event {event['eventID'][:8]}: {event['title']}" + (f" ({link})" if link else "")
