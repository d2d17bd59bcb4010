"""The headers of a logged-in API client, by a token from the project's own login."""

from __future__ import annotations

import json
from typing import Any

from steps.shared.accounts import ensure_superuser
from steps.shared.rate_limited_views import KINDS, find_views
from wizard.project.project import Project
from wizard.site.session import Site, new_client_address
from wizard.targets.sandbox import Sandbox

SCHEMES = {"token": "Bearer", "access": "Bearer", "access_token": "Bearer", "key": "Token"}
"""Names under which a login answers its token, and the scheme in which it is sent."""


def authorization(project: Project, sandbox: Sandbox, site: Site) -> dict[str, str]:
    """Log in as the superuser and return headers with the token; empty if no login answers one."""
    logins = [view.url for view in find_views(project, KINDS[0]) if not view.mutation and view.url.drf]
    account = ensure_superuser(sandbox) if logins else {}
    if not account or "failed" in account:
        return {}
    body = {name: account[name] for name in ("username", "email", "password")}
    for url in logins:
        client = new_client_address()
        response = site.post(url.path, client=client, headers=site.form(url.path, client), data=body)
        for name, token in _tokens(response.text) if response.status_code < 300 else ():
            return {"Authorization": f"{SCHEMES[name]} {token}"}
    return {}


def _tokens(text: str) -> list[tuple[str, str]]:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return []
    pairs = found.items() if isinstance(found, dict) else ()
    return [(name, value) for name, value in pairs if name in SCHEMES and isinstance(value, str)]
