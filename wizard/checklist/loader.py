"""Load the checklist: checklist.yaml, the overlays of plug-ins, and the project's golive.yaml."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wizard import __version__
from wizard.base import files
from wizard.base.errors import ChecklistError
from wizard.base.git import repository
from wizard.checklist import plugins
from wizard.checklist.model import (
    OVERLAY,
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

CACHE_FORMAT = b"2"
"""Part of the key of cached checklists. It changes whenever the same files are read differently."""


def bundled() -> Path:
    """Where checklist.yaml is: inside the installed package, or at the top of a source checkout."""
    here = Path(__file__).parents[1]
    installed = here / "bundled" / "checklist.yaml"
    return installed if installed.is_file() else here.parent / "checklist.yaml"


def load(project_root: Path | None = None, path: Path | None = None) -> Checklist:
    """Read the checklist, with the project's overlay if it has one.

    Reading YAML costs more than all the rest of a `golive status`; the checked result is kept by content hash.

    Raises:
        ChecklistError: a file is wrong; names file, line, what was found and what was expected.
        EditError: golive.yaml is not a regular file, or can't be read.
    """
    paths = [path or bundled(), *plugins.overlays()]
    contents = [files.read(each) or b"" for each in paths]
    if project_root and (content := files.read(overlay := project_root / OVERLAY)) is not None:
        if overlay.is_symlink() and not files.inside(overlay, repository(project_root)):
            raise ChecklistError(f"{overlay} is a link out of the repository", f"it leads to {overlay.resolve()}",
                                 "Put a file of its own there.")  # fmt: skip
        paths.append(overlay)
        contents.append(content)
    brought = " ".join(plugins.steps())
    key = hashlib.sha256(b"\0".join([__version__.encode(), CACHE_FORMAT, brought.encode(), *contents])).hexdigest()[:32]
    kept = files.cache_folder() / f"checklist-{key}.json"
    try:
        return _from_record(json.loads(kept.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    from wizard.checklist.reader import read

    checklist = read(list(zip(paths, contents, strict=True)))
    _keep(kept, checklist)
    return checklist


def _keep(kept: Path, checklist: Checklist) -> None:
    temporary = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(checklist)), encoding="utf-8")
        temporary.replace(kept)
    except OSError:  # a read-only home only costs the speed
        return


def _from_record(record: dict[str, Any]) -> Checklist:
    def item(entry: dict[str, Any]) -> Item:
        return Item(**{**entry, "follows": tuple(entry["follows"])})

    def task(entry: dict[str, Any]) -> Task:
        lists = {name: tuple(entry[name]) for name in ("commands", "files", "guides", "links")}
        return Task(**{**entry, **lists, "items": tuple(item(each) for each in entry["items"])})

    def session(entry: dict[str, Any]) -> Session:
        return Session(entry["title"], entry["hours"], tuple(task(each) for each in entry["tasks"]))

    def day(entry: dict[str, Any]) -> Day:
        sessions = tuple(session(each) for each in entry["sessions"])
        return Day(entry["number"], entry["title"], entry["hours"], sessions)

    def guide(entry: dict[str, Any]) -> Guide:
        hints = tuple(Hint(**{**each, "tasks": tuple(each["tasks"])}) for each in entry["hints"])
        return Guide(entry["id"], entry["title"], tuple(entry["tasks"]), hints)

    return Checklist(
        title=record["title"],
        hours=record["hours"],
        summary=record["summary"],
        days=tuple(day(each) for each in record["days"]),
        guides={name: guide(each) for name, each in record["guides"].items()},
        go_live=tuple(
            GoLiveList(each["id"], each["title"], each["due"], tuple(item(entry) for entry in each["items"]))
            for each in record["go_live"]
        ),
        links={name: Link(**each) for name, each in record["links"].items()},
        services={
            name: Service(**{**each, "variables": tuple(each["variables"])})
            for name, each in record["services"].items()
        },
        prices=Prices(**{**record["prices"], "usage": tuple(record["prices"]["usage"])}),
    )
