"""Lines of settings for production's hosts and origins: ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS, CORS and cookie domains.

The lists as they are written stay for development. Production reads what it adds from environment variables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from steps.shared import settings_block
from steps.shared.problem import Problem
from steps.shared.setting_reads import list_variables, new_variable, production_reader
from wizard.project.hosts import (
    accepts_cookie_domain,
    host_of,
    is_public_name,
    is_shared,
    origin_problem,
    registrable_domain,
)
from wizard.project.platform import SHARED_DOMAINS
from wizard.project.project import Project

CORS_MIDDLEWARE = re.compile(r"^corsheaders\.middleware\.")
CORS_LISTS = ("CORS_ORIGIN_WHITELIST", "CORS_ALLOWED_ORIGINS")
CORS_OPEN = ("CORS_ORIGIN_ALLOW_ALL", "CORS_ALLOW_ALL_ORIGINS")
CORS_PATTERNS = ("CORS_ORIGIN_REGEX_WHITELIST", "CORS_ALLOWED_ORIGIN_REGEXES")
"""The old and the new name of each setting. The old one wins. Source: conf.py of django-cors-headers."""
PLAIN_ORIGINS = (
    "http://localhost:3000",
    "http://127.0.0.1:5173",
    "http://192.168.1.10:8080",
    "http://golive.example.net",
)
"""Origins that no pattern should match in production."""
STRANGER = "https://golive-stranger.example.net"
SUFFIX = ".golive-stranger.example.net"
COOKIE_DOMAINS = ("SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN")


@dataclass
class Lines:
    """Settings for the production block, the imports that they need, and remarks for the plan."""

    settings: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)


def production_lines(project: Project) -> Lines:
    """The lines with which the site accepts its own hosts, and trusts only origins that are its own or named."""
    lines = Lines()
    _allow_hosts(project, lines)
    _set_cors(project, lines)
    _trust_origins(project, lines)
    _set_cookie_domains(project, lines)
    return lines


def listed(project: Project, name: str) -> list[str]:
    """The strings in a list setting of production."""
    value = project.value(name)
    return [str(entry) for entry in value] if isinstance(value, list) else []


def uses_cors(project: Project) -> bool:
    return any(CORS_MIDDLEWARE.match(name) for name in listed(project, "MIDDLEWARE"))


def effective_name(settings: dict[str, Any], names: tuple[str, str]) -> str:
    """The name under which django-cors-headers reads a setting: the old one if that is set."""
    return names[0] if names[0] in settings else names[1]


def csrf_problems(project: Project) -> dict[str, str]:
    """Entries of CSRF_TRUSTED_ORIGINS that production must not have, each with the reason."""
    if project.django < (4, 0):  # entries have no scheme there
        return {}
    origins = listed(project, "CSRF_TRUSTED_ORIGINS")
    return {origin: problem for origin in origins if (problem := origin_problem(origin))}


def cookie_domain_problem(project: Project, name: str) -> str:
    """The domain of a cookie that browsers drop, because none of the site's hosts is below it; else empty."""
    domain = str(project.value(name) or "")
    hosts = [host for host in listed(project, "ALLOWED_HOSTS") if is_public_name(host)]
    public = [host.removeprefix(".") for host in hosts if not is_shared(host)] + [project.platform.public_host]
    return "" if not domain or any(accepts_cookie_domain(host, domain) for host in public) else domain


def problems(project: Project) -> list[Problem]:
    """What is wrong in production with the origins for forms and with the domains of cookies."""
    name, expected = "CSRF_TRUSTED_ORIGINS", "https:// origins of the site and its frontend"
    main = project.display_path(project.settings.main)
    found = [
        Problem(f"{name}: {origin or 'an empty string'} {problem}", expected, project.origin(name) or main)
        for origin, problem in csrf_problems(project).items()
    ]
    for name in COOKIE_DOMAINS:
        if domain := cookie_domain_problem(project, name):
            expected = "a domain of the site, or none"
            showed = f"{name} is {domain}, and browsers drop a cookie for it"
            found.append(Problem(showed, expected, project.origin(name) or main))
    return found


def plain_patterns(project: Project) -> list[str]:
    """Patterns of CORS origins that match plain HTTP or this machine, but no HTTPS origin."""
    name = effective_name(project.inspect_settings()["settings"], CORS_PATTERNS)
    return [
        pattern
        for pattern in listed(project, name)
        if _matches(pattern, PLAIN_ORIGINS) and not _matches(pattern, (STRANGER,))
    ]


def pattern_problem(pattern: str) -> str:
    """Which origins a CORS pattern matches that production must not trust; empty if none was found."""
    if _matches(pattern, (STRANGER,)):
        return "matches every website"
    for domain in sorted(SHARED_DOMAINS):
        if _matches(pattern, (f"https://golive-stranger.{domain}",)):
            return f"matches the sites of other people on {domain}"
    if _matches(pattern, PLAIN_ORIGINS):
        return "matches plain HTTP"
    if _matches(pattern, ("null",)):
        return "matches the origin null, which pages in sandboxed frames have"
    first, second = (_sample(pattern, filler) for filler in ("golive-stranger", "another-stranger"))
    own, other = (registrable_domain(host_of(each)) for each in (first, second))
    if own != other and own.partition(".")[2] not in SHARED_DOMAINS:  # previews have names there
        return f"matches the domains of other people, such as {first}"
    return f"matches {first}{SUFFIX}, because it has no $ at the end" if _matches(pattern, (first + SUFFIX,)) else ""


def _sample(pattern: str, filler: str) -> str:
    """An origin that *pattern* matches, with *filler* for each part that can be anything; empty if none was found."""
    text = re.sub(r"\(\?:", "(", pattern.removeprefix("^").removesuffix("$"))
    text = re.sub(r"\(([^()|]*)\|?[^()]*\)[?*]", "", text)  # a group that may be missing
    text = re.sub(r"\(([^()|]*)[^()]*\)", r"\1", text)  # the first of several alternatives
    text = re.sub(r"(\\d|\[0-9\])([+*?]|\{[\d,]+\})?", "1", text)
    text = re.sub(r"(\\[wS]|(?<!\\)\.|\[[^\]]+\])([+*]\??|\{[\d,]+\})", lambda match: filler, text)
    text = re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)s\?://", "s://", text))
    return text if _matches(pattern, (text,)) and text.startswith("https://") else ""


def _matches(pattern: str, origins: tuple[str, ...]) -> bool:
    try:
        return any(re.match(pattern, origin) for origin in origins)
    except re.error:
        return False


def _read_list(project: Project, lines: Lines, name: str, default: list[str]) -> str:
    """An expression that reads a list from the environment as the project does."""
    library = production_reader(project)
    if library.needs_import:
        lines.imports.add(library.needs_import)
    return library.listed(name, default)


def _allow_hosts(project: Project, lines: Lines) -> None:
    """Accept the platform's host, and the hosts in a variable. The hosts that are accepted now stay."""
    hosts, platform = listed(project, "ALLOWED_HOSTS"), project.platform
    variables = list_variables(project, "ALLOWED_HOSTS")
    given = project.env_values(project.production_env)
    # A wildcard in .env.production is for the user to change: 15.3 fails until then.
    replaced = "*" in hosts and not any("*" in given.get(name, "").split(",") for name in variables)
    added = []
    if replaced or not variables:
        name = next(iter(variables), new_variable(project, "ALLOWED_HOSTS"))
        added.append("*" + re.sub(r"^\[(.*)\]$", r"(\1)", _read_list(project, lines, name, [])))
    if platform.public_host not in hosts:
        added.append(f'*filter(None, [os.getenv("{platform.domain_variable}")])')
        lines.imports.add("import os")
    untidy = [host for host in hosts if not host.strip() or host != host.strip()]
    if not added and not untidy:
        return
    before = "" if replaced else settings_block.previous_value(project, "ALLOWED_HOSTS", "[]")
    if before and untidy:
        before = f"(host.strip() for host in {before} if host.strip())"
    lines.settings.append(f"ALLOWED_HOSTS = [{', '.join([*([f'*{before}'] if before else []), *added])}]")


def _set_cors(project: Project, lines: Lines) -> None:
    """Read the frontend's origins from a variable where the list has plain HTTP, or where every website is allowed."""
    if not uses_cors(project):
        return
    settings = project.inspect_settings()["settings"]
    name, is_open = effective_name(settings, CORS_LISTS), effective_name(settings, CORS_OPEN)
    origins = listed(project, name)
    if not list_variables(project, name):
        safe = [origin for origin in origins if not origin_problem(origin)]
        if len(safe) < len(origins) or project.value(is_open) is True:
            variable = new_variable(project, "CORS_ALLOWED_ORIGINS")
            lines.settings.append(f"{name} = {_read_list(project, lines, variable, safe)}")
            if project.value(is_open) is True:
                # The frontend's address is not known, and the site works with every one now.
                lines.settings.append(f"{is_open} = not {name}")
                lines.remarks.append(f"{is_open} is on. It goes off as soon as {variable} has the frontend's address.")
    elif any(not origin.strip() for origin in origins):  # splitting an empty variable gives an empty entry
        before = settings_block.previous_value(project, name, "[]")
        lines.settings.append(f"{name} = [origin for origin in {before} if origin.strip()]")
    if unsafe := plain_patterns(project):
        patterns = effective_name(settings, CORS_PATTERNS)
        kept = f"[pattern for pattern in {patterns} if pattern not in {tuple(unsafe)!r}]"
        empty = len(unsafe) == len(listed(project, patterns))
        lines.settings.append(f"{patterns} = {'[]' if empty else kept}")


def _trust_origins(project: Project, lines: Lines) -> None:
    """Trust forms from the site's own hosts. Origins that production must not trust are left out there."""
    name, platform = "CSRF_TRUSTED_ORIGINS", project.platform
    problems = csrf_problems(project)
    if f"https://{platform.public_host}" in listed(project, name) and not problems:
        return
    before = settings_block.previous_value(project, name, "[]")
    if before and problems:
        unsafe = [origin for origin in problems if origin.startswith("https://")]
        checks = ['origin.startswith("https://")', *([f"origin not in {_strings(unsafe)}"] if unsafe else [])]
        before = f"(origin for origin in {before} if {' and '.join(checks)})"
    allowed = set(listed(project, "ALLOWED_HOSTS"))
    foreign = {host for host in allowed if host.startswith(".") and is_shared(host)} | {platform.health_host} & allowed
    chosen = 'host[-1:].isalpha() and "." in host[1:]'  # neither empty, nor a wildcard, an address or localhost
    if foreign:
        chosen += f" and host not in {_strings(sorted(foreign))}"
    own = f'"https://" + (f"*{{host}}" if host[0] == "." else host) for host in ALLOWED_HOSTS if {chosen}'
    lines.settings.append(f"{name} = [*{before}, *({own})]" if before else f"{name} = [{own}]")


def _set_cookie_domains(project: Project, lines: Lines) -> None:
    """Read a cookie's domain from a variable where browsers would drop the cookie."""
    library = production_reader(project)
    for name in COOKIE_DOMAINS:
        if not (domain := cookie_domain_problem(project, name)):
            continue
        if list_variables(project, name):
            lines.settings.append(f'{name} = None if {name} == "{domain}" else {name}')
        else:
            lines.settings.append(f"{name} = {library.text(new_variable(project, name))} or None")
            lines.imports |= {library.needs_import} - {""}


def _strings(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
