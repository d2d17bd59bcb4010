"""The cookies that a site sets at a login, and whether its login form is protected.

The landing page sets no session cookie, so the attributes of that cookie show only after a login.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from steps.shared.accounts import create_account, ensure_superuser
from steps.shared.problem import Problem
from steps.shared.rate_limited_views import KINDS, LimitedView, find_views
from steps.shared.security_settings import may_be_cross_site
from steps.shared.view_functions import place_of
from wizard.base import files
from wizard.project.project import Project
from wizard.site.session import Site, cookie_header, new_client_address
from wizard.targets.sandbox import Sandbox

CREDENTIAL = re.compile(r"sess|token|jwt|auth|access|refresh|(^|[_-])s?id$", re.I)
"""Names of cookies that log a visitor in."""
JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*$")
STRANGER = "https://golive-stranger.example.net"
MOST_LOGINS = 3


@dataclass
class Login:
    """A login, with its Set-Cookie headers by the cookie's name."""

    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        return any(is_credential(name, header) for name, header in self.cookies.items())


def problems(project: Project, sandbox: Sandbox, site: Site) -> list[Problem]:
    """What is wrong with the cookies and forms of the logins.

    They are tried on *site*, or on a site with a scratch database if *site* is public, where logins are limited.
    """
    views = [view for view in find_views(project, KINDS[0]) if not view.mutation][:MOST_LOGINS]
    if not views:
        return []
    if site.public:
        account = create_account(sandbox)
        with sandbox.running() as local:
            return _of_logins(project, local, views, account)
    account = ensure_superuser(sandbox)
    return [] if "failed" in account else _of_logins(project, site, views, account)


def _of_logins(project: Project, site: Site, views: Sequence[LimitedView], account: Mapping[str, str]) -> list[Problem]:
    found: list[Problem] = []
    for view in views:
        login = _log_in(site, view, account)
        found += filter(None, (cookie_problem(project, name, header) for name, header in login.cookies.items()))
        if login.succeeded and not view.url.drf and _accepts_a_stranger(site, view, account):
            showed = f"a form on another site can log visitors in at {view.url.path}"
            found.append(Problem(showed, "403 for a form without a CSRF token", place_of(project, view.url)))
    return list(dict.fromkeys(found))


def _log_in(site: Site, view: LimitedView, account: Mapping[str, str]) -> Login:
    """Open the login page, send the account's password, and open the page behind it."""
    path, client, login = view.url.path, new_client_address(), Login()
    _collect(login, site.get(path, client=client))
    sent = site.form(path, client)
    body = view.body_of(dict(account), account["password"])
    response = site.post(path, client=client, headers=sent, patient=True, **body)
    if response.status_code == 415 and "data" in body:
        response = site.post(path, client=client, headers=sent, json=body["data"], patient=True)
    _collect(login, response)
    if response.is_redirect:
        jar = {name: header.partition("=")[2].partition(";")[0] for name, header in login.cookies.items()}
        behind = httpx.URL(f"https://{site.host}{path}").join(response.headers["location"])
        if behind.host == site.host:
            _collect(login, site.get(behind.raw_path.decode(), client=client, headers=cookie_header(jar)))
    return login


def _collect(login: Login, response: httpx.Response) -> None:
    for header in response.headers.get_list("set-cookie"):
        name, _, rest = header.partition("=")
        if rest.partition(";")[0].strip('"'):  # an empty value deletes the cookie
            login.cookies[name.strip()] = header


def _accepts_a_stranger(site: Site, view: LimitedView, account: Mapping[str, str]) -> bool:
    """Whether the login works for a form on another site, which knows no CSRF token."""
    headers = {"Origin": STRANGER, "Referer": f"{STRANGER}/"}
    body = view.body_of(dict(account), account["password"])
    response = site.post(view.url.path, client=new_client_address(), headers=headers, patient=True, **body)
    login = Login()
    _collect(login, response)
    return response.status_code < 400 and login.succeeded


def is_credential(name: str, header: str) -> bool:
    """Whether a cookie logs a visitor in, by its name or because it holds a JSON web token."""
    value = header.partition("=")[2].partition(";")[0].strip('"')
    return "csrf" not in name.lower() and (bool(CREDENTIAL.search(name)) or bool(JWT.match(value)))


def cookie_problem(project: Project, name: str, header: str) -> Problem | None:
    """What is wrong with a cookie that the site sets over HTTPS."""
    attributes = {
        key.strip().lower(): value.strip().lower()
        for key, _, value in (part.partition("=") for part in header.split(";")[1:])
    }
    kind = _settings_prefix(project, name)
    if not kind and not is_credential(name, header):
        return None  # a choice of colours is no secret
    same_site = attributes.get("samesite", "")
    wrong = []
    if "secure" not in attributes:
        wrong.append("Secure")
    if kind != "CSRF_COOKIE" and "httponly" not in attributes:
        wrong.append("HttpOnly")
    if same_site not in {"lax", "strict"} and not (same_site == "none" and may_be_cross_site(project)):
        wrong.append("SameSite=Lax")
    if not wrong:
        return None
    found = f"the cookie {name} is set without {' and '.join(wrong)}"
    found += f" (SameSite={same_site})" if same_site and "SameSite=Lax" in wrong else ""
    return Problem(found, "Secure, HttpOnly and SameSite on what logs a visitor in", _place(project, name, kind, wrong))


def _settings_prefix(project: Project, name: str) -> str:
    """The beginning of the settings behind one of Django's own cookies; empty for others."""
    if name == str(project.value("SESSION_COOKIE_NAME") or "sessionid"):
        return "SESSION_COOKIE"
    if name == str(project.value("CSRF_COOKIE_NAME") or "csrftoken"):
        return "CSRF_COOKIE"
    return "SESSION_COOKIE" if name == "messages" else ""


def _place(project: Project, name: str, kind: str, wrong: list[str]) -> str:
    """The line that sets the attribute: of the settings, or the call of `set_cookie` in the project's code."""
    if kind:
        setting = f"{kind}_{wrong[0].partition('=')[0].upper()}"
        return project.origin(setting) or project.display_path(project.settings.main)
    return next(_calls(project, name), "") or project.origin("REST_AUTH") or project.display_path(project.settings.main)


def _calls(project: Project, name: str) -> Iterator[str]:
    for path in sorted(project.copy.known()):
        text = files.text(path) if path.suffix == ".py" and path.is_file() else ""
        if "set_cookie(" in text and name in text:
            lines = text.split("\n")
            number = next(number for number, line in enumerate(lines, 1) if "set_cookie(" in line)
            yield f"{project.display_path(path)}:{number}"
