"""A code of an authenticator app at the admin's login, with django-otp, for each user who has a device.

A user without a device still logs in with the password, so nobody is locked out by the change. Production only, so a
development database needs no new tables. Source: the documentation of django-otp 1.7, and its code.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import NamedTuple

import httpx

from steps.shared import added_modules, middleware, packages, settings_block
from steps.shared.accounts import admin_home
from steps.shared.login_form import find_login_form, log_in
from wizard.base import files
from wizard.base.errors import StepError
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers, Question
from wizard.plan.actions import Action
from wizard.plan.draft import Draft
from wizard.project.middleware_order import short_name
from wizard.project.own_modules import modules
from wizard.project.project import Project
from wizard.site.session import Site, cookie_header, new_client_address
from wizard.targets.base import Target

QUESTION = "admin.second_factor"
TEMPLATE, CLASS = "second_factor.py", "SecondFactor"
TITLE = "A second factor: the admin asks for a code, from each user who has a device for it."
APPS = ("django_otp", "django_otp.plugins.otp_totp", "django_otp.plugins.otp_static")
PACKAGES = ("django-otp", "qrcode")
"""The second one draws the QR code that an authenticator app reads."""
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
MIDDLEWARE = "django_otp.middleware.OTPMiddleware"
APP = "django.contrib.admin"
OLDEST = (4, 2)
OWN_PAGES = (
    "wagtail", "unfold", "jazzmin", "grappelli", "jet", "baton", "simpleui", "suit", "admin_interface",
    "semantic_admin",
)  # fmt: skip
"""Apps that bring a login page of their own, without a field for the code."""
OWN_LOGIN = (b"site.login", b"AdminSite", b"secure_admin")
"""What changes the admin's login, or makes an admin beside Django's own."""
KNOWN = re.compile(r"(^|[._])(otp|two_factor|mfa|2fa|kagi)([._]|$)")
"""Apps with a second factor."""
ROUTE = b"admin.site.urls"
TOKEN = "golive7k2m"  # noqa: S105 - of a device in the rehearsal's database that is removed at once
ENROL = (
    "import os; from django.core.management import call_command; "
    "call_command('addstatictoken', os.environ['GOLIVE_USER'], '-t', os.environ['GOLIVE_CODE'])"
)
REMOVE = (
    "import os; from django.contrib.auth import get_user_model; "
    "from django_otp.plugins.otp_static.models import StaticDevice; "
    "user = get_user_model()._default_manager.get_by_natural_key(os.environ['GOLIVE_USER']); "
    "StaticDevice.objects.filter(user=user).delete()"
)
SESSION = """
import os
from importlib import import_module
from django.conf import settings
from django.contrib import auth

store = import_module(settings.SESSION_ENGINE).SessionStore()
if os.environ["GOLIVE_DONE"]:
    store.delete(os.environ["GOLIVE_SESSION"])
else:
    user = auth.get_user_model()._default_manager.get_by_natural_key(os.environ["GOLIVE_USER"])
    usual = "django.contrib.auth.backends.ModelBackend"
    backends = settings.AUTHENTICATION_BACKENDS
    store[auth.SESSION_KEY] = user._meta.pk.value_to_string(user)
    store[auth.BACKEND_SESSION_KEY] = usual if usual in backends else backends[0]
    store[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    store._session_key = os.environ["GOLIVE_SESSION"]
    store.save(must_create=True)
"""
"""Make a session as another login of the site makes it, with a password alone; or delete it."""
PARAMETERS = re.compile(r"<|\(\?P")
INDEX, LOGIN = "django.contrib.admin.sites.AdminSite.index", "django.contrib.admin.sites.AdminSite.login"
NO_CODES = "addstatictoken fails"
DEVICE = re.compile(r"""<option value=["']?([\w.]+/\d+)""")


class Rehearsed(NamedTuple):
    """Whether the code was needed and enough, and what was seen. *opened* is the address that opened without it.

    None if that can't be tried.
    """

    holds: bool | None
    showed: str
    opened: str = ""


def question(project: Project) -> list[Question]:
    """Whether to add a second factor, if that is possible without touching a login of the project's own."""
    if obstacle(project) and not is_added(project):
        return []
    why = (
        "Users add a device in the admin, and then need its code as well as the password. Users without a device log "
        "in as before, so nobody is locked out. Development stays as it is."
    )
    labels = ("A password is enough", "Ask for a code, with django-otp")
    return [Question(QUESTION, "Add a second factor to the admin?", "no", why, ("no", "yes"), labels=labels)]


def add(project: Project, draft: Draft, answers: Answers) -> list[Action]:
    """Let the admin ask for codes in production, if the answer is yes. Returns the actions for the packages."""
    if answers.get(QUESTION) != "yes" or obstacle(project):
        return []
    path, module = added_modules.locate(project, TEMPLATE)
    draft.put(path, added_modules.render(project, TEMPLATE).encode(), "the admin asks for a code")
    apps = [f'"{app}"' for app in (*APPS, f"{module}.{CLASS}")]
    lines = [settings_block.append_to_list(project, "INSTALLED_APPS", *apps), *_middleware()]
    settings_block.append(project, draft, TITLE, lines, "the admin asks for a code", only_production=True)
    return packages.add_packages(project, PACKAGES, "the admin asks for a code", answers)


def _middleware() -> list[str]:
    return ["MIDDLEWARE = list(MIDDLEWARE)", middleware.insertion(MIDDLEWARE, AUTHENTICATION)]


def is_added(project: Project) -> bool:
    """Whether the settings have the second factor that Golive adds."""
    return any(str(app).endswith(f".{CLASS}") or app == CLASS for app in project.value("INSTALLED_APPS") or [])


def obstacle(project: Project) -> str:
    """Why Golive adds no second factor; empty if it can."""
    apps = [str(app) for app in project.value("INSTALLED_APPS") or []]
    chain = [str(each) for each in project.value("MIDDLEWARE") or []]
    if not admin_home(project) or not any(app == APP or app.startswith(f"{APP}.") for app in apps):
        return "the site has no admin of Django's"
    if project.django < OLDEST:
        return "Django is too old for django-otp"
    if AUTHENTICATION not in chain:
        return "the authentication is the project's own"
    if theme := next((name for app in apps if (name := app.split(".")[0]) in OWN_PAGES), ""):
        return f"{theme} has a login page of its own"
    if found := next(filter(KNOWN.search, apps), ""):
        return f"{found} is installed, and the admin does not ask for it"
    if any(files.is_file(folder / "admin" / "login.html") for folder in project.template_folders()):
        return "the admin's login page is the project's own"
    if own := next((path for path, _ in modules(project, *OWN_LOGIN)), None):
        return f"{project.display_path(own)} changes the admin's login"
    return "" if any(modules(project, ROUTE)) else "the admin's route is not written as admin.site.urls"


def addresses(project: Project) -> list[str]:
    """The addresses of all admins of the site, and of other routes to the index of one."""
    routes = [url for url in project.urls if url.view in {INDEX, LOGIN} and not PARAMETERS.search(url.route)]
    found = [url.path.removesuffix("login/") for url in routes]
    return list(dict.fromkeys(found))


def middleware_fault(project: Project) -> str:
    """Why no request can show that a code was given, with the middleware as it is. Empty if it can."""
    chain = [str(each) for each in project.value("MIDDLEWARE") or []]
    if MIDDLEWARE not in chain:
        return f"MIDDLEWARE has no {short_name(MIDDLEWARE)}, which notes that a code was given"
    if AUTHENTICATION in chain[chain.index(MIDDLEWARE) :]:
        return f"{short_name(MIDDLEWARE)} comes before {short_name(AUTHENTICATION)} in MIDDLEWARE, so it has no user"
    return ""


def place(project: Project, found: Rehearsed, own_path: str) -> str:
    """The file and line to look at, after a rehearsal that failed."""
    if middleware_fault(project):
        return project.origin("MIDDLEWARE")
    if found.showed.startswith(NO_CODES):
        return project.origin("INSTALLED_APPS")
    if found.opened not in {"", own_path} and project.urls_file:
        return _line(project, project.urls_file, found.opened.strip("/"))
    app = next(str(app) for app in project.value("INSTALLED_APPS") if str(app).endswith(CLASS))
    return _line(project, project.root.joinpath(*app.split(".")[:-1]).with_suffix(".py"), f"class {CLASS}")


def _line(project: Project, path: Path, text: str) -> str:
    """The first line of the file with *text*, or else its first one."""
    numbers = (number for number, line in enumerate(files.text(path).splitlines(), 1) if text in line)
    return f"{project.display_path(path)}:{next(numbers, 1)}"


def rehearse(target: Target, site: Site, paths: list[str], account: dict[str, str], cookie: str) -> Rehearsed:
    """Give *account* a device in the rehearsal, log in without and with its code, and remove the device.

    The first of the addresses *paths* is the admin's own. None of them may let the user in without a code, also not
    with the session *cookie* of another login.
    """
    if "failed" in account:
        return Rehearsed(None, account["failed"])
    values = {"GOLIVE_USER": account["username"], "GOLIVE_CODE": TOKEN}
    done = target.run_python(ENROL, **values)
    if done is None:
        return Rehearsed(None, "no command can be run there")
    if done.returncode:
        return Rehearsed(False, f"{NO_CODES}: {excerpt(done.last_lines(1), 160)}")
    try:
        found = _log_in_all_ways(target, site, paths, account, cookie)
    finally:
        removed = target.run_python(REMOVE, **values)
    if removed is None or removed.returncode:
        raise StepError("The device of the rehearsal's superuser can't be removed", "", "Run the task again.")
    return found


def _log_in_all_ways(target: Target, site: Site, paths: list[str], account: dict[str, str], cookie: str) -> Rehearsed:
    """Log in with the password alone, there and elsewhere on the site, and with the code."""
    names = [account["username"], account["email"]]
    for each in paths:
        if log_in(site, each, new_client_address(), names, account["password"])[0]:
            return Rehearsed(False, f"a password alone opens {each}, although the user has a device", each)
    if opened := _opened_by_session(target, site, paths, account["username"], cookie):
        showed = f"{opened} opens to a user with a device who has logged in elsewhere, without a code"
        return Rehearsed(False, showed, opened)
    return Rehearsed(*_log_in_with_code(site, paths[0], account))


def _opened_by_session(target: Target, site: Site, paths: list[str], username: str, cookie: str) -> str:
    """The first of *paths* that opens with a session of another login; empty if none does, or none can be made."""
    key = secrets.token_hex(16)
    values, headers = {"GOLIVE_USER": username, "GOLIVE_SESSION": key}, cookie_header({cookie: key})
    made = target.run_python(SESSION, **values, GOLIVE_DONE="")
    if made is None or made.returncode:
        return ""
    try:
        for each in paths:
            answer = site.get(each, client=new_client_address(), headers=headers)
            if answer.status_code == 200 and find_login_form(answer.text) is None:
                return each
    finally:
        target.run_python(SESSION, **values, GOLIVE_DONE="1")
    return ""


def _log_in_with_code(site: Site, path: str, account: dict[str, str]) -> tuple[bool, str]:
    """Log in with the password and then the code, as the page asks for them."""
    jar, client, place = httpx.Cookies(), new_client_address(), f"{path}login/"
    answer, asked = site.get(place, client=client), False
    for _ in range(2):
        jar.update(answer.cookies)
        if answer.is_redirect:
            break
        form = find_login_form(answer.text)
        if form is None:
            return False, f"{place} answered {answer.status_code} without a login form"
        data = {**form.hidden, form.login: account["username"], form.password: account["password"]}
        if device := DEVICE.search(answer.text):
            data |= {"otp_device": device[1], "otp_token": TOKEN}
            asked = True
        browser = {"Origin": f"https://{site.host}", "Referer": f"https://{site.host}{place}"}
        answer = site.post(place, client=client, headers={**browser, **cookie_header(jar)}, data=data, patient=True)
    jar.update(answer.cookies)
    status = site.get(path, client=client, headers=cookie_header(jar)).status_code
    if status == 200:
        return True, "a password alone does not open it for a user with a device, and password and code do"
    showed = f"POST {place} answered {answer.status_code}, GET {path} answered {status}"
    if not asked:
        return False, f"{place} asks for no code, so {path} opens to nobody who has a device: {showed}"
    return False, f"password and code do not open {path}: {showed}"
