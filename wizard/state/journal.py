"""The append-only journal and the backups. Everything else can be recovered from these two.

One JSON object per line. Records reach the disk (fsync) before an action is done, and again after it:

    {"kind": "begin", "batch": "…", "task": 2, "index": 0, "temporary": false, "top": "..", "action": {…}}
    {"kind": "end", "batch": "…", "index": 0, "result": {…}}
    {"kind": "applied", "batch": "…", "task": 2}         every action of the batch has ended
    {"kind": "undoing", "batches": ["…"]}                their undo was begun; a later run completes it
    {"kind": "undone", "batch": "…", "task": 2}           without a batch if the task had changed nothing
    {"kind": "left", "batch": "…", "task": 2}            interrupted, then changed by the user: kept as it is
    {"kind": "answer", "name": "rates.login", "answer": "4/m"}
    {"kind": "fact", "name": "railway.host", "fact": "…"} a name or id of what Golive created at a service
    {"kind": "launched"}                                 the site went live
    {"kind": "launch revoked"}                           it did not: the user took the launch back
    {"kind": "evidence", "task": 2, "evidence": {…}}
    {"kind": "spent", "task": 2, "seconds": 3.2}
    {"kind": "forgotten", "backups": ["…"]}              they held secrets and were removed

Each line ends with a signature, `"mac"`, of its number and its other fields (`wizard/state/signing.py`). Lines that
were damaged, moved or written by others are reported and ignored. A journal without any signed line is refused.
No record holds a secret. The contents of files are in `backups/`, by SHA-256, readable by the owner only.
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
    "launch revoked": (),
    "evidence": ("task", "evidence"),
    "spent": ("task", "seconds"),
    "forgotten": ("backups",),
}
"""The required fields of each kind of record. Kinds that a newer Golive adds are ignored."""
LARGEST = 256 << 20
"""The size limit of a journal in bytes. A typical project needs a few hundred thousand."""
HASH = re.compile(r"[0-9a-f]{64}")
SIGNATURE = re.compile(rb', "mac": "([0-9a-f]{32})"\}$')


@dataclass
class JournaledAction:
    """One journaled action: what was begun, and its result if it has ended."""

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
    """The top of the repository relative to the project's folder. Paths in the records are relative to the top."""
    temporary: bool = False
    applied: bool = False
    undoing: bool = False
    revert: bool = False
    """Whether the user agreed to revert commits."""
    undone: bool = False
    left: bool = False
    uncertain: bool = False
    """Whether one of its records may be among the damaged lines. It is then undone only on request."""

    @property
    def interrupted(self) -> bool:
        """Whether it has to be undone: unfinished, its undo is unfinished, or it was temporary."""
        return not (self.undone or self.left) and (self.temporary or self.undoing or not self.applied)


@dataclass(frozen=True)
class Damaged:
    """A line, counted from 1, without a valid signature or record."""

    line: int


def line(record: Record, number: int) -> bytes:
    """*record* as line *number* of a journal, counted from 1, signed."""
    body = json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")  # file names may be any bytes
    return body[:-1] + f', "mac": "{signing.signature(body, number)}"}}\n'.encode()


def _is_signed(text: bytes, number: int) -> bool:
    """Whether this user's Golive wrote *text* as line *number*."""
    found = SIGNATURE.search(text)
    return found is not None and signing.is_signed(text[: found.start()] + b"}", found[1].decode(), number)


def parsed(text: bytes) -> Record | None:
    """The record in a line, signed or not; None for one of an unknown kind.

    Raises:
        ValueError: the line is not a record.
    """
    record = json.loads(text)
    kind = record.get("kind") if isinstance(record, dict) else None
    if not isinstance(kind, str) or any(name not in record for name in NEEDED.get(kind, ())):
        raise ValueError("not a record")
    return record if kind in NEEDED else None


def batches_of(lines: Iterable[Record | Damaged]) -> list[Batch]:
    """The batches in the *lines* of a journal, oldest first."""
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
            for undone_id in record["batches"]:
                if undone_id in found:
                    found[undone_id].undoing, found[undone_id].revert = True, bool(record.get("revert"))
    return list(found.values())


class Journal:
    """The journal in the state folder *folder*. If it is *read_only*, nothing is appended or backed up."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.path = folder / "journal.jsonl"
        self.backups = folder / "backups"
        self.read_only = read_only
        self._counted = (0, 0)
        """The size of the file in bytes when its lines were last counted, and their number."""
        self._batches: tuple[object, list[Batch]] = (None, [])
        """The version of the file that was last read, and its batches."""

    def append(self, kind: str, **values: Any) -> None:
        """Append a record and sync it to the disk.

        Raises:
            EditError: it can't be written. The caller must not do what it announces.
        """
        if self.read_only:
            return
        try:
            self._append({"kind": kind, "at": now(), **values})
        except OSError as error:
            hint = "Free disk space and make it writable, then run again. Unfinished changes are rolled back."
            raise EditError(f"The journal {self.path} can't be written", str(error.strerror), hint) from error

    def _append(self, record: Record) -> None:
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # an incomplete line of a killed run
                size = os.pread(descriptor, size, 0).rfind(b"\n") + 1
                os.ftruncate(descriptor, size)
            count = self._counted[1] if self._counted[0] == size else os.pread(descriptor, size, 0).count(b"\n")
            text = line(record, count + 1)
            if os.write(descriptor, text) != len(text):  # the disk is full
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
        """Check that this user wrote it: at least one of its lines is signed.

        Raises:
            StateError: it can't be read, or none of its lines is signed by this user on this machine.
        """
        self._require_signature(self._texts())

    def _require_signature(self, texts: list[tuple[int, bytes]]) -> None:
        if texts and not any(_is_signed(text, number) for number, text in texts):
            raise state_folder.unsigned(self.path)

    def lines(self) -> Iterator[Record | Damaged]:
        """All records and damaged lines in order. An incomplete line at the end is ignored.

        Raises:
            StateError: it can't be read, or none of its lines is signed by this user on this machine.
        """
        texts = self._texts()
        self._require_signature(texts)
        for number, text in texts:
            try:
                record = parsed(text) if _is_signed(text, number) else Damaged(number)
            except (ValueError, RecursionError):
                record = Damaged(number)
            if record:
                yield record

    def records(self) -> Iterator[Record]:
        """All valid records."""
        return (line for line in self.lines() if isinstance(line, dict))

    def damaged(self) -> list[int]:
        """The numbers of the damaged lines."""
        return [line.line for line in self.lines() if isinstance(line, Damaged)]

    def batches(self) -> list[Batch]:
        """Every batch that was ever begun, oldest first. Read-only: the file is read again only after it changed."""
        version = self._version()
        if version is None or version != self._batches[0]:
            self._batches = (version, batches_of(self.lines()))
        return list(self._batches[1])

    def undone_together(self, batches: Iterable[Batch]) -> list[Batch]:
        """All batches of the undos that *batches* are part of, oldest first."""
        ids = {batch.id for batch in batches}
        for record in self.records():
            if record["kind"] == "undoing" and not ids.isdisjoint(record["batches"]):
                ids |= set(record["batches"])
        return [batch for batch in self.batches() if batch.id in ids]

    def _version(self) -> object:
        """What changes whenever the file or the key that verifies it changes; None without a file."""
        try:
            status = self.path.lstat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns, signing.key_file()

    def forgotten(self) -> set[str]:
        """The names of the backups that `golive forget` removed."""
        return {name for record in self.records() if record["kind"] == "forgotten" for name in record["backups"]}

    def back_up(self, content: bytes | None) -> str | None:
        """Back up *content*. Return its hash, which is the backup's name."""
        name = files.digest(content)
        if content is None or name is None or self.read_only:
            return name
        target = self.backup_path(name)
        try:
            files.make_folder(self.backups, mode=0o700)
        except OSError as error:
            raise EditError(f"{self.backups} can't be created", str(error.strerror), "Check the disk.") from error
        if files.digest_of(target) != name:  # missing, or incomplete after a power cut
            files.write(target, content, mode=0o600)
        return name

    def backup_path(self, name: str) -> Path:
        """The path of the backup *name*, a SHA-256.

        Raises:
            UndoError: *name* is not a SHA-256.
        """
        if not HASH.fullmatch(name):
            raise UndoError(f"{name[:80]} is not the name of a backup", "the journal should have a SHA-256 there")
        return self.backups / name

    def read_backup(self, name: str | None) -> bytes | None:
        """The content of the backup *name*; None for no name.

        Raises:
            UndoError: the backup is missing or damaged.
        """
        if name is None:
            return None
        content = files.read(self.backup_path(name), None)
        if files.digest(content) != name:
            if name in self.forgotten():
                raise UndoError(
                    f"The old content {name[:12]} held secrets",
                    "`golive forget` removed it",
                    "Undo the change by hand, or with git.",
                )
            raise UndoError(
                f"The backup {name[:12]} is missing or damaged", "", "Restore .golive/backups from your own backup."
            )
        return content
