"""Who uses the deployed site while it is tried: visitors of its open addresses, and its owner."""

from __future__ import annotations

import re
import secrets

from steps.limited import ELSEWHERE
from wizard.project import Project
from wizard.secrets import remember
from wizard.targets.local import LocalTarget

NAME = "golive-admin"


def addresses(project: Project, limit: int = 60) -> list[str]:
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


def superuser(target: LocalTarget) -> dict[str, str]:
    """The owner's account in the deployed site, made once; `failed` says why there is none."""
    there = target.production
    if not there.superuser:
        user = there.project.look().get("user") or {"username": "username", "required": []}
        password = secrets.token_urlsafe(18)
        remember(password)
        fields = {name: _value(name) for name in {user["username"], *user["required"]}}
        environment = {f"DJANGO_SUPERUSER_{name.upper()}": value for name, value in fields.items()}
        done = there.manage("createsuperuser", "--noinput", DJANGO_SUPERUSER_PASSWORD=password, **environment)
        there.superuser = {"username": fields[user["username"]], "email": _value("email"), "password": password}
        if done.returncode:
            there.superuser = {}
            return {"failed": done.last_lines(2)}
    return there.superuser


def _value(name: str) -> str:
    if "mail" in name:
        return "golive-admin@example.com"
    return "2000-01-01" if "date" in name or "birth" in name else "+15550100" if "phone" in name else NAME
