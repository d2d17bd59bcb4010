"""Whether the address that Django sends visitors to who have to log in is one of the site's pages."""

from __future__ import annotations

from steps.shared.rate_limited_views import KINDS, find_views
from wizard.project.project import Project

DEFAULT = "/accounts/login/"
"""Django's own LOGIN_URL."""


def why_missing(project: Project, path: str) -> str:
    """Why *path*, which answers 404, is LOGIN_URL, and what to set it to. Empty if it is another address."""
    address = str(project.value("LOGIN_URL") or DEFAULT)
    if path.partition("?")[0] != address:
        return ""
    found = next((view.url.path for view in find_views(project, KINDS[0]) if "admin" not in view.url.path), "")
    better = f'LOGIN_URL = "{found}"' if found else "it to the address of the log-in"
    return f"visitors who have to log in are sent there, because LOGIN_URL is {address}. Set {better}"
