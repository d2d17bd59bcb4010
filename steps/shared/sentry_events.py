"""Sentry events that several steps cause on purpose or report as evidence."""

from __future__ import annotations

import re
from typing import Any

from wizard.project.project import Project
from wizard.services.sentry import Sentry

RAISED = "broken on purpose, by task 23"
"""The message of the exception that the temporary view of task 23 raises."""


NONE = "no such event arrived within a minute"
MAY_DROP = (
    "before_send", "ignore_errors", "error_sampler", "sample_rate", "default_integrations", "disabled_integrations",
    "sentry_sdk.init",
)  # fmt: skip
"""What in the settings may keep an event from being sent, the likeliest first."""


def place_of_loss(project: Project) -> str:
    """The line of the settings that may keep events from being sent; empty if they don't set up the SDK."""
    sources = project.settings.sources
    for name in MAY_DROP:
        for source in sources:
            for number, line in enumerate(source.text.splitlines(), 1):
                if re.match(rf"[^#'\"]*(?<![\w.]){re.escape(name)}\b", line):
                    return f"{project.display_path(source.path)}:{number}"
    return ""


def describe_event(sentry: Sentry, event: dict[str, Any] | None) -> str:
    """Name *event* by its id, title and link, or say that none arrived."""
    if event is None:
        return NONE
    link = sentry.link(event)
    return f"event {event['eventID'][:8]}: {event['title']}" + (f" ({link})" if link else "")
