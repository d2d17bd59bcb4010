"""The environment variables of the service in a rehearsal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from wizard.project.agent.payments import RAZORPAY
from wizard.project.env_lists import join_list, split_list
from wizard.project.hosts import is_local
from wizard.services.razorpay import key_mode

if TYPE_CHECKING:
    from wizard.project.project import Project
    from wizard.site.journeys import ProjectConfig
    from wizard.targets.local.fake_razorpay import FakeRazorpay
    from wizard.targets.local.servers import LocalServers

KEY_ID = re.compile(r"RAZORPAY\w*(KEY_?ID|KEY|_ID)$")
KEY_SECRET = re.compile(r"RAZORPAY\w*SECRET(_KEY)?$(?<!WEBHOOK_SECRET)")
"""Names of variables with Razorpay's keys. The secret of a webhook is another one."""
WORKERS = "2"
FRONTEND = "https://frontend.example.com"
"""The CORS origin to allow if .env.production has no origin of a public site."""


def hosts(project: Project, name: str, own: str) -> str:
    """Return the value of the variable *name*: the site's *own* host, and the hosts that .env.production gives it."""
    given = split_list(project.service_values().get(name, ""))
    return join_list(project.settings, name, [own, *(host for host in given if host != own)])


def has_no_origin(given: str) -> bool:
    """Whether a variable for the frontend's origins has only addresses of this machine, which production lacks."""
    return all(is_local(origin) for origin in split_list(given))


def fill_references(text: str, servers: LocalServers) -> str:
    """Replace references such as `{razorpay.url}` in *text*; only the servers it refers to are started."""

    def value(match: re.Match[str]) -> str:
        return str(getattr(servers.razorpay if match[1] == "razorpay" else servers.cloudinary, match[2]))

    return re.sub(r"\{(razorpay|cloudinary)\.(\w+)\}", value, text)


def uses_razorpay(project: Project, config: ProjectConfig) -> bool:
    """Whether the rehearsal stands in for Razorpay: a package of the project pays there, and golive.yaml names no way.

    It names one if it sets the address of the stub itself, or lets the rehearsal reach Razorpay.
    """
    named = any("{razorpay." in text for text in config.environment.values())
    allowed = any(RAZORPAY.endswith(host.partition(":")[0].lstrip("*")) for host in config.egress)
    return "razorpay" in project.dependencies.requirements() and not named and not allowed


def stub_keys(names: Iterable[str], razorpay: FakeRazorpay) -> dict[str, str]:
    """Return the keys of the stub for those of the variables *names* that hold Razorpay's."""
    found = {}
    for name in names:
        if KEY_SECRET.search(name):
            found[name] = razorpay.key_secret
        elif KEY_ID.search(name):
            found[name] = razorpay.key_id
    return found


def live_key_ids(values: Mapping[str, str]) -> list[str]:
    """Return the names of variables with a live key id of Razorpay."""
    return [name for name, value in values.items() if key_mode(value) == "live"]


def replace_live_keys(values: Mapping[str, str], names: list[str], razorpay: FakeRazorpay) -> dict[str, str]:
    """Replace the key ids in *names*, and their secrets, with those of the stub."""
    replaced = dict(values)
    for name in names:
        replaced[name] = razorpay.key_id
        secret = name.removesuffix("KEY_ID") + "KEY_SECRET"
        if secret in replaced:
            replaced[secret] = razorpay.key_secret
    return replaced
