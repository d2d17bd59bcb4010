"""The append-only journal and the backups: from these two everything else can be recovered.

One JSON object a line, on disk (fsync) before the thing it announces is done and again after it:

    {"kind": "begin", "batch": "…", "task": 2, "index": 0, "temporary": false, "top": "..", "action": {…}}
    {"kind": "end", "batch": "…", "index": 0, "result": {…}}
    {"kind": "applied", "batch": "…", "task": 2}         every action of the batch has ended
    {"kind": "undoing", "batches": ["…"]}                all of them are being put back; a later run ends that
    {"kind": "undone", "batch": "…", "task": 2}
    {"kind": "left", "batch": "…", "task": 2}            half done, and changed by a person since: theirs now
    {"kind": "answer", "name": "rates.login", "answer": "4/m"}
    {"kind": "launched"}                                 the site went live
    {"kind": "evidence", "task": 2, "evidence": {…}}
    {"kind": "spent", "task": 2, "seconds": 3.2}
    {"kind": "forgotten", "backups": ["…"]}              they held secrets and are removed for good

Each ends with a signature, `"mac"`, of its number and the rest of its line (`wizard/state/signing.py`). A line that was
damaged, moved or written by somebody else is reported and never believed. A journal without any signed line is refused.
No record holds a secret. The contents of files are in `backups/`, by SHA-256, readable by the owner alone.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError, StateError, UndoError
from wizard.checklist.evidence import now
from wizard.state import signing, state_folder

Record = dict[str, Any]
NEEDED = {
    "begin": ("batch", "task", "index", "action"),
    "end": ("batch", "index", "result"),
    "applied": ("batch",),
    "undoing": ("batches",),
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
LARGEST = 256 << 20
"""Bytes of a journal; a project's has some hundred thousand."""
HASH = re.compile(r"[0-9a-f]{64}")
SIGNATURE = re.compile(rb', "mac": "([0-9a-f]{32})"\}$')


@dataclass
class JournaledAction:
    """One journaled action: what was begun, and its result once it ended."""

    index: int
    action: Record
    result: Record | None = None


@dataclass
class Batch:
    """The actions of one plan, in the order they were begun."""

    id: str
    task: int
    actions: list[JournaledAction] = field(default_factory=list)
    top: str = ""
    """Where the repository is, that the paths are relative to, as seen from the project's folder."""
    temporary: bool = False
    applied: bool = False
    undoing: bool = False
    revert: bool = False
    """Whether the person agreed to revert commits."""
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


def line(record: Record, number: int) -> bytes:
    """*record* as line *number* of a journal, counted from 1, signed."""
    body = json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")  # names of files may be any bytes
    return body[:-1] + f', "mac": "{signing.signature(body, number)}"}}\n'.encode()


def _is_signed(text: bytes, number: int) -> bool:
    """Whether line *number* is what this user's Golive wrote there."""
    found = SIGNATURE.search(text)
    return found is not None and signing.is_signed(text[: found.start()] + b"}", found[1].decode(), number)


def parsed(text: bytes) -> Record | None:
    """The record that a line holds, whoever wrote it; None for one of an unknown kind.

    Raises:
        ValueError: it holds none.
    """
    record = json.loads(text)
    kind = record.get("kind") if isinstance(record, dict) else None
    if not isinstance(kind, str) or any(name not in record for name in NEEDED.get(kind, ())):
        raise ValueError("no record")
    return record if kind in NEEDED else None


def batches_of(lines: Iterable[Record | Damaged]) -> list[Batch]:
    """The batches that the *lines* of a journal tell of, oldest first."""
    found: dict[str, Batch] = {}
    for record in lines:
        if isinstance(record, Damaged):
            for batch in found.values():
                batch.uncertain |= batch.interrupted
            continue
        kind, batch_id = record["kind"], record.get("batch", "")
        if kind == "begin":
            batch = found.setdefault(
                batch_id,
                Batch(batch_id, record["task"], top=record.get("top", ""), temporary=record.get("temporary", False)),
            )
            batch.uncertain |= record["index"] != len(batch.actions)
            batch.actions.append(JournaledAction(record["index"], record["action"]))
        elif kind == "end" and batch_id in found:
            batch = found[batch_id]
            if batch.actions[-1].index == record["index"]:
                batch.actions[-1].result = record["result"]
            else:
                batch.uncertain = True
        elif kind in {"applied", "undone", "left"} and batch_id in found:
            setattr(found[batch_id], kind, True)
        elif kind == "undoing":
            for each in record["batches"]:
                if each in found:
                    found[each].undoing, found[each].revert = True, bool(record.get("revert"))
    return list(found.values())


class Journal:
    """The journal of the state folder *folder*; one that is only *read* takes no records and keeps no backups."""

    def __init__(self, folder: Path, *, read: bool = False) -> None:
        self.path = folder / "journal.jsonl"
        self.backups = folder / "backups"
        self.read_only = read
        self._counted = (0, 0)
        """The size of the file in bytes when its lines were counted last, and how many there were."""

    def append(self, kind: str, **values: Any) -> None:
        """Add a record and see it on disk.

        Raises:
            EditError: it can't be written; what it would have announced is not done then.
        """
        if self.read_only:
            return
        try:
            self._append({"kind": kind, "at": now(), **values})
        except OSError as error:
            hint = "Make room and see that it can be written, then run again: what is half done is taken back."
            raise EditError(f"The journal {self.path} can't be written", str(error.strerror), hint) from error

    def _append(self, record: Record) -> None:
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a kill left half a line, and did nothing of it
                size = os.pread(descriptor, size, 0).rfind(b"\n") + 1
                os.ftruncate(descriptor, size)
            count = self._counted[1] if self._counted[0] == size else os.pread(descriptor, size, 0).count(b"\n")
            text = line(record, count + 1)
            if os.write(descriptor, text) != len(text):  # a disk that is nearly full takes a part
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
            self._counted = (size + len(text), count + 1)
        finally:
            os.close(descriptor)
        if is_new:
            files.sync_folder(self.path.parent)

    def _texts(self) -> list[tuple[int, bytes]]:
        try:
            content = files.read(self.path, LARGEST) or b""
        except EditError as error:
            raise StateError(error.what, error.why, error.hint) from error
        return list(enumerate(content.split(b"\n")[:-1], 1))

    def check(self) -> None:
        """See that it is this user's, by its first line that is whole.

        Raises:
            StateError: it can't be read, or not one of its lines is signed by this user on this machine.
        """
        texts = self._texts()
        if texts and not any(_is_signed(text, number) for number, text in texts):
            raise state_folder.unsigned(self.path)

    def lines(self) -> Iterator[Record | Damaged]:
        """All records in order, and in between the lines that are none; half a line at the end is nothing.

        Raises:
            StateError: it can't be read, or not one of its lines is signed by this user on this machine.
        """
        self.check()
        for number, text in self._texts():
            try:
                record = parsed(text) if _is_signed(text, number) else Damaged(number)
            except (ValueError, RecursionError):
                record = Damaged(number)
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
        return batches_of(self.lines())

    def forgotten(self) -> set[str]:
        """The names of the backups that were removed on purpose."""
        return {name for record in self.records() if record["kind"] == "forgotten" for name in record["backups"]}

    def back_up(self, content: bytes | None) -> str | None:
        """Back up *content*; returns its hash, by which `read_backup` finds it again."""
        name = files.digest(content)
        if content is None or name is None or self.read_only:
            return name
        target = self.backup_path(name)
        try:
            files.make_folder(self.backups, mode=0o700)
        except OSError as error:
            raise EditError(f"{self.backups} can't be made", str(error.strerror), "Check the disk.") from error
        if files.digest_of(target) != name:  # one that a power cut left empty is written again
            files.write(target, content, mode=0o600)
        return name

    def backup_path(self, name: str) -> Path:
        """Where the content with the SHA-256 *name* is backed up.

        Raises:
            UndoError: it is the name of none.
        """
        if not HASH.fullmatch(name):
            raise UndoError(f"{name[:80]} is the name of no backup", "the journal should hold a SHA-256 there")
        return self.backups / name

    def read_backup(self, name: str | None) -> bytes | None:
        """The content backed up under *name*.

        Raises:
            UndoError: the backup is gone or was changed.
        """
        if name is None:
            return None
        content = files.read(self.backup_path(name), None)
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
