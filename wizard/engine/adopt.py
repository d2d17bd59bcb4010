"""`golive adopt`: take over a state that is not signed with this user's key, on the user's request.

Such a state comes from Golive 0.1, which had no signatures, or from another machine. Adopting signs the evidence, the
answers and the finished changes. It undoes and completes nothing: the changes of an interrupted task are kept as they
are. The old files are kept under other names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.base.errors import StateError
from wizard.checklist.evidence import now
from wizard.engine import adopt_records
from wizard.state import journal, state_file
from wizard.state.journal import Record

OLD_STATE, OLD_JOURNAL = "state.before-adoption.json", "journal.before-adoption.jsonl"


@dataclass(frozen=True)
class Adopted:
    """How many items have evidence now, and which tasks were interrupted and were kept as they are."""

    items: int
    left: tuple[int, ...]


def adopt(root: Path, top: Path) -> Adopted:
    """Sign the state of the project at *root*, in the repository *top*. The caller holds its lock.

    Raises:
        StateError: there is no state, it can't be read, or it names a path outside of the repository.
    """
    folder = state_file.prepare(root)
    path, book = folder / "state.json", folder / "journal.jsonl"
    content, lines = files.read(path), files.read(book, journal.LARGEST)
    if content is None and lines is None:
        raise StateError(f"There is no state in {folder}", "Golive has not run there", "Run `golive --auto`.")
    records = list(_records(lines or b"", book, root, top))
    interrupted = [batch for batch in journal.batches_of(records) if batch.interrupted]
    records += [{"kind": "left", "at": now(), "batch": batch.id, "task": batch.task} for batch in interrupted]
    for old, kept in ((content, OLD_STATE), (lines, OLD_JOURNAL)):
        if old is not None:
            files.write(folder / kept, old, mode=0o600)
    signed = b"".join(journal.line(record, number) for number, record in enumerate(records, 1))
    if lines is not None:
        files.write(book, signed, mode=0o600)
    state = _state(folder, content, path)
    state.points = {item: point.shared() for item, point in state.points.items()}  # the rest has another user's key
    state.save()
    return Adopted(len(state.evidence), tuple(sorted({batch.task for batch in interrupted})))


def _records(lines: bytes, path: Path, root: Path, top: Path) -> list[Record]:
    """The records in *lines*, signed or not, after a check of their fields and paths.

    Raises:
        StateError: one of them is invalid, or names a path outside of the repository.
    """
    found = []
    for number, text in enumerate(lines.split(b"\n")[:-1], 1):
        try:
            record = journal.parsed(text)
        except (ValueError, RecursionError):
            continue  # a damaged line is ignored, as when the journal is read
        if record is None:
            continue
        for unwanted in ("sum", "mac"):
            record.pop(unwanted, None)
        if problem := adopt_records.fault(record, root, top):
            raise StateError(f"{path}:{number} {problem}", "", "Remove the folder, and run `golive --auto` again.")
        found.append(record)
    return found


def _state(folder: Path, content: bytes | None, path: Path) -> state_file.State:
    if content is None:
        return state_file.load(folder.parent)
    try:
        record = json.loads(content)
        if int(record["version"]) <= state_file.VERSION:
            return state_file.from_record(folder, record)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise StateError(
            f"{path} is not a state file", str(error), "Remove it, then run `golive adopt` again."
        ) from error
    raise StateError(f"{path} was written by a newer Golive", "", "Upgrade Golive: `pipx upgrade django-golive`.")
