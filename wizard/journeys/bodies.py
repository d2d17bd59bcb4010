"""The body of a request from the values of a form: for httpx, for display, and for a step of golive.yaml."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from wizard.base.secrets import excerpt, redacted, remember
from wizard.journeys.field_values import PASSWORD
from wizard.journeys.filling import Filled
from wizard.journeys.sample_files import Upload
from wizard.journeys.sample_values import words_of
from wizard.project.inputs import Input

CSRF_FIELD = "csrfmiddlewaretoken"
SHOWN = 600
"""Characters of a body that are shown."""
Pairs = list[tuple[str, str | Upload]]


def pairs_of(values: Mapping[str, Any], filled: Filled | None = None) -> Pairs:
    """The *values* as an HTML form sends them: texts and files, several with the same name for a list."""
    return [
        pair for name, value in values.items() for pair in _pairs(name, value, filled.input(name) if filled else None)
    ]


def _pairs(name: str, value: Any, known: Input | None) -> Iterator[tuple[str, str | Upload]]:
    match value:
        case None | False:
            pass  # a box that is not ticked is not sent
        case True:
            yield name, known.choices[0] if known and known.choices else "on"
        case Upload():
            yield name, value
        case dict() if known is not None and known.kind == "json":
            yield name, json.dumps(value)
        case dict() | list() | tuple():
            yield from _nested_pairs(name, value, known)
        case str():
            yield name, value.replace("\r\n", "\n").replace("\n", "\r\n")  # as browsers send them
        case _:
            yield name, str(value)


def _nested_pairs(name: str, value: Any, known: Input | None) -> Iterator[tuple[str, str | Upload]]:
    """The parts of an object and of a list as Django REST framework reads them from a form."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _pairs(f"{name}.{key}", part, None)
        return
    for number, each in enumerate(value):
        if isinstance(each, dict):
            for key, part in each.items():
                yield from _pairs(f"{name}[{number}]{key}", part, None)
        else:
            yield from _pairs(name, each, known)


def form_body(pairs: Pairs, *, multipart: bool) -> dict[str, Any]:
    """The arguments for httpx. A form with a file is sent as multipart in any case."""
    if not multipart and not any(isinstance(value, Upload) for _, value in pairs):
        content = urlencode([(name, str(value)) for name, value in pairs])
        return {"content": content.encode(), "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    # httpx sends a stream in pieces, but bytes at once, with a copy of what is left after each write.
    files = [
        (name, (value.name, io.BytesIO(value.content), value.type) if isinstance(value, Upload) else (None, value))
        for name, value in pairs
    ]
    return {"files": files or [("", (None, b""))]}


def shown_body(*, content: Any = None, pairs: Pairs = ()) -> str:  # type: ignore[assignment]
    """A body for display, with secrets redacted and without the CSRF token. Passwords are redacted from now on."""
    for name, value in (*pairs, *_texts(content)):
        if isinstance(value, str) and PASSWORD.search(words_of(name)):
            remember(value)
    if pairs:
        parts = [f"{name}={_shown(value)}" for name, value in pairs if name != CSRF_FIELD]
        return excerpt("&".join(redacted(parts)), SHOWN)
    return "" if content is None else excerpt(json.dumps(redacted(content), ensure_ascii=False, default=_shown), SHOWN)


def _texts(content: Any) -> Iterator[tuple[str, Any]]:
    """The names and values in JSON *content*, also inside objects."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield str(name), value
            yield from _texts(value)


def _shown(value: object) -> str:
    return f"<file {value.name}, {len(value.content)} bytes>" if isinstance(value, Upload) else str(value)


def replayed_body(pairs: Pairs, content: Any) -> dict[str, Any]:
    """The body as a step of golive.yaml has it, without variables yet."""
    if content is not None:
        return {"json": content}
    if not pairs:
        return {}
    texts = {name: value for name, value in pairs if isinstance(value, str)}
    if CSRF_FIELD in texts:
        texts[CSRF_FIELD] = "{csrf}"
    files = {
        name: {"name": value.name, "type": value.type, "size": len(value.content)}
        for name, value in pairs
        if isinstance(value, Upload)
    }
    body: dict[str, Any] = {"form": texts} if texts else {}
    return body | ({"files": files} if files else {}) | ({"csrf": True} if CSRF_FIELD in texts else {})
