"""Variables and settings that hold the address of the site itself or of its frontend, and often name this machine.

With such a value in production, links in pages and mails lead nowhere, and redirects lead away from the site.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from wizard.project.hosts import is_local, origin_problem
from wizard.project.project import Project

_PREFIX = r"(?:(?:DJANGO|APP|MY|WEB|DEFAULT)_)?"
_END = r"_(?:URL|URI|HOST|HOSTNAME|DOMAIN|ORIGIN|BASE_URL)"
OWN = re.compile(
    rf"{_PREFIX}(?:(?:CANONICAL|SITE|WEBSITE|PUBLIC|BASE|ABSOLUTE|WAGTAILADMIN_BASE){_END}|DOMAIN(?:_NAME)?)"
)
"""Names for the address of the site itself."""
OWN_IF_LOCAL = re.compile(rf"{_PREFIX}(?:BACKEND|API|SERVER|APP|ROOT|EXTERNAL|HOST){_END}|HOSTNAME|HOST_NAME")
"""Names that mean the site itself if their default is on this machine, and can mean another service otherwise."""
FRONTEND = re.compile(rf"{_PREFIX}(?:FRONT_?END|CLIENT|WEB_?APP|SPA|UI|REACT_APP|NEXT|VUE_APP){_END}")


@dataclass(frozen=True)
class Address:
    """A variable or a setting with an address. *default* is its value without an environment, or an empty string."""

    name: str
    default: str
    frontend: bool

    def value(self, host: str) -> str:
        """The address with *host*, in the form of the default: a URL with its path, or a bare name."""
        url = "://" in self.default or (not self.default and self.name.endswith(("URL", "URI", "ORIGIN")))
        return f"https://{host}{urlsplit(self.default).path if '://' in self.default else ''}" if url else host


def _address(name: str, default: str) -> Address | None:
    if FRONTEND.fullmatch(name):
        return Address(name, default, frontend=True)
    own = OWN.fullmatch(name) or (OWN_IF_LOCAL.fullmatch(name) and default and is_local(default))
    return Address(name, default, frontend=False) if own else None


def variables(project: Project) -> list[Address]:
    """The variables that the settings read an address from, unless their default is a public one."""
    found: dict[str, Address] = {}
    for _, name, _, default in project.settings.reads():
        text = default.value if isinstance(default, ast.Constant) and isinstance(default.value, str) else ""
        address = _address(name, text)
        if address and name not in found and (not text or is_local(text)):
            found[name] = address
    return list(found.values())


def local_settings(project: Project, settings: Mapping[str, object]) -> list[Address]:
    """The *settings* whose address leads to this machine or to an example."""
    texts = ((name, value) for name, value in settings.items() if isinstance(value, str) and value and is_local(value))
    return [address for name, value in texts if project.settings.binds(name) and (address := _address(name, value))]


def known_frontends(project: Project) -> list[str]:
    """The origins that production's settings name for CORS, if production may trust all of them."""
    values = project.inspect_settings().get("settings") or {}
    lists = (values.get(name) for name in ("CORS_ORIGIN_WHITELIST", "CORS_ALLOWED_ORIGINS"))
    origins = [str(origin) for origin in next((found for found in lists if isinstance(found, list)), [])]
    return [] if any(map(origin_problem, origins)) else origins


def derived(project: Project, host: str, frontend: str, values: Mapping[str, str]) -> dict[str, str]:
    """The addresses that follow from the site's *host* and from the origin of its *frontend*, which can be empty.

    Variables that have a public address in *values* are left out.
    """
    hosts = {True: urlsplit(frontend).netloc, False: host}
    return {
        each.name: each.value(hosts[each.frontend])
        for each in variables(project)
        if hosts[each.frontend] and (not values.get(each.name) or is_local(values[each.name]))
    }
