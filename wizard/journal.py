"""The append-only journal and the backups: from these two everything else can be recovered.

One JSON object a line, on disk (fsync) before the thing it announces is done and again after it:

    {"kind": "begin", "batch": "…", "task": 2, "index": 0, "temporary": false, "action": {…}}
    {"kind": "end", "batch": "…", "index": 0, "result": {…}}
    {"kind": "applied", "batch": "…", "task": 2}         every action of the batch has ended
    {"kind": "undoing", "batch": "…", "task": 2}         it is being put back; a later run ends that
    {"kind": "undone", "batch": "…", "task": 2}
    {"kind": "answer", "name": "rates.login", "answer": "4/m"}
    {"kind": "launched"}                                 the site went live
    {"kind": "evidence", "task": 2, "evidence": {…}}

No record holds a secret; the contents of files are in `backups/`, by SHA-256, readable by the owner alone.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard import files
from wizard.errors import EditError, UndoError
from wizard.evidence import now

Record = dict[str, Any]


@dataclass
class Step:
    """One journaled action: what was begun, and its result once it ended."""

    index: int
    action: Record
    result: Record | None = None


@dataclass
class Batch:
    """The actions of one plan, in the order they were begun."""

    id: str
    task: int
    steps: list[Step] = field(default_factory=list)
    temporary: bool = False
    applied: bool = False
    undoing: bool = False
    undone: bool = False

    @property
    def interrupted(self) -> bool:
        """Whether it must not stay as it is: half done, half put back, or only meant for a moment."""
        return not self.undone and (self.temporary or self.undoing or not self.applied)


class Journal:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"
        self.backups = folder / "backups"

    def append(self, kind: str, **values: Any) -> None:
        """Add a record and see it on disk.

        Raises:
            EditError: it can't be written; what it would have announced is not done then.
        """
        line = json.dumps({"kind": kind, "at": now(), **values}, ensure_ascii=False) + "\n"
        try:
            self._append(line.encode())
        except OSError as error:
            hint = "Make room and see that it can be written, then run again: what is half done is taken back."
            raise EditError(f"The journal {self.path} can't be written", str(error.strerror), hint) from error

    def _append(self, line: bytes) -> None:
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a kill left half a line
                line = b"\n" + line
            if os.write(descriptor, line) != len(line):  # a disk that is nearly full takes a part
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            files.sync_folder(self.path.parent)

    def records(self) -> Iterator[Record]:
        """All records that are whole; a line cut by a kill is none."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record

    def batches(self) -> list[Batch]:
        """Every plan ever begun, oldest first."""
        found: dict[str, Batch] = {}
        for record in self.records():
            kind, batch_id = record["kind"], record.get("batch", "")
            if kind == "begin":
                batch = found.setdefault(
                    batch_id, Batch(batch_id, record["task"], temporary=record.get("temporary", False))
                )
                batch.steps.append(Step(record["index"], record["action"]))
            elif kind == "end" and batch_id in found:
                found[batch_id].steps[-1].result = record["result"]
            elif kind in {"applied", "undoing", "undone"} and batch_id in found:
                setattr(found[batch_id], kind, True)
        return list(found.values())

    def keep(self, content: bytes | None) -> str | None:
        """Back up *content*; returns its hash, by which `kept` finds it again."""
        name = files.digest(content)
        if content is None or name is None:
            return None
        target = self.backups / name
        try:
            files.make_folder(self.backups, mode=0o700)
        except OSError as error:
            raise EditError(f"{self.backups} can't be made", str(error.strerror), "Check the disk.") from error
        if files.digest(files.read(target)) != name:  # one that a power cut left empty is written again
            files.write(target, content, mode=0o600)
        return name

    def kept(self, name: str | None) -> bytes | None:
        """The content backed up under *name*.

        Raises:
            UndoError: the backup is gone or was changed.
        """
        if name is None:
            return None
        content = files.read(self.backups / name)
        if files.digest(content) != name:
            raise UndoError(
                f"The backup {name[:12]} is missing or damaged", "", "Restore .golive/backups from where it went."
            )
        return content
