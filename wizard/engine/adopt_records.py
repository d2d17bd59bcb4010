"""Check records that this user did not sign: their fields' types, and that no path is outside of the repository."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.engine.actions.registry import EXECUTORS
from wizard.state.journal import HASH, Record

Shape = Callable[[Any], bool]
ENTRY = re.compile(r"[0-7]{6},[0-9a-f]{40,64},[^\0]+", re.DOTALL)
COMMIT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})?")


def _text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _hash(value: Any) -> bool:
    return value is None or (isinstance(value, str) and HASH.fullmatch(value) is not None)


def _list_of(shape: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(map(shape, value))


def _map_of(shape: Shape) -> Shape:
    return lambda value: isinstance(value, dict) and all(map(_text, value)) and all(map(shape, value.values()))


def _output(value: Any) -> bool:
    return isinstance(value, dict) and not _invalid_field(value, OUTPUT, ("path", "existed", "files"))


def _commit(value: Any) -> bool:
    return isinstance(value, str) and COMMIT.fullmatch(value) is not None


OUTPUT: dict[str, Shape] = {"path": _text, "existed": _flag, "files": _map_of(_hash), "links": _map_of(_text)}
RECORD: dict[str, Shape] = {
    "kind": _text, "at": _text, "batch": _text, "task": _whole, "index": _whole, "temporary": _flag, "top": _text,
    "revert": _flag, "batches": _list_of(_text), "name": _text, "answer": _text, "fact": _text,
    "backups": _list_of(_hash), "seconds": lambda value: isinstance(value, int | float) and 0 <= value < 1e9,
    "evidence": lambda value: isinstance(value, dict) and all(map(_text, value.values())),
    "action": lambda value: isinstance(value, dict), "result": lambda value: isinstance(value, dict),
}  # fmt: skip
ACTION: dict[str, Shape] = {
    "path": _text, "after": _hash, "mode": lambda value: value is None or (_whole(value) and value <= 0o7777),
    "existed": _flag, "secret": _flag, "outputs": _list_of(_output),
    "packages": _list_of(_text), "paths": _list_of(_text),
    "index": _list_of(lambda value: isinstance(value, str) and ENTRY.fullmatch(value) is not None), "head": _commit,
    "service": _text, "part": _text, "made": _list_of(_text), "branch": _text, "subject": _text,
    "environment": _map_of(_text), "before": lambda value: _hash(value) or _map_of(_text)(value),
}  # fmt: skip
RESULT: dict[str, Shape] = {
    "left": _flag, "commit": _commit, "after": _map_of(_text), "removed": _list_of(_text),
    "made": _map_of(lambda value: value is None or _text(value)),
}  # fmt: skip


def fault(record: Record, root: Path, top: Path) -> str:
    """The problem of *record*, of the project at *root* in the repository *top*; empty if it is valid."""
    if name := _invalid_field(record, RECORD, ()):
        return f"has no valid {name!r}"
    action, result = record.get("action", {}), record.get("result", {})
    kind = str(action.get("kind"))
    executor = EXECUTORS.get(kind)
    if action and executor is None:
        return f"has an action of the unknown kind {kind!r}"
    required = executor.required if executor else ()
    if name := _invalid_field(action, ACTION, required) or _invalid_field(result, RESULT, ()):
        return f"has no valid {name!r}"
    if "before" in action and isinstance(action["before"], dict) is not (kind == "InstallPackages"):
        return "has no valid 'before'"
    if (root / record.get("top", ".")).resolve() not in {root.resolve(), top.resolve()}:
        return f"names a path outside of the repository: {record['top']}"
    outside = next((name for name in _paths(action, result) if not _is_inside(name, top)), None)
    return f"names a path outside of the repository: {outside}" if outside is not None else ""


def _invalid_field(fields: dict[str, Any], shapes: dict[str, Shape], needed: tuple[str, ...]) -> str:
    """The name of a field that is missing or has the wrong type; empty for none."""
    missing = next((name for name in needed if name not in fields), "")
    return missing or next((name for name, value in fields.items() if name in shapes and not shapes[name](value)), "")


def _paths(action: dict[str, Any], result: dict[str, Any]) -> list[str]:
    found = [action.get("path", "."), *action.get("made", ()), *action.get("paths", ())]
    found += [entry.split(",", 2)[2] for entry in action.get("index", ())]
    for output in action.get("outputs", ()):
        found += [output["path"], *output["files"], *output.get("links", ())]
    return [*found, *result.get("made", ())]


def _is_inside(name: str, top: Path) -> bool:
    return not Path(name).is_absolute() and files.inside(top / name, top)
