"""Whether the running site accepts WebSockets at the routes of the project's ASGI application."""

from __future__ import annotations

from steps.shared import background_work
from wizard.base.errors import SiteError
from wizard.project.project import Project
from wizard.site.session import Site
from wizard.site.websocket import SWITCHING_PROTOCOLS, example_path, open_websocket
from wizard.targets.base import Observation

REFUSED = 403
"""How Channels answers a visitor whom the consumer, or its check of the login, refuses. Source: Daphne's source."""


def opened(project: Project, site: Site) -> Observation | None:
    """The handshake with the first route that accepts it. None if the project has no WebSocket routes."""
    routes = project.snapshot.answer.get("websockets") or []
    answers = dict[str, int]()
    for route in routes:
        path = example_path(str(route))
        try:
            answers[path] = open_websocket(site, path)
        except SiteError:
            answers[path] = 0
        if answers[path] == SWITCHING_PROTOCOLS:
            return Observation(True, "request", "a WebSocket", f"WebSocket {path}: 101")
    if not answers:
        return None
    showed = ", ".join(f"{path}: {status or 'no response'}" for path, status in answers.items())
    showed = f"WebSocket {showed} (expected 101)"
    if needs := background_work.explanation(project):
        return Observation(None, "request", "a WebSocket", f"{showed}; the site {needs}")
    if REFUSED in answers.values():
        return Observation(
            None, "request", "a WebSocket", f"{showed}; it refuses visitors without a login. Open it as a user"
        )
    return Observation(False, "request", "a WebSocket", showed)
