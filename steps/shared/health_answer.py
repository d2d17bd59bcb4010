"""The one rule for the answer of /health/, on this machine and on the deployed site.

It is 200 and says healthy while the database works, and 503 without details when the database is down. More keys are
fine. A project's own health view may say it in its own words, and with another 5xx.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx

from steps.shared.page_details import database_values, found_details
from wizard.project.project import Project

GOOD = {"healthy", "ok", "okay", "up", "pass", "passed", "passing", "alive", "available", "green", "ready", "running",
        "success", "working", "connected", "true", "200"}  # fmt: skip
BAD = re.compile(
    r"\b(un|not[ _-]?)(healthy|available|ready|ok|connected)\b|\b(down|degraded|dead|red|critical|failed|failing"
    r"|failure|disconnected|unreachable)\b|\berror\b",
    re.I,
)
STATUS_KEY = re.compile(r"^(status|state|health|healthy|ok|result|overall)$", re.I)
SAYS = re.compile(
    rf"(?<!not )(?<!n't )\b({'|'.join(sorted(GOOD - {'true', '200'}))}|fine|good|pong|operational)\b", re.I
)
SAYS_SURELY = re.compile(r"\b(healthy|okay?|alive|operational|working)\b|all systems", re.I)
"""In a longer text, where words such as "up" and "running" may be about something else."""
LONG = 60
LEAK = re.compile(
    r"traceback|site-packages|/home/|/usr/|/app/|psycopg|sqlite|mysql|operationalerror|programmingerror|\b\w+://\w+:\w+@"
    r"|secret|password|connection to server|could not connect|could not translate|connection refused"
    r"|unable to open database|no such table|\berrno\b",
    re.I,
)
"""Texts in an answer that tell how the site is built, or why it fails."""
ERROR_CLASS = re.compile(r"\b(?:[A-Z][a-z]+)+(?:Error|Exception)\b")
HOST_KEY = re.compile(
    r"^((db|database|server|machine|container)_?)?(host(_?name)?|node|pod|server|ip(_?address)?|address)$", re.I
)
SOFTWARE_KEY = re.compile(
    r"^(django|python|postgres(ql)?|gunicorn|uvicorn|redis|nginx|celery|platform|kernel|os)(_?version)?$", re.I
)
NUMBERED = re.compile(r"\d\.\d")
TAG = re.compile(r"<[^>]*(?P<end>>|\Z)")
IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


def is_healthy(response: httpx.Response) -> bool:
    """Whether *response* is a 200 that says healthy."""
    if response.status_code != 200:
        return False
    try:
        body = json.loads(response.text)
    except ValueError:
        text = " ".join(TAG.sub(lambda tag: " " if tag["end"] else tag[0], response.text).split())
        return bool((SAYS_SURELY if len(text) > LONG else SAYS).search(text)) and not BAD.search(text)
    return _says_healthy(body)


def _says_healthy(body: Any) -> bool:
    """Whether a JSON *body* says healthy: by a key such as `status`, or by a value such as `working`."""
    if not isinstance(body, dict):
        return _is_good(body)
    named = [value for key, value in body.items() if STATUS_KEY.match(str(key)) and not isinstance(value, dict | list)]
    if named:
        return all(_is_good(value) for value in named)
    values = [value for _, value in _leaves(body)]
    return any(_is_good(value) for value in values) and not any(BAD.search(str(value)) for value in values)


def _leaves(body: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """The keys and values in *body* that hold no others."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from _leaves(value, str(name))
    elif isinstance(body, list):
        for value in body:
            yield from _leaves(value, key)
    else:
        yield key, body


def _is_good(value: Any) -> bool:
    return str(value).strip().lower() in GOOD


def find_leak(project: Project, *responses: httpx.Response) -> str:
    """Name what one of *responses* tells about how the site is built, or why it fails; empty if nothing."""
    return next((found for response in responses if (found := _leak(project, response))), "")


def _leak(project: Project, response: httpx.Response) -> str:
    text = response.text
    for pattern in (LEAK, ERROR_CLASS):
        if match := pattern.search(text):
            return match[0]
    if found := found_details(project, response):
        return found
    for value in database_values(project.value("DATABASES") or {}):
        if value in text:
            return "a value of DATABASES"
    if address := next((found for found in IPV4.findall(text) if _is_private(found)), ""):
        return f"the address {address}"
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    public = {project.host, project.platform.health_host}
    for key, value in _leaves(body):
        if not isinstance(value, str) or _is_good(value) or value in public:
            continue
        if HOST_KEY.match(key) and value:
            return f"the name of a machine, in the key {key}"
        if SOFTWARE_KEY.match(key) and NUMBERED.search(value):
            return f"a version, in the key {key}"
    return ""


def _is_private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def cached_for(response: httpx.Response) -> str:
    """Describe how long a cache may keep *response*; empty if none may."""
    control = response.headers.get("cache-control", "").lower()
    match = re.search(r"\b(s-maxage|max-age)=([1-9]\d*)", control)
    if not match or re.search(r"\b(no-store|no-cache|private)\b", control):
        return ""
    return f"Cache-Control lets caches keep the answer for {match[2]} s"
