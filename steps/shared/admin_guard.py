"""The admin's address, and whether a password alone opens it.

Scanners try /admin/ on every site. An address of its own keeps them away; a second factor stops a stolen password.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from steps.shared.accounts import admin_path
from steps.shared.login_form import find_login_form, log_in
from wizard.base import files
from wizard.checklist.answers import Answers, Question
from wizard.checklist.model import OVERLAY
from wizard.editing.syntax import parsed_bytes
from wizard.plan.actions import Action, GenerateSecrets
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.site.session import Site, new_client_address

VARIABLE = "ADMIN_PATH"
USUAL = ("admin", "administrator", "django-admin", "dj-admin", "backend", "manage", "cms", "wp-admin")
"""The first parts of paths that scanners try."""
SECOND_FACTORS = ("django_otp", "two_factor", "allauth.mfa", "mfa", "kagi", "django_mfa2", "axes_mfa", "hijack_mfa")
"""Apps that ask for a second factor."""
QUESTION = "admin.path"
USUAL_PATH = re.compile(rb"^(\s*-?\s*(?:get|post|put|patch|delete):[ \t]*[\"']?)/admin/", re.MULTILINE)
"""The admin's path in a request of golive.yaml. Elsewhere, as in `{next: /admin/}`, a brace would need quotes."""
CHARACTERS = 12


def question(project: Project) -> list[Question]:
    """Whether to move the admin, if it is at an address that scanners try and can be moved."""
    if not is_usual(admin_path(project)) or next(_routes(project), None) is None:
        return []
    why = "Scanners try /admin/ on every site. In production the admin gets a random address, from a variable."
    labels = ("Leave the admin where it is", "Give the admin an address of its own")
    return [Question(QUESTION, "Move the admin in production?", "no", why, ("no", "yes"), labels=labels)]


def is_usual(path: str) -> bool:
    """Whether scanners try the *path* of an admin."""
    return path.strip("/").split("/")[0].lower() in USUAL


def open_at(site: Site, path: str) -> list[str]:
    """The addresses at which *site* shows the login of its admin: *path*, and those that scanners try."""
    client = new_client_address()
    return [
        each
        for each in dict.fromkeys((f"/{path}", *(f"/{name}/" for name in USUAL)))
        if (page := site.get(f"{each}login/", client=client)).status_code == 200 and find_login_form(page.text)
    ]


def second_factor(project: Project) -> str:
    """The app that asks for a second factor; empty if there is none."""
    apps = [str(app) for app in project.value("INSTALLED_APPS") or []]
    return next((app for app in apps if any(app == name or app.startswith(f"{name}.") for name in SECOND_FACTORS)), "")


def password_suffices(site: Site, path: str, account: dict[str, str]) -> tuple[bool | None, str]:
    """Whether the password of *account* alone opens the admin at *path*, and what the login showed. None if unknown."""
    if "failed" in account:
        return None, account["failed"]
    return log_in(site, path, new_client_address(), [account["username"], account["email"]], account["password"])


def move(project: Project, draft: Draft, answers: Answers) -> list[Action]:
    """Let the URL of the admin come from a variable, with a random value in production, if the answer is yes."""
    route = next(_routes(project), None)
    if answers.get(QUESTION) != "yes" or route is None or not is_usual(admin_path(project)):
        return []
    path, node = route
    source, default = draft.source(path, "the address of the admin comes from a variable"), ast.literal_eval(node)
    source.replace(node, f'os.getenv("{VARIABLE}", "{default.strip("/")}").strip("/") + "/"')
    source.add_import("import os")
    flows = project.root / OVERLAY
    if (written := draft.content(flows)) != (named := USUAL_PATH.sub(rb"\1/{admin_path}", written)):
        draft.put(flows, named, "the flows follow the admin to its new address")
    file = project.production_env
    return [GenerateSecrets(file, files.read(file), ((VARIABLE, CHARACTERS),), "the address of the admin")]


def _routes(project: Project) -> Iterator[tuple[Path, ast.expr]]:
    """The routes `path("…", admin.site.urls)` of the URL configurations: the file, and the text of the address."""
    for path in project.copy.files():
        if path.suffix != ".py" or b"site.urls" not in (content := files.read(path) or b""):
            continue
        try:
            tree = parsed_bytes(content)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="path"), args=[ast.Constant(value=str()) as address, urls, *_]):
                    if ast.unparse(urls).endswith("site.urls"):
                        yield path, address
