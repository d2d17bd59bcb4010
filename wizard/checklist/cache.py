"""Keep the parsed checklist as JSON, by the hash of the files it was read from.

Without it, `golive status` takes 1.3 times as long: 5.4 instead of 4.1 times `python -c 'import argparse'` (medians of
20 runs each on a busy machine). The limit is 4, see docs/performance.md.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wizard import __version__
from wizard.base import files
from wizard.checklist.model import (
    Checklist,
    Day,
    GoLiveList,
    Guide,
    Hint,
    Item,
    Link,
    Prices,
    Service,
    Session,
    Task,
)

FORMAT = b"4"
"""Part of the key of cached checklists. Change it when the same files are read into something else."""


def path_for(contents: list[bytes], step_names: list[str]) -> Path:
    """The cache file of the checklist that is read from *contents*, with the steps of other packages."""
    parts = [__version__.encode(), FORMAT, " ".join(step_names).encode(), *contents]
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    return files.cache_folder() / f"checklist-{key}.json"


def load(path: Path) -> Checklist | None:
    """The cached checklist; None if it does not exist or can't be read."""
    try:
        return _from_record(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(path: Path, checklist: Checklist) -> None:
    """Write the cache file; without effect where the home folder is read-only."""
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(checklist)), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        return


def _from_record(record: dict[str, Any]) -> Checklist:
    return Checklist(
        title=record["title"],
        hours=record["hours"],
        summary=record["summary"],
        days=tuple(_day(entry) for entry in record["days"]),
        guides={name: _guide(entry) for name, entry in record["guides"].items()},
        go_live=tuple(
            GoLiveList(entry["id"], entry["title"], entry["due"], tuple(_item(item) for item in entry["items"]))
            for entry in record["go_live"]
        ),
        links={name: Link(**entry) for name, entry in record["links"].items()},
        services={
            name: Service(**{**entry, "variables": tuple(entry["variables"])})
            for name, entry in record["services"].items()
        },
        prices=Prices(**{**record["prices"], "usage": tuple(record["prices"]["usage"])}),
    )


def _day(entry: dict[str, Any]) -> Day:
    sessions = tuple(
        Session(session["title"], session["hours"], tuple(_task(task) for task in session["tasks"]))
        for session in entry["sessions"]
    )
    return Day(entry["number"], entry["title"], entry["hours"], sessions, entry["optional"])


def _task(entry: dict[str, Any]) -> Task:
    lists = {name: tuple(entry[name]) for name in ("commands", "files", "guides", "links")}
    return Task(**{**entry, **lists, "items": tuple(_item(item) for item in entry["items"])})


def _item(entry: dict[str, Any]) -> Item:
    return Item(**{**entry, "follows": tuple(entry["follows"])})


def _guide(entry: dict[str, Any]) -> Guide:
    hints = tuple(Hint(**{**hint, "tasks": tuple(hint["tasks"])}) for hint in entry["hints"])
    return Guide(entry["id"], entry["title"], tuple(entry["tasks"]), hints)
