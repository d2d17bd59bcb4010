"""Settings of the rate limits: the cache of the counters, the middleware, and the limits of libraries."""

from __future__ import annotations

import re

from steps.shared import existing_limits, middleware, packages, settings_block
from steps.shared.caches import private_cache
from wizard.plan.draft import Draft
from wizard.project.project import Project

AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
ALLAUTH = "0.61"
"""The first version that reads a rate per client (5/m/ip) and keeps its other defaults. Source: its code."""
OWN_ADDRESS = re.compile(rb"X_FORWARDED_FOR|X-Forwarded-For", re.IGNORECASE)


def counters(project: Project, module: str) -> list[str]:
    """Return the lines for the cache of the counters, if there is none."""
    if "ratelimit" in (project.value("CACHES") or {}):
        return []
    local = '{"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}'
    before = settings_block.previous_value(project, "CACHES", local)
    cache = f'"ratelimit": {{"BACKEND": "{module}.CounterCache", "LOCATION": "rate_limit_counters"}}'
    return [
        f"CACHES = {{{f'**{before}' if before else local[1:-1]}, {cache}}}",
        'RATELIMIT_USE_CACHE = "ratelimit"',
        'RATELIMIT_ENABLE = not ("test" in sys.argv[:2] or "pytest" in sys.modules)',
    ]


def counters_fault(project: Project) -> str:
    """Say why the workers have no count in common; empty if they have one."""
    caches = project.value("CACHES") or {}
    if "ratelimit" not in caches:
        return 'there is no cache "ratelimit"'
    name = str(project.value("RATELIMIT_USE_CACHE") or "ratelimit")
    if name not in caches:
        return f'RATELIMIT_USE_CACHE names "{name}", which is not in CACHES'
    backend, why = private_cache(project, name)
    return f'the cache "{name}" is {backend}, {why}' if backend else ""


def library_key(project: Project, module: str) -> tuple[list[str], list[str]]:
    """Let decorators of django-ratelimit that remain count the client's address. Returns lines and remarks."""
    present = project.value("RATELIMIT_IP_META_KEY")
    wanted = f"{module}.client_address"
    if present == wanted or (present and not _can_be_forged(project, str(present))):
        return [], []
    remarks = (
        [f"RATELIMIT_IP_META_KEY = {present!r} is replaced: a client can set that header, or leave it out."]
        if present
        else []
    )
    return [f'RATELIMIT_IP_META_KEY = "{wanted}"'], remarks


def _can_be_forged(project: Project, key: str) -> bool:
    """Whether RATELIMIT_IP_META_KEY names a header, or a function of the project that reads X-Forwarded-For."""
    if "." not in key:
        return True
    path = project.root.joinpath(*key.split(".")[:-1]).with_suffix(".py")
    return path.is_file() and bool(OWN_ADDRESS.search(path.read_bytes()))


def add_middleware(project: Project, draft: Draft, names: list[str], client_address: str) -> list[str]:
    """Add the middleware *names*, and *client_address* before all others if it is not empty. Returns settings lines."""
    lines, present = [], [str(name) for name in project.value("MIDDLEWARE")]
    if client_address and client_address not in present:
        lines += middleware.insert(project, draft, client_address, after="")
    for name in names:
        if name not in present and AUTHENTICATION in present:
            # Insert it right after AuthenticationMiddleware: request.user is set there, and no later middleware can
            # reject a request before it is counted.
            lines += middleware.insert(project, draft, name, after=AUTHENTICATION)
        elif name not in present:
            lines.append(settings_block.append_to_list(project, "MIDDLEWARE", f'"{name}"'))
    return lines


def libraries(project: Project, module: str, rates: dict[str, str]) -> tuple[list[str], list[str]]:
    """Make the limits of allauth and django-axes as strict as *rates*, for each client. Returns lines and remarks."""
    lines, remarks = existing_limits.axes_lines(project, module)
    if any("allauth.account" in str(app) for app in project.value("INSTALLED_APPS") or []):
        lines += _allauth(project, rates)
    return lines, remarks


def _allauth(project: Project, rates: dict[str, str]) -> list[str]:
    if packages.is_older(project, "django-allauth", ALLAUTH):
        return []
    wanted = {"login": f"{rates['login']}/ip", "signup": f"{rates['signup']}/ip"}
    wanted["reset_password"] = f"{rates['mail']}/ip,{rates['mail']}/key"
    number, _, period = rates["login"].partition("/")
    # By default five wrong passwords lock an account for five minutes, for its owner too.
    wanted["login_failed"] = f"{rates['login']}/ip" + (f",{int(number) * 10}/5m/key" if period == "m" else "")
    entries = ", ".join(f'"{name}": "{rate}"' for name, rate in wanted.items())
    line = f"ACCOUNT_RATE_LIMITS = {{{entries}}}"
    overridden = "ACCOUNT_RATE_LIMITS" in project.inspect_settings()["overridden"]
    return [] if overridden else [line]
