"""Who uses the deployed site while it is tried: visitors of its open addresses, and its owner."""

from __future__ import annotations

import re

from steps.shared.rate_limited_views import ELSEWHERE
from wizard.project.project import Project
from wizard.targets.sandbox import Sandbox

NAME = "golive-admin"


def list_addresses(project: Project, limit: int = 60) -> list[str]:
    """Addresses a visitor may ask for without doing harm: no parameters, no admin, nothing that only takes posts."""
    found = []
    for url in project.urls:
        parameters = re.search(r"<|\(\?P", url.route)
        acts = re.search(r"logout|delete|remove|unsubscribe|__debug__|static|media", url.route + (url.name or ""))
        posts_only = url.methods is not None and "get" not in url.methods
        private = (url.name or "").startswith("admin:") or ELSEWHERE.search(url.view)
        if not (parameters or acts or posts_only or private or url.path in found):
            found.append(url.path)
    return found[:limit]


def ensure_superuser(sandbox: Sandbox) -> dict[str, str]:
    """The owner's account in the deployed site, made once; `failed` says why there is none."""
    name, wanted = superuser_fields(sandbox.target.project)
    made = sandbox.target.owner(wanted)
    if "failed" in made:
        return made
    return {"username": made[name], "email": made.get("email", made[name]), "password": made["password"]}


def superuser_fields(project: Project) -> tuple[str, dict[str, str]]:
    """The field an owner logs in by, and a value for each field that `createsuperuser` insists on."""
    user = project.inspect_settings().get("user") or {"username": "username", "required": []}
    return user["username"], {name: _value(name) for name in (user["username"], *user["required"])}


def _value(name: str) -> str:
    if "mail" in name:
        return "golive-admin@example.com"
    return "2000-01-01" if "date" in name or "birth" in name else "+15550100" if "phone" in name else NAME
