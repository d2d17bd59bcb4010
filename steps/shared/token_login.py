"""The headers of a logged-in API client, by a token from the project's own login."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from steps.shared.accounts import ensure_superuser
from steps.shared.rate_limited_views import KINDS, find_views
from wizard.project.project import Project
from wizard.project.urls import Url
from wizard.site.session import Site, new_client_address
from wizard.targets.sandbox import Sandbox

SCHEMES = {"token": "Bearer", "access": "Bearer", "access_token": "Bearer", "key": "Token"}
"""Names under which a login answers its token, and the scheme in which it is sent."""


def authorization(project: Project, sandbox: Sandbox, site: Site) -> dict[str, str]:
    """Log in as the superuser and return headers with the token; empty if no login answers one."""
    urls = [url for url in find_logins(project) if url.drf]
    account = ensure_superuser(sandbox) if urls else {}
    if not account or "failed" in account:
        return {}
    return next((headers for _, headers in log_in(site, urls, account) if headers), {})


def find_logins(project: Project) -> list[Url]:
    """The URLs of the project's own logins, without GraphQL."""
    return [view.url for view in find_views(project, KINDS[0]) if not view.mutation]


def log_in(site: Site, urls: Iterable[Url], account: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, str]]]:
    """Send the *account* to each login. Yield the status, and headers with the token, which are empty without one."""
    body = {name: account[name] for name in ("username", "email", "password")}
    for url in urls:
        client = new_client_address()
        response = site.post(url.path, client=client, headers=site.form(url.path, client), data=body)
        yield response.status_code, _headers(response.text) if response.status_code < 300 else {}


def _headers(text: str) -> dict[str, str]:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    for name, scheme in SCHEMES.items():
        if isinstance(found, dict) and isinstance(found.get(name), str):
            return {"Authorization": f"{scheme} {found[name]}"}
    return {}
