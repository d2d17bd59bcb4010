"""The report as JSON, and the evidence that such a report holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError, UsageError
from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.checklist.evidence import Evidence, now
from wizard.checklist.model import Checklist, GoLiveList, Item, Task
from wizard.engine.events import NotChecked
from wizard.reporting.go_live import due, standings
from wizard.reporting.report_data import recorded_changes
from wizard.state import generated_items, tick_points
from wizard.state.generated_items import Generated
from wizard.state.state_file import State
from wizard.state.tick_points import TickPoint
from wizard.targets.site_traffic import wanted_hosts


def render(root: Path, checklist: Checklist, state: State, errors: Sequence[NotChecked] = ()) -> str:
    report = {
        "v": 1,
        "project": str(root),
        "at": now(),
        "tasks": [_task(task, state) for task in checklist.tasks.values()],
        "go_live": [_list(section, state) for section in checklist.go_live],
        "wanted_hosts": [
            {"host": redact(host), "port": port, "where": redact(where)}
            for host, port, where in wanted_hosts(state.facts)
        ],
        "not_checked": [_not_checked(error) for error in errors],
        "points": tick_points.as_records({item: point.shared() for item, point in state.points.items()}),
        "changes": [
            {"task": change.task, "file": change.name, "diff": change.diff} for change in recorded_changes(root)
        ],
    }
    return harmless(json.dumps(report, indent=1, ensure_ascii=False)) + "\n"


def _task(task: Task, state: State) -> dict[str, Any]:
    return {
        "number": task.number,
        "title": task.title,
        "status": state.task_status(task),
        "optional": task.optional,
        "minutes": task.minutes,
        "seconds": state.spent.get(str(task.number)),
        "items": [_item(item, state) for item in task.items],
    }


def _item(item: Item, state: State) -> dict[str, Any]:
    record = {"id": item.id, "text": item.text, "status": state.status(item.id)}
    if generated := generated_items.stored(state.facts).get(item.id):
        record["resource"] = generated.resource
    evidence = state.evidence.get(item.id)
    return record | ({"evidence": evidence.as_record()} if evidence else {})


def _list(section: GoLiveList, state: State) -> dict[str, Any]:
    items = [
        {"id": standing.item.id, "status": standing.status, "by": redact(standing.reason)}
        for standing in standings(section, state)
    ]
    return {"list": section.id, "due": due(section, state), "items": items}


def _not_checked(error: NotChecked) -> dict[str, Any]:
    texts = {name: redact(getattr(error, name)) for name in ("what", "why", "hint", "where")}
    return {"tasks": [task.number for task in error.tasks], "items": [item.id for item in error.items], **texts}


def read_ticked(path: Path) -> tuple[list[Evidence], dict[str, TickPoint], dict[str, Generated]]:
    """Read the evidence in the JSON report at *path*, what the project consisted of when each item was ticked, and the
    items that were generated for the project's own resources.

    Raises:
        UsageError: it can't be read, or is not such a report.
    """
    try:
        content = files.read(path)
        if content is None:
            raise UsageError(f"Can't read the report {path}", "the file does not exist", "Check --ticked.")
        report = json.loads(content)
        tasks = report["tasks"]
        items = [item for task in tasks for item in task["items"]]
        ticked = [_evidence(item["evidence"]) for item in items if "evidence" in item]
        return ticked, tick_points.from_records(report.get("points", [])), _generated(items)
    except EditError as error:
        raise UsageError(f"The report {error.what}", error.why, "Check --ticked.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        hint = "Create one with `golive report --format json`."
        raise UsageError(f"{path} is not a Golive report", f"{type(error).__name__}: {error}", hint) from error


def _generated(items: list[dict[str, Any]]) -> dict[str, Generated]:
    found = {str(item["id"]): Generated.of(item["resource"], item["text"]) for item in items if "resource" in item}
    return {name: each for name, each in found.items() if each and generated_items.ID.fullmatch(name)}


def _evidence(record: Any) -> Evidence:
    """Build the evidence from a *record* of unknown origin; TypeError if one of its values is not a string."""
    if wrong := [value for value in record.values() if not isinstance(value, str)]:
        raise TypeError(f"evidence is not a string: {str(wrong[0])[:80]}")
    return Evidence.from_record(record)
