"""Errors of programs whose fix is the same in any project."""

from __future__ import annotations

import re

FIXES = (
    (
        r"No module named '(?P<name>pkg_resources)'",
        "Add `setuptools<81` to the dependency file. A package imports {name}, which newer releases no longer have.",
    ),
    (
        r"No module named '(?P<name>[\w.]+)'",
        "Add the package that has the module {name} to the dependency file. If the module is yours, commit it to git.",
    ),
    (
        r"relation \"(?P<name>\w+)\" does not exist|no such table: (?P<table>\w+)",
        "Run `python manage.py makemigrations`, commit its file, and deploy again: there is no table {name}{table}.",
    ),
    (
        r"redis\.exceptions\.(?:Connection|Timeout)Error|Redis.*(?:refused|unreachable)"
        r"|Error \d+ connecting to [\w.]+:6379",
        "Read the address of Redis from a variable such as REDIS_URL. Task 27 does it: `golive --auto --only 27`.",
    ),
    (
        r"AppRegistryNotReady|Requested setting \w+, but settings are not configured",
        "Import what needs models below `get_asgi_application()`: the server loads that file before Django is set up. "
        "Task 16 moves the import: `golive --auto --only 16`.",
    ),
    (
        r"Redis URL must specify one of the following schemes",
        "Set the variable from which the settings read the address of Redis. Task 27 does it: "
        "`golive --auto --only 27`.",
    ),
    (
        r"requires redis-py versions (?P<name>[\d.]+) or later",
        "Raise redis to {name} or later in the dependency file. Celery's client needs it.",
    ),
    (
        r"could not translate host name|Name or service not known|nodename nor servname",
        "Read the name of this host from a variable that production sets. It is not known where the site runs.",
    ),
)


def known_fix(finding: str) -> str:
    """The fix for the error in *finding*; empty if it is none of those."""
    for pattern, fix in FIXES:
        if match := re.search(pattern, finding):
            return fix.format(**match.groupdict(default=""))
    return ""
