"""The append-only journal and the backups: from these two everything else can be recovered.

One JSON object a line, on disk (fsync) before the thing it announces is done and again after it:

    {"kind": "begin", "batch": "…", "task": 2, "index": 0, "temporary": false, "action": {…}}
    {"kind": "end", "batch": "…", "index": 0, "result": {…}}
    {"kind": "applied", "batch": "…", "task": 2}         every action of the batch has ended
    {"kind": "undoing", "batch": "…", "task": 2}         it is being put back; a later run ends that
    {"kind": "undone", "batch": "…", "task": 2}
    {"kind": "left", "batch": "…", "task": 2}            half done, and changed by a person since: theirs now
    {"kind": "answer", "name": "rates.login", "answer": "4/m"}
    {"kind": "launched"}                                 the site went live
    {"kind": "evidence", "task": 2, "evidence": {…}}
    {"kind": "spent", "task": 2, "seconds": 3.2}
    {"kind": "forgotten", "backups": ["…"]}              they held secrets and are removed for good

Each ends with a checksum, `"sum"`, of the rest of its line: a line that was damaged later is told and never believed.
No record holds a secret; the contents of files are in `backups/`, by SHA-256, readable by the owner alone.
"""

from __future__ import annotations

import errno
import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard import files
from wizard.errors import EditError, StateError, UndoError
from wizard.evidence import now

Record = dict[str, Any]
NEEDED = {
    "begin": ("batch", "task", "index", "action"),
    "end": ("batch", "index", "result"),
    "applied": ("batch",),
    "undoing": ("batch",),
    "undone": ("batch", "task"),
    "left": ("batch",),
    "answer": ("name", "answer"),
    "fact": ("name", "fact"),
    "launched": ("at",),
    "evidence": ("task", "evidence"),
    "spent": ("task", "seconds"),
    "forgotten": ("backups",),
}
"""What a record of each kind can't be without; kinds that a newer Golive adds are left out."""
SUM = re.compile(rb', "sum": "([0-9a-f]{8})"\}$')


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
    left: bool = False
    uncertain: bool = False
    """Whether a record of it may be among the damaged lines; it is then taken back only when a person says so."""

    @property
    def interrupted(self) -> bool:
        """Whether it must not stay as it is: half done, half put back, or only meant for a moment."""
        return not (self.undone or self.left) and (self.temporary or self.undoing or not self.applied)


@dataclass(frozen=True)
class Damaged:
    """A line, counted from 1, that isn't what was written there."""

    line: int


def _line(record: Record) -> bytes:
    body = json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")  # names of files may be any bytes
    return body[:-1] + f', "sum": "{zlib.crc32(body):08x}"}}\n'.encode()


def _read(line: bytes, *, summed: bool) -> Record | None:
    """The record on *line*; None for none. Version 1 wrote no checksums: it is believed before the first of them.

    Raises:
        ValueError: it isn't what was written there.
    """
    found = SUM.search(line)
    if summed and not found:
        raise ValueError("no checksum")
    if found and zlib.crc32(line[: found.start()] + b"}") != int(found[1], 16):
        raise ValueError("checksum")
    record = json.loads(line)
    kind = record.get("kind") if isinstance(record, dict) else None
    if not isinstance(kind, str) or any(name not in record for name in NEEDED.get(kind, ())):
        raise ValueError("no record")
    return record if kind in NEEDED else None


class Journal:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"
        self.backups = folder / "backups"

    def append(self, kind: str, **values: Any) -> None:
        """Add a record and see it on disk.

        Raises:
            EditError: it can't be written; what it would have announced is not done then.
        """
        try:
            self._append(_line({"kind": kind, "at": now(), **values}))
        except OSError as error:
            hint = "Make room and see that it can be written, then run again: what is half done is taken back."
            raise EditError(f"The journal {self.path} can't be written", str(error.strerror), hint) from error

    def _append(self, line: bytes) -> None:
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a kill left half a line, and did nothing of it
                os.ftruncate(descriptor, os.pread(descriptor, size, 0).rfind(b"\n") + 1)
            if os.write(descriptor, line) != len(line):  # a disk that is nearly full takes a part
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            files.sync_folder(self.path.parent)

    def lines(self) -> Iterator[Record | Damaged]:
        """All records in order, and in between the lines that are none; half a line at the end is nothing."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise StateError(f"{self.path} can't be read", str(error.strerror), "Check its permissions.") from error
        summed = False
        for number, line in enumerate(lines[:-1], 1):
            before, summed = summed, summed or b'"sum": ' in line
            try:
                record = _read(line, summed=before) if line else None
            except (ValueError, RecursionError):  # flipped bits make any text
                yield Damaged(number)
                continue
            if record:
                yield record

    def records(self) -> Iterator[Record]:
        """All records that are whole."""
        return (each for each in self.lines() if isinstance(each, dict))

    def damaged(self) -> list[int]:
        """The numbers of the lines that are not what was written there."""
        return [each.line for each in self.lines() if isinstance(each, Damaged)]

    def batches(self) -> list[Batch]:
        """Every plan ever begun, oldest first."""
        found: dict[str, Batch] = {}
        for record in self.lines():
            if isinstance(record, Damaged):
                for batch in found.values():
                    batch.uncertain |= batch.interrupted
                continue
            kind, batch_id = record["kind"], record.get("batch", "")
            if kind == "begin":
                batch = found.setdefault(
                    batch_id, Batch(batch_id, record["task"], temporary=record.get("temporary", False))
                )
                batch.uncertain |= record["index"] != len(batch.steps)
                batch.steps.append(Step(record["index"], record["action"]))
            elif kind == "end" and batch_id in found:
                batch = found[batch_id]
                if batch.steps[-1].index == record["index"]:
                    batch.steps[-1].result = record["result"]
                else:
                    batch.uncertain = True
            elif kind in {"applied", "undoing", "undone", "left"} and batch_id in found:
                setattr(found[batch_id], kind, True)
        return list(found.values())

    def forgotten(self) -> set[str]:
        """The names of the backups that were removed on purpose."""
        return {name for record in self.records() if record["kind"] == "forgotten" for name in record["backups"]}

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
            if name in self.forgotten():
                raise UndoError(
                    f"The old content {name[:12]} held secrets",
                    "`golive forget` removed it",
                    "Take the change back by hand, or with git.",
                )
            raise UndoError(
                f"The backup {name[:12]} is missing or damaged", "", "Restore .golive/backups from where it went."
            )
        return content
