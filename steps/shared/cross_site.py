"""A frontend on another site that logs in with session cookies: the settings that it needs, and a login as its page.

Browsers send a session's cookie to another site only with SameSite=None and Secure. Django then has to trust forms from
the frontend's origin, and CORS has to allow credentials: one without the others is of no use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from steps.shared import settings_block
from steps.shared.rate_limited_views import KINDS, find_views
from steps.shared.trusted_hosts import CORS_LISTS, effective_name, listed, uses_cors
from wizard.checklist.answers import Answers
from wizard.project.hosts import is_public_name, is_shared, origin_problem, same_site
from wizard.project.project import Project
from wizard.project.site_addresses import known_frontends
from wizard.site.browser_rules import blocked_cookie, blocked_preflight, blocked_response
from wizard.site.session import Site, new_client_address
from wizard.targets.sandbox import Sandbox

COOKIES = ("SESSION_COOKIE", "CSRF_COOKIE")
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
PASSWORD = "golive-Rehearsal-4-Frontend"  # noqa: S105 - of an account in a scratch database
SENT = ["content-type", "x-csrftoken"]
"""Headers of a request with JSON for which browsers ask in advance."""


def frontends(project: Project, answers: Answers, host: str) -> list[str]:
    """The origins of frontends on other sites than *host* that log in with cookies, as far as they are known."""
    allowed = project.value("CORS_ALLOW_CREDENTIALS") is True
    return _other_sites(project, answers, host) if allowed and uses_sessions(project) else []


def _other_sites(project: Project, answers: Answers, host: str) -> list[str]:
    """The known origins of frontends on other sites than *host*."""
    if not uses_cors(project):
        return []
    given = str(answers.get("frontend") or "").rstrip("/")
    origins = [given] if given else known_frontends(project)
    names = [name.removeprefix(".") for name in listed(project, "ALLOWED_HOSTS") if is_public_name(name)]
    own = [name for name in names if not is_shared(name) and not f".{name}".endswith(project.platform.domain_suffix)]
    hosts = own or [host]
    return [
        origin
        for origin in origins
        if not origin_problem(origin) and not any(same_site(_name(origin), each) for each in hosts)
    ]


def uses_sessions(project: Project) -> bool:
    """Whether the API logs in with sessions: by DRF's setting or its default, or by Django's views without DRF."""
    if not any(name.endswith("SessionMiddleware") for name in listed(project, "MIDDLEWARE")):
        return False
    if "rest_framework" not in listed(project, "INSTALLED_APPS"):
        return True
    options = project.value("REST_FRAMEWORK") or {}
    classes = options.get("DEFAULT_AUTHENTICATION_CLASSES") if isinstance(options, dict) else None
    return classes is None or any("Session" in str(name) for name in classes)


def needs_sessions(project: Project) -> bool:
    """Whether DRF knows no other way to log in than sessions, and basic authentication."""
    options = project.value("REST_FRAMEWORK") or {}
    classes = options.get("DEFAULT_AUTHENTICATION_CLASSES") if isinstance(options, dict) else None
    return bool(classes) and all(re.search(r"Session|Basic", str(name)) for name in classes or ())


def lines(project: Project, origins: list[str]) -> list[str]:
    """The settings that production lacks for logins from *origins*."""
    if not origins or not can_be_cross_site(project):
        return []
    found = []
    for cookie in COOKIES:
        if project.value(f"{cookie}_SAMESITE") != "None":
            found.append(f'{cookie}_SAMESITE = "None"')
        if project.value(f"{cookie}_SECURE") is not True:
            found.append(f"{cookie}_SECURE = True")
    trusted = listed(project, "CSRF_TRUSTED_ORIGINS")
    if missing := [origin for origin in origins if origin not in trusted]:
        cors = effective_name(project.inspect_settings()["settings"], CORS_LISTS)
        named = set(missing) <= set(listed(project, cors))
        entries = f"*{cors}" if named else ", ".join(f'"{origin}"' for origin in missing)
        found.append(settings_block.append_to_list(project, "CSRF_TRUSTED_ORIGINS", entries))
    return found


def can_be_cross_site(project: Project) -> bool:
    """Whether cookies may be sent from other sites: only if forms are checked for a CSRF token."""
    return CSRF in listed(project, "MIDDLEWARE") and project.django >= (4, 0)


def remarks(project: Project, answers: Answers, host: str) -> list[str]:
    """What the settings can't do, or what only the project's author knows, about logins from another site."""
    origins = frontends(project, answers, host)
    if not origins:
        silent = _other_sites(project, answers, host) if needs_sessions(project) else []
        off = "CORS_ALLOW_CREDENTIALS is off, so a page there can't log in with cookies. Set it to True if it has to."
        return [f"{', '.join(silent)} is another site. {off}"] if silent else []
    if not can_be_cross_site(project):
        return [
            f"{', '.join(origins)} is another site, so browsers don't send the session cookie from there. "
            f"SameSite=None needs Django 4.0 or newer and {CSRF}. Serve the frontend and the API from one domain."
        ]
    return [
        f"{', '.join(origins)} is another site. Its pages can't read the cookie {_csrf_cookie(project)}: they take the "
        "CSRF token from a response of the API. Browsers that block third-party cookies need both on one domain."
    ]


def prove_login(
    project: Project, sandbox: Sandbox, origin: str, environment: Mapping[str, str]
) -> tuple[bool | None, str]:
    """Log in as a page of *origin* does, and judge each response as a browser would.

    Returns whether the login holds, or None if no login was found, and what was seen.
    """
    logins = [view.url.path for view in find_views(project, KINDS[0]) if not view.mutation]
    own = [path for path in logins if not path.startswith("/admin")]
    if not logins:
        return None, f"no login was found, so no login from {origin} was tried"
    path, client = (own or logins)[0], new_client_address()
    account = sandbox.ask("user", name=f"golive{client.replace('.', '')}", password=PASSWORD)
    with sandbox.running(environment=environment) as site:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": ",".join(SENT)}
        preflight = site.request("OPTIONS", path, client=client, headers={"Origin": origin, **asked})
        if blocked := blocked_preflight(preflight, origin, SENT):
            return False, f"OPTIONS {path} from {origin}: {blocked}"
        response = _log_in(site, path, origin, client, account)
        return _judge(project, response, f"POST {path} from {origin}", origin)


def _log_in(site: Site, path: str, origin: str, client: str, account: Mapping[str, Any]) -> httpx.Response:
    """Send the account's name and password, as JSON and then as a form, until a cookie is set."""
    body = {"username": account["username"], "email": account["email"], "password": PASSWORD}
    for kind in ("json", "data"):
        headers = {**site.form(path, client), "Origin": origin, "Referer": f"{origin}/"}
        response = site.post(path, client=client, headers=headers, **{kind: body})
        if response.headers.get_list("set-cookie"):
            break
    return response


def _judge(project: Project, response: httpx.Response, ran: str, origin: str) -> tuple[bool, str]:
    if blocked := blocked_response(response, origin):
        return False, f"{ran}: {response.status_code}, {blocked}"
    name = str(project.value("SESSION_COOKIE_NAME") or "sessionid")
    cookies = [each for each in response.headers.get_list("set-cookie") if each.startswith(f"{name}=")]
    if not cookies:
        return False, f"{ran}: {response.status_code} without a cookie {name}"
    if blocked := blocked_cookie(cookies[0]):
        return False, f"{ran}: {response.status_code}, but the browser sends no cookie {name} from there: {blocked}"
    return True, f"{ran}: {response.status_code}, the browser keeps {name} (SameSite=None, Secure)"


def _csrf_cookie(project: Project) -> str:
    return str(project.value("CSRF_COOKIE_NAME") or "csrftoken")


def _name(origin: str) -> str:
    return httpx.URL(origin).host
