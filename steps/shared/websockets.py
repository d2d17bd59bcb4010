"""Whether the running site accepts WebSockets at the routes of the project's ASGI application."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from steps.shared import background_work
from steps.shared.accounts import admin_home, ensure_superuser
from steps.shared.login_form import log_in
from wizard.base.errors import SiteError
from wizard.project.project import Project
from wizard.site.session import Site, cookie_header, new_client_address
from wizard.site.websocket import SWITCHING_PROTOCOLS, example_path, open_websocket
from wizard.targets.base import Observation
from wizard.targets.sandbox import Sandbox

REFUSED = 403
"""How Channels answers a visitor whom the consumer, or its check of the login, refuses. Source: Daphne's source."""


def opened(project: Project, sandbox: Sandbox, site: Site) -> Observation | None:
    """The handshake with the first route that accepts it. None if the project has no WebSocket routes.

    If all of them refuse visitors, a superuser who is logged in tries again.
    """
    paths = [example_path(str(route)) for route in project.snapshot.answer.get("websockets") or []]
    if not paths:
        return None
    answers = _handshakes(site, paths, {})
    if REFUSED in answers.values() and SWITCHING_PROTOCOLS not in answers.values():
        cookies = _cookies_of_a_user(project, sandbox, site)
        as_user = _handshakes(site, [path for path in paths if answers[path] == REFUSED], cookies) if cookies else {}
        if accepted := next((path for path, status in as_user.items() if status == SWITCHING_PROTOCOLS), ""):
            showed = f"WebSocket {accepted}: {REFUSED} without a login, {SWITCHING_PROTOCOLS} as a superuser"
            return Observation(True, "request", "a WebSocket", showed)
    if accepted := next((path for path, status in answers.items() if status == SWITCHING_PROTOCOLS), ""):
        return Observation(True, "request", "a WebSocket", f"WebSocket {accepted}: {SWITCHING_PROTOCOLS}")
    showed = ", ".join(f"{path}: {status or 'no response'}" for path, status in answers.items())
    showed = f"WebSocket {showed} (expected {SWITCHING_PROTOCOLS})"
    if needs := background_work.explanation(project, sandbox.target):
        return Observation(None, "request", "a WebSocket", f"{showed}; the site {needs}")
    if REFUSED in answers.values():
        return Observation(None, "request", "a WebSocket", f"{showed}; it refuses this visitor. Open it as a user")
    return Observation(False, "request", "a WebSocket", showed)


def _handshakes(site: Site, paths: list[str], headers: Mapping[str, str]) -> dict[str, int]:
    """The status of each handshake until one is accepted, 0 without a response."""
    answers = dict[str, int]()
    for path in paths:
        try:
            answers[path] = open_websocket(site, path, headers)
        except SiteError:
            answers[path] = 0
        if answers[path] == SWITCHING_PROTOCOLS:
            break
    return answers


def _cookies_of_a_user(project: Project, sandbox: Sandbox, site: Site) -> dict[str, str]:
    """The headers of a superuser who is logged in to the admin. Empty if that is not possible."""
    home = admin_home(project)
    account = ensure_superuser(sandbox) if home else {"failed": "no admin"}
    if "failed" in account:
        return {}
    jar, names = httpx.Cookies(), [account["username"], account["email"]]
    done, _ = log_in(site, home, new_client_address(), names, account["password"], jar)
    return cookie_header(jar) if done else {}
