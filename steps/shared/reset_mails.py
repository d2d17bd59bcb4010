"""Judge the mail of a password reset: its sender, where its links lead, and whether they name the site's own host.

Sources: the mail templates of Django, django-allauth, djoser and dj-rest-auth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import SplitResult, urlsplit

from steps.shared.mail_plans import address_of, borrowed_domain, sender_problem
from steps.shared.trusted_hosts import CORS_LISTS, CORS_PATTERNS, listed
from wizard.journeys.mail_contents import acting_links, code_of, links_of, named_parts, relative_links, text_of
from wizard.project.hosts import host_of, is_accepted, is_local
from wizard.project.project import Project

NAMES_A_PAGE = re.compile(r"(?:^|_)(?:URLS?|URI|DOMAIN|HOST|ORIGIN)S?$")
OWN_PAGES = re.compile(r"FRONT|CLIENT|SITE|BASE|APP|WEB|UI|SPA|PUBLIC|RESET|ROOT|^DOMAIN$|^HOST$")
"""Names of settings with the address of a frontend, such as FRONTEND_URL, SITE_DOMAIN and PASSWORD_RESET_URL."""
GROUPS = ("DJOSER", "REST_AUTH", "HEADLESS_FRONTEND_URLS", "SIMPLE_JWT")
"""Settings of libraries, whose entries may have such names."""
UNFINISHED = re.compile(r"(?<![\w@./-])(?:example\.(?:com|org|net)|localhost(?::\d+)?|127\.0\.0\.1(?::\d+)?)(?![\w-])")
"""A placeholder for the site's name in a text. The domain of an e-mail address is none."""
STANDARD_PORTS = (None, 80, 443)


@dataclass(frozen=True)
class OwnHosts:
    """The hosts that belong to a site: its own, and those that its settings name."""

    host: str
    names: frozenset[str] = frozenset()
    allowed: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, project: Project, host: str) -> OwnHosts:
        origins = [each for name in (*CORS_LISTS, "CSRF_TRUSTED_ORIGINS") for each in listed(project, name)]
        names = {host_of(each.replace("*.", "")) for each in [*origins, *_pages(project.values)]} - {""}
        # The wildcard for every host says nothing about this one.
        allowed = tuple(each for each in listed(project, "ALLOWED_HOSTS") if each != "*")
        patterns = tuple(each for name in CORS_PATTERNS for each in listed(project, name))
        return cls(host, frozenset(names), allowed, patterns)

    def __contains__(self, host: str) -> bool:
        if host == self.host or host in self.names or is_accepted(host, self.allowed):
            return True
        return any(_matches(pattern, f"https://{host}") for pattern in self.patterns)


def _pages(settings: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of pages that settings name."""
    for name, value in settings.items():
        if isinstance(value, str) and NAMES_A_PAGE.search(name) and OWN_PAGES.search(name):
            yield value
        elif isinstance(value, dict) and name in GROUPS:
            yield from (each for each in value.values() if isinstance(each, str) and "://" in each)
            yield from _pages(value)


def _matches(pattern: str, origin: str) -> bool:
    try:
        return bool(re.match(pattern, origin))
    except re.error:
        return False


@dataclass
class Judgement:
    """The problems of a mail, and what Golive does not know about it. Without either, *found* describes it."""

    problems: list[str] = field(default_factory=list)
    unknown: str = ""
    found: str = ""


def judge(mail: EmailMessage, own: OwnHosts, provider: str = "") -> Judgement:
    """Judge the sender and the links of the *mail* of a reset, which *provider* sends, if one does."""
    links = [(link, urlsplit(link)) for link in links_of(mail)]
    acting = [urlsplit(link) for link in acting_links(mail)]
    judgement = Judgement()
    if problem := sender_problem(str(mail["From"])) or borrowed_domain(str(mail["From"]), provider):
        judgement.problems.append(problem)
    hosts = dict.fromkeys(parts.hostname or "" for _, parts in links)
    judgement.problems += [_leads_away(host) for host in hosts if _leads_away(host) and host != own.host]
    judgement.problems += dict.fromkeys(problem for parts in acting if (problem := _address_problem(parts, own)))
    if not links and (paths := relative_links(mail)):
        judgement.problems.append(f"the link {paths[0]} has no host")
    if not judgement.problems and (named := UNFINISHED.search(f"{mail['Subject']}\n{_prose(mail)}")):
        judgement.problems.append(f"its text names {named[0]}")
    foreign = sorted({parts.hostname or "" for parts in acting if (parts.hostname or "") not in own})
    if foreign and not judgement.problems:
        judgement.unknown = (
            f"the link leads to {', '.join(foreign)}, which no setting names as a host or a frontend of the site"
        )
    if not links and not judgement.problems and not code_of(mail) and not named_parts(mail):
        judgement.problems.append("the mail has neither a link nor a code")
    where = f"links to https://{acting[0].hostname}" if acting else "has a code"
    judgement.found = f"the mail comes from {address_of(str(mail['From']))}, and {where}"
    return judgement


def _leads_away(host: str) -> str:
    if not host:
        return "a link has no host"
    return f"the link leads to {host}" if is_local(host) else ""


def _address_problem(parts: SplitResult, own: OwnHosts) -> str:
    """Return the problem of the scheme or the port of a link. Empty for none, and for a host judged elsewhere."""
    host = parts.hostname or ""
    if not host or is_local(host):
        return ""
    if parts.scheme != "https":
        return f"the link is {parts.scheme}://"
    try:
        port = parts.port
    except ValueError:
        return "the link has no valid port"
    return f"the link names the port {port}" if host == own.host and port not in STANDARD_PORTS else ""


def _prose(mail: EmailMessage) -> str:
    """The text of *mail* without its links, and without addresses of people."""
    return re.sub(r"https?://\S+", " ", text_of(mail))
