"""The security headers that Django's middleware sends: what is expected of each, and where a wrong one comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from steps.shared.existing_limits import python_files
from wizard.project.project import Project
from wizard.services import header_grades


@dataclass(frozen=True)
class Header:
    """A header, the setting that controls it, and the first Django version that sends it.

    *points*: the least points of MDN's test with which it is accepted. *everywhere*: no page has a reason to send
    something else.
    """

    name: str
    setting: str
    expected: str
    points: int
    everywhere: bool = False
    since: tuple[int, int] = (1, 0)


HEADERS = (
    Header("Strict-Transport-Security", "SECURE_HSTS_SECONDS", f"max-age={header_grades.HALF_A_YEAR} or more", 0, True),
    Header("X-Content-Type-Options", "SECURE_CONTENT_TYPE_NOSNIFF", "nosniff", 0, True),
    Header("X-Frame-Options", "X_FRAME_OPTIONS", "DENY or SAMEORIGIN", 5),
    Header("Referrer-Policy", "SECURE_REFERRER_POLICY", "same-origin, or another policy that leaks no paths", 5, True,
           (3, 0)),
    Header("Cross-Origin-Opener-Policy", "SECURE_CROSS_ORIGIN_OPENER_POLICY", "same-origin or "
           "same-origin-allow-popups", 10, since=(4, 0)),
)  # fmt: skip
SOURCES = {
    "content-security-policy": ("SECURE_CSP", "CONTENT_SECURITY_POLICY", "CSP_SCRIPT_SRC", "CSP_DEFAULT_SRC"),
    "permissions-policy": ("PERMISSIONS_POLICY",),
    "redirection": ("SECURE_SSL_REDIRECT", "SECURE_REDIRECT_EXEMPT"),
    "cross-origin-resource-sharing": ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL", "CORS_ALLOWED_ORIGIN_REGEXES"),
    **{header.name.lower(): (header.setting,) for header in HEADERS},
}
"""The settings behind each test of the graders, the first one first."""
WRITTEN = {"cross-origin-resource-sharing": "access-control-allow-origin", "redirection": ""}
"""The header that a test is about, where its name is another one."""


@dataclass(frozen=True)
class Weak:
    """A header that is missing or weak on the page *path*."""

    header: Header
    path: str
    found: str


def weak_headers(project: Project, response: httpx.Response, path: str, *, page: bool = False) -> Iterator[Weak]:
    """The headers of *response* that are not accepted. A *page* of its own may choose some of them."""
    tests = header_grades.of_headers(response.headers)
    for header in HEADERS:
        test = tests[header.name.lower()]
        if project.django >= header.since and test.points < header.points and (header.everywhere or not page):
            yield Weak(header, path, test.outcome)


def place_of(project: Project, name: str, outcome: str) -> str:
    """The line that is responsible for the *outcome* of the test or header *name*.

    That is the setting if its value explains the outcome; else code of the project that writes the header, such as a
    middleware or a view; else the setting or the list of middleware.
    """
    name = name.lower()
    settings = _cookie_settings(outcome) if name == "cookies" else SOURCES.get(name, ())
    if name == "redirection" and project.value(settings[0]):
        settings = settings[1:]  # the redirect is on, so a path is exempt from it
    for setting in settings:
        value = project.value(setting)
        if (str(value) in outcome if value else outcome == "none") and (origin := project.origin(setting)):
            return origin
    written = "" if name == "cookies" else WRITTEN.get(name, name)
    return _in_code(project, written) or next(filter(None, map(project.origin, (*settings, "MIDDLEWARE"))), "")


def _in_code(project: Project, header: str) -> str:
    """The first line of the project's code, without its settings, that names *header*."""
    own = {source.path for source in project.settings.sources}
    pattern = re.compile(re.escape(header).encode(), re.I)
    for path, content in python_files(project) if header else ():
        if path not in own and (match := pattern.search(content)):
            line = content.count(b"\n", 0, match.start()) + 1
            return f"{project.display_path(path)}:{line}"
    return ""


def _cookie_settings(outcome: str) -> tuple[str, ...]:
    """The settings behind what MDN says of a cookie."""
    kind = "CSRF" if "csrf" in outcome.lower() else "SESSION"
    flag = "HTTPONLY" if "HttpOnly" in outcome else "SAMESITE" if "without SameSite" in outcome else "SECURE"
    return (f"{kind}_COOKIE_{flag}",)
