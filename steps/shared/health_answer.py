"""The one rule for the answer of /health/, on this machine and on the deployed site.

It is 200 and says healthy while the database works, and 503 without details when the database is down. More keys are
fine. A project's own health view may say it in its own words, and with another 5xx.
"""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

GOOD = {"healthy", "ok", "okay", "up", "pass", "passed", "passing", "alive", "available", "green", "ready", "running",
        "success", "working", "connected", "true", "200"}  # fmt: skip
BAD = re.compile(
    r"\b(un|not[ _-]?)(healthy|available|ready|ok|connected)\b|\b(down|degraded|dead|red|critical|failed|failing"
    r"|failure|disconnected|unreachable)\b|\berror\b",
    re.I,
)
STATUS_KEY = re.compile(r"^(status|state|health|healthy|ok|result|overall)$", re.I)
LEAK = re.compile(
    r"traceback|site-packages|/home/|/usr/|/app/|psycopg|sqlite|mysql|operationalerror|programmingerror|\w+://\w+:\w+@"
    r"|secret|password|connection to server|could not connect",
    re.I,
)
"""Texts in an answer that tell how the site is built, or why it fails."""


def is_healthy(response: httpx.Response) -> bool:
    """Whether *response* is a 200 that says healthy."""
    if response.status_code != 200:
        return False
    try:
        body = json.loads(response.text)
    except ValueError:
        text = re.sub(r"<[^>]*>", " ", response.text)
        return bool(text.strip()) and not BAD.search(text)
    return _says_healthy(body)


def _says_healthy(body: Any) -> bool:
    """Whether a JSON *body* says healthy: by a key such as `status`, or by having nothing that says otherwise."""
    if not isinstance(body, dict):
        return _is_good(body)
    named = [value for key, value in body.items() if STATUS_KEY.match(str(key)) and not isinstance(value, dict | list)]
    if named:
        return all(_is_good(value) for value in named)
    values = [value for value in body.values() if isinstance(value, str)]
    return bool(body) and not any(BAD.search(value) for value in values)


def _is_good(value: Any) -> bool:
    return str(value).strip().lower() in GOOD


def leaks(*responses: httpx.Response) -> bool:
    """Whether one of *responses* tells how the site is built, or why it fails."""
    return any(LEAK.search(response.text) for response in responses)
