"""The last failure of each task with its diagnosis. It is kept, so that a later session still shows what to do."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError
from wizard.base.secrets import redact
from wizard.checklist.model import Checklist, Task
from wizard.diagnosis.cause import Cause
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFailed
from wizard.state.state_file import folder_of


def keep(root: Path, failure: TaskFailed) -> None:
    """Keep *failure* in the state folder of the project in *root*, instead of an older one of its task."""
    record = {
        "error": redact(failure.error),
        "cause": failure.cause.as_record() if failure.cause else None,
        "diagnoses": [{**each.as_record(), "related": each.related} for each in failure.diagnoses],
    }
    with suppress(EditError):  # the failure itself is reported anyway, even on a full disk
        files.write(_path(root, failure.task), json.dumps(record).encode(), mode=0o600)


def forget(root: Path, task: Task) -> None:
    """Remove the failure of *task*, which has succeeded."""
    _path(root, task).unlink(missing_ok=True)


def load(root: Path, checklist: Checklist, task: Task) -> TaskFailed | None:
    """The last failure of *task*. None if it did not fail, or if the file is not what Golive writes."""
    try:
        record = json.loads(files.read(_path(root, task)) or b"null")
        if record is None:
            return None
        cause = Cause(**{name: str(text) for name, text in record["cause"].items()}) if record["cause"] else None
        diagnoses = tuple(found for each in record["diagnoses"] if (found := _diagnosis(checklist, task, each)))
        return TaskFailed(task, str(record["error"]), diagnoses, cause)
    except (EditError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _diagnosis(checklist: Checklist, task: Task, record: dict[str, Any]) -> Diagnosis | None:
    """The diagnosis in *record*. None if the checklist no longer has its hint."""
    for guide in checklist.guides_for(task):
        for hint in guide.hints:
            if (guide.id, hint.text) == (record["guide"], record["hint"]):
                confirmed = record["confirmed"]
                seen, related = str(record["seen"]), bool(record["related"])
                fitting = replace(hint, fix=str(record["fix"]))  # some findings have a fix of their own
                return Diagnosis(guide, fitting, confirmed if confirmed is None else bool(confirmed), seen, related)
    return None


def _path(root: Path, task: Task) -> Path:
    return folder_of(root) / "runs" / f"failure-{task.number}.json"
