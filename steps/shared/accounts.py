"""The URLs that tests open on a site, and the accounts that they log in as."""

from __future__ import annotations

import re
from typing import Any

from steps.shared.rate_limited_views import ELSEWHERE
from wizard.base.errors import SiteError
from wizard.project.project import Project
from wizard.site.journey_reader import read_config
from wizard.site.session import Site, new_client_address
from wizard.targets.sandbox import Sandbox

NAME = "golive-admin"
PASSWORD = "rehearsal-passphrase-1"  # noqa: S105 - of an account in a scratch database that is thrown away


def list_addresses(project: Project, limit: int = 60) -> list[str]:
    """List at most *limit* URL paths that are safe to GET.

    Leaves out patterns with parameters, the admin, external logins, static files, logout and delete views, those that
    delete rows or send mail when they are opened, views that accept only POST, those that create an order, and
    `skip_urls` of golive.yaml. The project's own views come first: a library may have more than *limit*.
    """
    paths: list[str] = []
    skipped = read_config(project.root).skip_urls
    for url in sorted(project.urls, key=lambda url: url.file is None):
        parameters = re.search(r"<|\(\?P", url.route)
        has_effect = re.search(r"logout|delete|remove|unsubscribe|__debug__|static|media", url.route + (url.name or ""))
        post_only = url.methods is not None and "get" not in url.methods
        orders = url.by_get and "order" in url.does
        private = (url.name or "").startswith("admin:") or ELSEWHERE.search(url.view)
        if not (
            parameters or has_effect or url.effects or post_only or orders or private or url.path in (*paths, *skipped)
        ):
            paths.append(url.path)
    return paths[:limit]


def admin_home(project: Project) -> str:
    """The path of the admin, such as `/admin/`. Empty if the site has no admin."""
    return next((url.path for url in project.urls if url.name == "admin:login"), "").removesuffix("login/")


def failing_addresses(project: Project, site: Site, limit: int = 60) -> list[str]:
    """Those of the listed paths that answer an error. A path without an answer is left out."""
    client, failing = new_client_address(), list[str]()
    for path in list_addresses(project, limit):
        try:
            status = site.peek(path, client).status_code
        except SiteError:
            continue
        if status >= 500:
            failing.append(path)
    return failing


def create_account(sandbox: Sandbox) -> dict[str, Any]:
    """Create a user in the scratch database. Return the names, the password, and the cookies of a session."""
    account = sandbox.ask("user", name=f"golive{new_client_address().replace('.', '')}", password=PASSWORD)
    return {**account, "password": PASSWORD}


def ensure_superuser(sandbox: Sandbox) -> dict[str, str]:
    """Return the superuser of the deployed site, created on the first call.

    If it could not be created, the only key is `failed`, with the reason.
    """
    name, wanted = superuser_fields(sandbox.target.project)
    account = sandbox.target.ensure_superuser(wanted)
    if "failed" in account:
        return account
    return {"username": account[name], "email": account.get("email", account[name]), "password": account["password"]}


def superuser_fields(project: Project) -> tuple[str, dict[str, str]]:
    """Return the user model's USERNAME_FIELD, and a value for it and for each of its REQUIRED_FIELDS."""
    user = project.inspect_settings().get("user") or {"username": "username", "required": []}
    return user["username"], {name: _value(name) for name in (user["username"], *user["required"])}


def _value(name: str) -> str:
    if "mail" in name:
        return "golive-admin@example.com"
    return "2000-01-01" if "date" in name or "birth" in name else "+15550100" if "phone" in name else NAME
