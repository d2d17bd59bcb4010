"""The environment variables of the service in a rehearsal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wizard.services.razorpay import key_mode

if TYPE_CHECKING:
    from wizard.targets.local.fake_razorpay import FakeRazorpay
    from wizard.targets.local.servers import LocalServers

WORKERS = "3"
FRONTEND = "https://frontend.example.com"
"""The CORS origin to allow if .env.production has no https:// origin."""


def fill_references(text: str, servers: LocalServers) -> str:
    """Replace references such as `{razorpay.url}` in *text*; only the servers it refers to are started."""

    def value(match: re.Match[str]) -> str:
        return str(getattr(servers.razorpay if match[1] == "razorpay" else servers.cloudinary, match[2]))

    return re.sub(r"\{(razorpay|cloudinary)\.(\w+)\}", value, text)


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
