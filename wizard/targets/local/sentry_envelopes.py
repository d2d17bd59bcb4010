"""Read the envelopes of a Sentry SDK, in any of its encodings, and the events in them.

Source: Sentry's developer documentation of envelopes.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

MAX_BYTES = 20 * 1024 * 1024
"""The maximum size of a compressed envelope. Sentry answers 413 to a larger one.

Source: Sentry's developer documentation of envelopes.
"""


def decompress(body: bytes, encoding: str) -> bytes:
    """Decode *body* from its Content-Encoding.

    Raises:
        ValueError: the encoding is unknown, or the body is not in it.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding in {"gzip", "deflate"}:
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS)
        try:
            content = decoder.decompress(body, MAX_BYTES)
        except zlib.error as error:
            raise ValueError(f"not {encoding}: {error}") from error
        if not decoder.eof:
            raise ValueError("incomplete, or too large")
        return content
    if encoding == "br":  # the SDK's choice where Brotli is installed
        import brotli

        try:
            return bytes(brotli.decompress(body))
        except brotli.error as error:
            raise ValueError(f"not Brotli: {error}") from error
    raise ValueError(f"unknown encoding {encoding}")


def parse_envelope(body: bytes) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """Return the header of an envelope, and type and payload of each item.

    Raises:
        ValueError: it is invalid.
    """
    first, _, rest = body.partition(b"\n")
    header = parse_object(first, "the envelope's header")
    items = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        item = parse_object(line, "an item's header")
        length = item.get("length")
        if length is None:
            payload, _, rest = rest.partition(b"\n")
        elif isinstance(length, int) and 0 <= length <= len(rest):
            payload, rest = rest[:length], rest[length:].removeprefix(b"\n")
        else:
            raise ValueError("an item is shorter than its length")
        items.append((str(item.get("type")), payload))
    return header, items


def parse_object(text: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object in *text*; *what* names it in errors.

    Raises:
        ValueError: it is not a JSON object.
    """
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{what} is nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError(f"{what} is not an object")  # noqa: TRY004 - the sender's error, not the caller's
    return content


def event_title(event: dict[str, Any]) -> str:
    """Return `RuntimeError: message`, or the message of an event without an exception."""
    values = mapping(event.get("exception")).get("values")
    exception = mapping(values[-1]) if isinstance(values, list) and values else {}
    if exception.get("type"):
        return f"{exception['type']}: {exception.get('value', '')}"
    message = mapping(event.get("logentry"))
    return str(message.get("formatted") or message.get("message") or event.get("message") or "(no message)")


def event_summary(event_id: str, event: dict[str, Any]) -> dict[str, Any]:
    """Return *event* as Sentry's API lists it."""
    # Sentry itself adds these two as tags.
    added = {"url": mapping(event.get("request")).get("url"), "transaction": event.get("transaction")}
    tags = {**{name: value for name, value in added.items() if value}, **mapping(event.get("tags"))}
    return {
        "eventID": event_id,
        "id": event_id,
        "title": event_title(event),
        "message": str(event.get("message") or ""),
        "dateCreated": event.get("timestamp"),
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }


def mapping(value: Any) -> dict[str, Any]:
    """Return *value* if it is an object, else an empty one: events come from outside."""
    return value if isinstance(value, dict) else {}
