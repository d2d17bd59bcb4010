"""Sentry's ingestion: which envelopes it accepts, and the events in them as its API shows them.

Source: Sentry's developer documentation of envelopes and event payloads.
"""

from __future__ import annotations

import gzip
import json
import zlib

import brotli

MAX_COMPRESSED = 20 * 10**6
"""Bytes; larger envelopes are answered 413."""
DECODERS = {"": bytes, "gzip": gzip.decompress, "deflate": zlib.decompress, "br": brotli.decompress}


class Rejected(Exception):
    """An envelope that is refused with *status*."""

    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status


def events_in(body, encoding):
    """Return the envelope's id and its events by id. Items of other types are skipped."""
    if len(body) > MAX_COMPRESSED:
        raise Rejected(413, "envelope exceeded size limits")
    if encoding not in DECODERS:
        raise Rejected(400, f"unknown content encoding {encoding}")
    try:
        header, items = _parse(DECODERS[encoding](body))
    except (OSError, EOFError, ValueError, zlib.error, brotli.error) as error:
        raise Rejected(400, f"invalid envelope: {error}") from error
    events = {}
    for kind, payload in items:
        if kind == "event":
            event = json.loads(payload)
            name = event.get("event_id") or header.get("event_id")
            if not name:
                raise Rejected(400, "envelope header lacks event_id")
            events[name.replace("-", "")] = event
    return header.get("event_id", ""), events


def _parse(content):
    line, _, rest = content.partition(b"\n")
    header, items = json.loads(line), []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        item = json.loads(line)
        end = item.get("length")
        if end is None:
            payload, _, rest = rest.partition(b"\n")
        else:
            payload, rest = rest[:end], rest[end:].removeprefix(b"\n")
            if len(payload) != end:
                raise ValueError("unexpected end of file")
        items.append((item["type"], payload))
    return header, items


def listed(name, event):
    """An event as the API lists it. Sentry adds the URL and the transaction as tags."""
    tags = [{"key": key, "value": value} for key, value in (event.get("tags") or {}).items()]
    if url := (event.get("request") or {}).get("url"):
        tags.append({"key": "url", "value": url})
    if event.get("transaction"):
        tags.append({"key": "transaction", "value": event["transaction"]})
    return {"eventID": name, "id": name, "title": title(event), "message": event.get("message") or "",
            "dateCreated": event.get("timestamp"), "groupID": "77", "tags": tags}  # fmt: skip


def title(event):
    exceptions = (event.get("exception") or {}).get("values") or []
    if exceptions:
        return f"{exceptions[-1]['type']}: {exceptions[-1].get('value', '')}"
    entry = event.get("logentry") or {}
    return entry.get("formatted") or entry.get("message") or event.get("message") or "<unlabeled event>"
