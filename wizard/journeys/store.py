"""The last results of all journeys, in the state folder: what `golive journeys` shows and saves as flows.

The file holds no secrets and is signed, so that a repository can't bring one. It is a log: `golive forget` removes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError, StateError
from wizard.base.secrets import redacted
from wizard.checklist.evidence import now
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.state import signing
from wizard.state.state_folder import folder_of

VERSION = 1
DERIVED = "derived"
"""The source of journeys that Golive found itself. That of a flow is its file and line."""
MOST_JOURNEYS, MOST_REQUESTS = 400, 40
LONGEST = 600
"""Characters of each text."""
LARGEST = 8 << 20
"""Bytes of the whole file. Beyond it, the requests of journeys that work are left out."""


@dataclass(frozen=True)
class StoredJourney:
    """The *result* of a journey, the *items* that it is about, its *source*, and when and where it ran."""

    result: JourneyResult
    items: tuple[str, ...] = ()
    source: str = DERIVED
    at: str = ""
    target: str = ""

    @property
    def name(self) -> str:
        return self.result.name


def path_of(root: Path) -> Path:
    return folder_of(root) / "runs" / "journeys.json"


def written(root: Path) -> int:
    """When the file was written last, in nanoseconds; 0 without a file."""
    try:
        return path_of(root).stat().st_mtime_ns
    except OSError:
        return 0


def write(root: Path, found: Iterable[StoredJourney], *, derived: bool) -> None:
    """Replace the stored journeys that were *derived*, or else the flows, by those *found*. The others are kept.

    Raises:
        EditError: the file can't be written.
    """
    kept = [each for each in read(root) if (each.source == DERIVED) is not derived]
    stamp = now()
    new = [replace(each, at=each.at or stamp) for each in found]
    both = [*kept, *new] if derived else [*new, *kept]
    records = [_record(each) for each in both[:MOST_JOURNEYS]]
    content = _content(records)
    if len(content) > LARGEST:
        for record in records:
            if record["verdict"] == Verdict.WORKS.value:
                record["requests"] = []
        content = _content(records)
    if len(content) <= LARGEST:
        path = path_of(root)
        files.make_folder(path.parent, mode=0o700)
        files.write(path, content, mode=0o600)


def read(root: Path) -> list[StoredJourney]:
    """The stored journeys: flows first, in the order in which they ran. Files that others wrote have none."""
    try:
        document = files.read(path_of(root), 2 * LARGEST)
        record = json.loads(document or b"{}")
        given = record.pop("mac")
        if not signing.is_signed(_signed(record), str(given)) or record["version"] != VERSION:
            return []
        return [_stored(each) for each in record["journeys"]]
    except (EditError, StateError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def of_flow(name: str, title: str, requests: Sequence[SentRequest], verdict: Verdict, why: str) -> JourneyResult:
    """The result of a flow of golive.yaml in the form of a journey's."""
    return JourneyResult(name, title, "flow", "", verdict, why, "", tuple(requests))


def _record(each: StoredJourney) -> dict[str, Any]:
    record = asdict(each.result) | {"verdict": each.result.verdict.value}
    record["requests"] = [_short(request) for request in record["requests"][:MOST_REQUESTS]]
    record |= {"items": list(each.items), "source": each.source, "at": each.at, "target": each.target}
    found: dict[str, Any] = redacted({name: _cut(value) for name, value in record.items()})
    return found


def _short(request: dict[str, Any]) -> dict[str, Any]:
    """*request* without a body that is too long to be kept whole: a cut one could not be sent again."""
    replay = request["replay"]
    if len(json.dumps(replay, default=str)) > 8 * LONGEST:
        request = {**request, "replay": {}}
    return {name: value if name == "replay" else _cut(value) for name, value in request.items()}


def _cut(value: Any) -> Any:
    return f"{value[:LONGEST]} …" if isinstance(value, str) and len(value) > LONGEST else value


def _content(records: list[dict[str, Any]]) -> bytes:
    whole: dict[str, Any] = {"version": VERSION, "journeys": records}
    whole["mac"] = signing.signature(_signed(whole))
    return json.dumps(whole, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")


def _signed(record: dict[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, default=str).encode()


def _stored(record: dict[str, Any]) -> StoredJourney:
    about = {name: record.pop(name) for name in ("source", "at", "target")}
    items = tuple(record.pop("items"))
    requests = tuple(SentRequest(**each) for each in record.pop("requests"))
    result = JourneyResult(**{**record, "requests": requests, "verdict": Verdict(record["verdict"])})
    return StoredJourney(result, items, **about)
