"""The security headers that Django's middleware sends: what is expected of each, and where a wrong one comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from steps.shared.accounts import list_addresses
from steps.shared.existing_limits import python_files
from wizard.base.errors import SiteError
from wizard.checklist.evidence import Evidence, shown
from wizard.project.hosts import is_accepted
from wizard.project.project import Project
from wizard.services import header_grades
from wizard.site.session import Site, new_client_address


@dataclass(frozen=True)
class Header:
    """A header, the setting that controls it, and the first Django version that sends it.

    *points*: the least points of MDN's test with which it is accepted. *everywhere*: no page has a reason to send
    something else. *optional*: the project may turn it off by its setting.
    """

    name: str
    setting: str
    expected: str
    points: int
    everywhere: bool = False
    since: tuple[int, int] = (1, 0)
    optional: bool = False


HEADERS = (
    Header("Strict-Transport-Security", "SECURE_HSTS_SECONDS", f"max-age={header_grades.HALF_A_YEAR} or more", 0, True),
    Header("X-Content-Type-Options", "SECURE_CONTENT_TYPE_NOSNIFF", "nosniff", 0, True),
    Header("X-Frame-Options", "X_FRAME_OPTIONS", "DENY or SAMEORIGIN", 5),
    Header("Referrer-Policy", "SECURE_REFERRER_POLICY", "same-origin, or another policy that leaks no paths", 5, True,
           (3, 0)),
    Header("Cross-Origin-Opener-Policy", "SECURE_CROSS_ORIGIN_OPENER_POLICY", "same-origin or "
           "same-origin-allow-popups", 10, since=(4, 0), optional=True),
)  # fmt: skip
PAGES = 20
"""The number of pages whose headers are read."""
MOST_NAMED = 3
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


def evidence(project: Project, site: Site, secure: httpx.Response, path: str) -> Evidence:
    """Item 3.2: the headers of *secure*, the response for *path*, those of other pages, and the HTTPS redirect."""
    plain = site.get(path, https=False)
    everywhere = list(_weak(project, secure, path))
    names = {weak.header.name for weak in everywhere}
    pages = [weak for weak in _on_pages(project, site) if weak.header.name not in names][:MOST_NAMED]
    redirected = plain.status_code in {301, 308} and _is_own(project, site, plain.headers.get("location", ""))
    showed = f"{secure.status_code} {_describe(everywhere, pages)}; plain HTTP {plain.status_code}"
    expected = [f"{weak.header.name}: {weak.header.expected}" for weak in (*everywhere, *pages)]
    where = next((place_of(project, weak.header.name, weak.found) for weak in (*everywhere, *pages)), "")
    if not redirected:
        showed += f", Location: {plain.headers.get('location') or 'none'}"
        expected.append("301 or 308 to https:// on the same host over plain HTTP")
        where = where or place_of(project, "redirection", "none")
    return shown(
        "3.2", not expected, "request", f"https://{site.host} and http://{site.host}", showed,
        expected="; ".join(dict.fromkeys(expected)), where=where,
    )  # fmt: skip


def _describe(everywhere: list[Weak], pages: list[Weak]) -> str:
    absent = [weak.header.name for weak in everywhere if weak.found == "none"]
    changed = [f"{weak.header.name}: {weak.found}" for weak in everywhere if weak.found != "none"]
    changed += [f"{weak.header.name} of {weak.path}: {weak.found}" for weak in pages]
    parts = [f"without {', '.join(absent)}" if absent else "", f"with {'; '.join(changed)}" if changed else ""]
    return ", ".join(filter(None, parts)) or "with all headers"


def _is_own(project: Project, site: Site, location: str) -> bool:
    """Whether *location* is on this site over HTTPS."""
    try:
        url = httpx.URL(location)
    except httpx.InvalidURL:
        return False
    hosts = [str(host) for host in project.value("ALLOWED_HOSTS") or [] if host != "*"]
    return url.scheme == "https" and (url.host == site.host or is_accepted(url.host, hosts))


def _weak(project: Project, response: httpx.Response, path: str, *, page: bool = False) -> Iterator[Weak]:
    """The headers of *response* that are not accepted. A *page* of its own may choose some of them."""
    tests = header_grades.of_headers(response.headers)
    for header in HEADERS:
        test = tests[header.name.lower()]
        promised = not header.optional or header_grades.COOP.get(str(project.value(header.setting)), 0) > 0
        wanted = project.django >= header.since and promised and (header.everywhere or not page)
        if wanted and test.points < header.points:
            yield Weak(header, path, test.outcome)


def _on_pages(project: Project, site: Site) -> Iterator[Weak]:
    """The headers that single pages weaken, such as by a decorator of their view."""
    client = new_client_address()
    for path in list_addresses(project, PAGES):
        if path == "/health/":  # no browser shows it, and it may be answered before any other middleware
            continue
        try:
            answer = site.peek(path, client)
        except SiteError:
            continue  # a page that sends no answer is another item's
        if answer.status_code < 500:
            yield from _weak(project, answer, path, page=True)


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
