"""Installed packages, and how the Sentry SDK among them is set up."""

import re

from .protocol import operation


@operation("installed")
def installed(request):
    """The installed distributions: their versions, their requirements, and those that no other one requires (`top`)."""
    from importlib import metadata

    found, needed, requires = {}, set(), {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if not name:
            continue
        found[name] = distribution.version
        requires[name] = list(distribution.requires or ())
        for line in requires[name]:
            if "extra ==" not in line:
                needed.add(re.split(r"[\s;<>=!~\[(]", line, 1)[0].lower().replace("_", "-"))
    top = [name for name in found if name.lower().replace("_", "-") not in needed | {"pip", "setuptools", "wheel"}]
    return {"versions": found, "top": sorted(top), "requires": requires}


@operation("sentry")
def sentry(request):
    """The configuration of the project's Sentry SDK."""
    import django

    django.setup()
    import sentry_sdk

    client = sentry_sdk.Hub.current.client if not hasattr(sentry_sdk, "get_client") else sentry_sdk.get_client()
    options = getattr(client, "options", None) or {}
    names = ("environment", "sample_rate", "traces_sample_rate", "debug")
    return {
        "active": bool(options.get("dsn")),
        "given": options.get("dsn") == request.get("dsn"),
        "pii": bool(options.get("send_default_pii")),
        "version": sentry_sdk.VERSION,
        "options": {name: options.get(name) for name in names if is_plain(options.get(name))},
    }


def is_plain(value):
    return value is None or isinstance(value, (bool, int, float, str))
