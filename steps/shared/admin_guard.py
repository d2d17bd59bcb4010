"""The admin's address, and whether a password alone opens it.

Scanners try /admin/ on every site. An address of its own keeps them away; a second factor stops a stolen password.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from steps.shared import second_factor
from steps.shared.accounts import admin_home
from steps.shared.login_form import find_login_form, log_in
from steps.shared.own_answers import follow
from wizard.base import files
from wizard.checklist.answers import Answers, Question
from wizard.checklist.model import OVERLAY
from wizard.plan.actions import Action, GenerateSecrets
from wizard.plan.draft import Draft
from wizard.project.own_modules import modules
from wizard.project.project import Project
from wizard.site.session import Site, new_client_address

VARIABLE = "ADMIN_PATH"
USUAL = ("admin", "administrator", "django-admin", "dj-admin", "backend", "manage", "cms", "wp-admin")
"""The first parts of paths that scanners try."""
SECOND_FACTORS = ("django_otp", "two_factor", "allauth.mfa", "mfa", "kagi")
"""Apps that ask for a second factor."""
QUESTION = "admin.path"
USUAL_PATH = re.compile(rb"^(\s*-?\s*(?:get|post|put|patch|delete):[ \t]*[\"']?)/admin/", re.MULTILINE)
"""The admin's path in a request of golive.yaml. Elsewhere, as in `{next: /admin/}`, a brace would need quotes."""
PLAIN = re.compile(r"(/[\w-]+)+/")
"""Addresses that can be written into the code as they are."""
CHARACTERS = 12
VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,}")


def question(project: Project) -> list[Question]:
    """Whether to move the admin, if it is at an address that scanners try and can be moved."""
    if _movable(project) is None:
        return []
    why = "Scanners try /admin/ on every site. In production the admin gets a random address, from a variable."
    labels = ("Leave the admin where it is", "Give the admin an address of its own")
    return [Question(QUESTION, "Move the admin in production?", "no", why, ("no", "yes"), labels=labels)]


def is_usual(path: str) -> bool:
    """Whether scanners try the *path* of an admin. They begin at the root of the site."""
    return path.strip("/").split("/")[0].lower() in {"", *USUAL}


def open_at(site: Site, path: str) -> list[str]:
    """The addresses at which *site* shows the login of its admin: *path*, and those that scanners try.

    The admin at *path* may leave the login to that of the site. Where every page does, that says nothing of the others.
    """
    client, found = new_client_address(), list[str]()
    for each in dict.fromkeys((path, *(f"/{name}/" for name in USUAL))):
        page = site.get(f"{each}login/", client=client)
        if each == path:
            _, page = follow(site, f"{each}login/", page)
        if page.status_code == 200 and find_login_form(page.text):
            found.append(each)
    return found


def published_at(site: Site, path: str) -> str:
    """The page or the redirect of *site* that contains the *path* of the admin; empty if Golive finds none.

    Scanners read robots.txt, to find what it wants to hide.
    """
    client = new_client_address()
    named = re.compile(rf"{re.escape(path.rstrip('/'))}(?![\w-])")
    for each in ("/robots.txt", "/sitemap.xml", "/", *(f"/{name}/" for name in USUAL)):
        page = site.get(each, client=client)
        if named.search(page.headers.get("location", "")):
            return f"the redirect of {each}"
        if page.status_code == 200 and named.search(page.text):
            return f"the page {each}"
    return ""


def factor_app(project: Project) -> str:
    """The app that asks for a second factor; empty if there is none."""
    apps = [str(app) for app in project.value("INSTALLED_APPS") or []]
    return next((app for app in apps if any(app == name or app.startswith(f"{name}.") for name in SECOND_FACTORS)), "")


def password_suffices(site: Site, path: str, account: dict[str, str]) -> tuple[bool | None, str]:
    """Whether the password of *account* alone opens the admin at *path*, and what the login showed. None if unknown."""
    if "failed" in account:
        return None, account["failed"]
    return log_in(site, path, new_client_address(), [account["username"], account["email"]], account["password"])


def place(project: Project) -> str:
    """The file and line of the admin's route, before a text about it. Empty if it is not written as usual."""
    return next((f"{project.display_path(path)}:{call.lineno}: " for path, call in _routes(project)), "")


def advice(project: Project, path: str, page: str = "") -> str:
    """What makes the admin at *path* safer. The public *page* contains that path."""
    if second_factor.is_added(project):
        return (
            f"Log in there, add a device at {path}otp_totp/totpdevice/add/ and scan its QR code with an authenticator "
            "app. Then the password alone no longer opens it"
        )
    moved = f"Remove the path from {page}" if page else _moving(project)
    obstacle = second_factor.obstacle(project)
    how = f"yourself, because {obstacle}" if obstacle else f"with {second_factor.QUESTION}: yes"
    return f"{moved}, or add a second factor {how}"


def _moving(project: Project) -> str:
    return f"Move the admin with the answer {QUESTION}: yes" if _movable(project) else _by_setting(project)


def _by_setting(project: Project) -> str:
    """How the user moves the admin. Many projects take its address from a setting, and that from a variable."""
    for _, call in _routes(project):
        match call.args[0]:
            case ast.Attribute(value=ast.Name(id="settings"), attr=name):
                variable, place = _variable_of(project, name), project.origin(name)
                where = f"{name} ({place})" if place else name
                if variable:
                    file = project.display_path(project.production_env)
                    return f"Set {variable} in {file} to an address of its own, which {where} reads"
                return f"Give {where} another value in production"
    return "Give the admin another address"


def _variable_of(project: Project, name: str) -> str:
    """The variable that the setting *name* reads; empty if it reads none, or several."""
    found = project.settings.definition(name)
    names = {
        str(node.value)
        for node in (ast.walk(found.value) if found and found.value else ())
        if isinstance(node, ast.Constant) and VARIABLE_NAME.fullmatch(str(node.value))
    }
    return names.pop() if len(names) == 1 else ""


def move(project: Project, draft: Draft, answers: Answers) -> list[Action]:
    """Let the URL of the admin come from a variable, with a random value in production, if the answer is yes."""
    if answers.get(QUESTION) != "yes" or (route := _movable(project)) is None:
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


def _movable(project: Project) -> tuple[Path, ast.Constant] | None:
    """The route `path("admin/", admin.site.urls)` of an admin that scanners find: its file, and its address in it.

    None if there is none. A route with another text, as in a file that is included below admin/, can't be moved so.
    """
    home = admin_home(project)
    if not (PLAIN.fullmatch(home) and is_usual(home)):
        return None
    for path, call in _routes(project):
        match call:
            case ast.Call(func=ast.Name(id="path"), args=[ast.Constant(value=str(text)) as address, *_]):
                if f"/{text}" == home:
                    return path, address
    return None


def _routes(project: Project) -> Iterator[tuple[Path, ast.Call]]:
    """The calls such as `path("admin/", admin.site.urls)`, each with its file."""
    for path, tree in modules(project, b"site.urls"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and len(node.args) > 1 and ast.unparse(node.args[1]).endswith("site.urls"):
                yield path, node
