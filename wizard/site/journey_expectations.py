"""Compare a response with the `expect` section of a journey's step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from wizard.site.journey_variables import fill, fill_text

DEEPEST = 100
"""Levels of JSON that are read."""
TOO_DEEP = f"the JSON is nested deeper than {DEEPEST} levels"

DEFAULT_STATUSES = (200, 201, 202, 204)
"""The accepted statuses of a step that expects no particular one."""


def first_mismatch(
    expect: Mapping[str, Any], response: httpx.Response, seconds: float, variables: Mapping[str, Any]
) -> str:
    """Describe the first unmet expectation of *response*; empty if there is none."""

    def texts(key: str) -> list[str]:
        return [fill_text(text, variables) for text in expect.get(key, ())]

    statuses = expect.get("status", DEFAULT_STATUSES)
    if response.status_code not in statuses:
        return f"expected {' or '.join(map(str, statuses))}"
    if "max_ms" in expect and seconds * 1000 > expect["max_ms"]:
        return f"took longer than {expect['max_ms']:g} ms"
    for text in texts("text"):
        if text not in response.text:
            return f"the response lacks {text!r}"
    for text in texts("without"):
        if text in response.text:
            return f"the response contains {text!r}"
    for name, value in expect.get("header", {}).items():
        if fill_text(value, variables) not in response.headers.get(name, ""):
            return f"header {name} is {response.headers.get(name, 'missing')!r}"
    if "has" in expect or "json" in expect:
        return _json_mismatch(texts("has"), fill(expect.get("json", {}), variables), response)
    return ""


def _json_mismatch(paths: list[str], values: dict[str, Any], response: httpx.Response) -> str:
    try:
        content = json_of(response)
    except ValueError:
        return "the response is not JSON"
    for path in paths:
        if json_at(content, path) is None:
            return f"the response has no {path}"
    for path, value in values.items():
        if json_at(content, path) != value:
            return f"{path} is {json_at(content, path)!r}, expected {value!r}"
    return ""


def json_of(response: httpx.Response) -> Any:
    """The JSON in the body of *response*.

    Raises:
        ValueError: there is none, or none that Python can read: nested too deep, or with too long a number.
    """
    try:
        content = response.json()
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error
    if response.content.count(b"[") + response.content.count(b"{") > DEEPEST and _is_deep(content):
        raise ValueError(TOO_DEEP)
    return content


def _is_deep(content: Any) -> bool:
    """Whether *content* has more than DEEPEST levels. New versions of Python parse more than they can recurse into."""
    level = [content]
    for _ in range(DEEPEST):
        level = [
            part
            for each in level
            if isinstance(each, list | dict)
            for part in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


def json_at(content: Any, path: str) -> Any:
    """Return the value at a dotted path such as `results.0.id`, or None without one."""
    for part in path.split("."):
        if isinstance(content, list) and re.fullmatch(r"-?\d+", part) and -len(content) <= int(part) < len(content):
            content = content[int(part)]
        elif isinstance(content, dict):
            content = content.get(part)
        else:
            return None
    return content
