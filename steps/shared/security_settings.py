"""Security settings of production that Django does not check, or only by their presence: cookies, sessions, passwords.

Some can be meant: a site in other sites' frames needs cookies with SameSite=None. Those are reported as optional.
Source: Django's documentation of its settings, and its deployment checklist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.shared.caches import private_cache
from steps.shared.cross_site import uses_sessions
from steps.shared.problem import Problem
from steps.shared.trusted_hosts import uses_cors
from wizard.project.project import Project
from wizard.services.header_grades import HALF_A_YEAR

PRIVATE_REFERRERS = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
POLICIES = {*PRIVATE_REFERRERS, "origin", "origin-when-cross-origin", "no-referrer-when-downgrade", "unsafe-url"}
LONGEST_SESSION = 400 * 86_400
"""Seconds. Browsers keep no cookie for longer. Source: RFC 6265bis."""
WEAK_HASHERS = re.compile(r"MD5|SHA1|Crypt(?!ograph)|Plain|Unsalted", re.I)
STRONG_HASHER = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
SHORTEST_PASSWORD = 8
PAGES = ("", "admin/", "admin/login/", "accounts/login/", "golive-no-such-page/")
"""Paths of which none may be reached by plain HTTP, as SECURE_REDIRECT_EXEMPT sees them."""
OPENER_POLICIES = ("same-origin", "same-origin-allow-popups")
COOKIES = ("SESSION_COOKIE", "CSRF_COOKIE")


def problems(project: Project) -> list[Problem]:
    """What is wrong with the security settings of production, apart from those that have one right value."""
    return [
        *_transport(project), *_isolation(project), *_cookies(project), *_sessions(project), *_passwords(project),
    ]  # fmt: skip


def lines(project: Project) -> list[str]:
    """Settings that fix what can be fixed without knowing what the project means."""
    found = []
    if project.value("SESSION_COOKIE_HTTPONLY") is False:
        found.append("SESSION_COOKIE_HTTPONLY = True")
    if hashers := _weak_hashers(project):
        strong = [name for name in _hashers(project) if name not in hashers] or [STRONG_HASHER]
        found.append(f'PASSWORD_HASHERS = ["{strong[0]}", *PASSWORD_HASHERS]  # the old ones stay readable')
    return found


def _problem(project: Project, name: str, expected: str, *, optional: bool = False, value: object = ...) -> Problem:
    found = f"{name} is {project.value(name) if value is ... else value!r}"
    return Problem(found, expected, place(project, name), optional)


def place(project: Project, name: str) -> str:
    """The line that sets *name*, or else the settings file."""
    return project.origin(name) or project.display_path(project.settings.main)


def _transport(project: Project) -> Iterator[Problem]:
    name = "SECURE_HSTS_SECONDS"
    if hsts_seconds(project) < HALF_A_YEAR:
        yield _problem(project, name, f"at least {HALF_A_YEAR} seconds, half a year")
    name = "SECURE_REDIRECT_EXEMPT"
    for pattern in project.value(name) or []:
        page = next((page for page in PAGES if _matches(str(pattern), page)), None)
        if page is not None:
            found = f"{name} has {pattern!r}, so /{page} is not redirected to HTTPS"
            yield Problem(found, "exceptions for health checks only", place(project, name))
            break


def hsts_seconds(project: Project) -> int:
    """SECURE_HSTS_SECONDS, or 0 if it is no whole number: browsers ignore a header with another one."""
    seconds = str(project.value("SECURE_HSTS_SECONDS")).strip()
    return int(seconds) if seconds.isdecimal() else 0


def _isolation(project: Project) -> Iterator[Problem]:
    name = "SECURE_CROSS_ORIGIN_OPENER_POLICY"
    if project.value(name, default=OPENER_POLICIES[0]) not in OPENER_POLICIES:  # Django before 4.0 lacks it
        yield _problem(project, name, " or ".join(OPENER_POLICIES), optional=True)


def _matches(pattern: str, path: str) -> bool:
    try:
        return re.search(pattern, path) is not None
    except re.error:
        return False


def is_private_referrer(value: object) -> bool:
    """Whether a Referrer-Policy hides paths from other sites. The last policy that a browser knows is in effect."""
    policies = value if isinstance(value, list) else str(value or "").split(",")
    known = [policy for each in policies if (policy := str(each).strip().lower()) in POLICIES]
    return bool(known) and known[-1] in PRIVATE_REFERRERS


def _cookies(project: Project) -> Iterator[Problem]:
    if not project.value("SESSION_COOKIE_HTTPONLY", default=True):
        yield _problem(project, "SESSION_COOKIE_HTTPONLY", "True: scripts must not read the session cookie")
    for cookie in COOKIES:
        name = f"{cookie}_SAMESITE"
        value = project.value(name, default="Lax")
        if value == "None" and not may_be_cross_site(project):
            yield _problem(project, name, "Lax: no frontend on another site logs in with cookies", optional=True)
        elif value not in {"Lax", "Strict", "None"}:
            yield _problem(project, name, "Lax or Strict", optional=True)


def may_be_cross_site(project: Project) -> bool:
    """Whether the settings let pages of other sites log in with cookies, for which SameSite=None is needed."""
    return uses_cors(project) and project.value("CORS_ALLOW_CREDENTIALS") is True and uses_sessions(project)


def _sessions(project: Project) -> Iterator[Problem]:
    engine = str(project.value("SESSION_ENGINE") or "")
    if engine.endswith("signed_cookies"):
        expected = "sessions on the server: logging out can't end a session in a cookie"
        yield _problem(project, "SESSION_ENGINE", expected, optional=True)
    if engine.endswith("backends.cache"):
        alias = str(project.value("SESSION_CACHE_ALIAS") or "default")
        if backend := private_cache(project, alias)[0]:
            expected = f"a cache that all processes share, not {backend}"
            yield _problem(project, "SESSION_ENGINE", expected, optional=True)
    if "Pickle" in str(project.value("SESSION_SERIALIZER")):
        expected = "the JSON serializer: a pickle can run code"
        yield _problem(project, "SESSION_SERIALIZER", expected, optional=True)
    age = project.value("SESSION_COOKIE_AGE")
    if isinstance(age, int | float) and age > LONGEST_SESSION:
        expected = f"at most {LONGEST_SESSION} seconds, 400 days"
        yield _problem(project, "SESSION_COOKIE_AGE", expected, optional=True)


def _passwords(project: Project) -> Iterator[Problem]:
    if weak := _weak_hashers(project):
        yield _problem(project, "PASSWORD_HASHERS", "a slow hasher first", value=weak[0].rpartition(".")[2])
    name = "AUTH_PASSWORD_VALIDATORS"
    validators = project.value(name) or []
    if not validators and (name in project.inspect_settings()["overridden"] or _was_set(project, name)):
        yield _problem(project, name, "Django's validators: without them, any password is accepted", optional=True)
    for each in [each for each in validators if isinstance(each, dict)]:
        length = (each.get("OPTIONS") or {}).get("min_length", SHORTEST_PASSWORD)
        if "MinimumLength" in str(each.get("NAME")) and isinstance(length, int) and length < SHORTEST_PASSWORD:
            found = f"passwords of {length} characters"
            yield _problem(project, name, f"at least {SHORTEST_PASSWORD} characters", optional=True, value=found)


def _hashers(project: Project) -> list[str]:
    return [str(name) for name in project.value("PASSWORD_HASHERS") or []]


def _weak_hashers(project: Project) -> list[str]:
    """The hashers at the beginning of the list that are weak. New passwords get the first one."""
    found = []
    for name in _hashers(project):
        if not WEAK_HASHERS.search(name.rpartition(".")[2]):
            break
        found.append(name)
    return found


def _was_set(project: Project, name: str) -> bool:
    """Whether a settings file set *name* in the last commit, or before Golive changed it."""
    pattern = re.compile(rf"^{name}\b\s*=", re.M)
    for source in project.settings.sources:
        committed = project.git.at_head(source.path) if project.git else None
        for content in (committed, project.originals.get(source.path)):
            if content and pattern.search(content.decode("utf-8", "replace")):
                return True
    return False
