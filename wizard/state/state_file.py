"""`.golive/state.json`: the progress of the project. Versioned, signed, and rebuilt from the journal if damaged.

Versions 1 and 2 had no signature and are refused. `golive adopt` takes them over.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.base import files
from wizard.base.errors import StateError
from wizard.checklist.evidence import Evidence, Status, worst
from wizard.checklist.model import Task
from wizard.state import signing, state_folder, tick_points
from wizard.state.state_folder import FOLDER, folder_of
from wizard.state.tick_points import TickPoint

if TYPE_CHECKING:
    from wizard.state.journal import Journal

VERSION = 3
SETTLED = {Status.DONE, Status.WAIVED, Status.REHEARSED}
__all__ = ["FOLDER", "SETTLED", "VERSION", "Facts", "State", "folder_of", "from_record", "load", "prepare"]


@dataclass
class State:
    """The evidence of each item, the current task, and the fingerprint of the files that the evidence is about.

    *spent* has the seconds that each task took, by its number. *launched* is when the site went live (ISO 8601).
    *facts* are names and ids of what Golive created at services, never secrets. A *read_only* state is never saved.
    """

    folder: Path
    evidence: dict[str, Evidence] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    position: int = 1
    fingerprint: str = ""
    spent: dict[str, float] = field(default_factory=dict)
    launched: str = ""
    points: dict[str, TickPoint] = field(default_factory=dict)
    """What the project consisted of when each item was ticked."""
    rebuilt: bool = False
    read_only: bool = False
    damaged: bytes | None = None
    """The content of a damaged state.json. It is kept in another file when the state is saved."""

    def status(self, item: str) -> Status:
        found = self.evidence.get(item)
        return found.status if found else Status.OPEN

    @property
    def started(self) -> bool:
        """Whether any task was run or checked."""
        return bool(self.evidence) or self.position > 1

    def task_status(self, task: Task) -> Status:
        """The worst status among the items of *task*. Skipped items count as done."""
        return worst({self.status(item.id) for item in task.items})

    def settled_count(self, task: Task) -> int:
        """How many items of *task* are done, rehearsed or skipped."""
        return sum(self.status(item.id) in SETTLED for item in task.items)

    def applicable_count(self, task: Task) -> int:
        """How many items of *task* apply to the project."""
        return sum(self.status(item.id) is not Status.NOT_APPLICABLE for item in task.items)

    def is_complete(self, task: Task) -> bool:
        """Whether every item of *task* that applies is done, rehearsed or skipped."""
        return self.settled_count(task) == self.applicable_count(task)

    def undone(self, tasks: Iterable[int]) -> None:
        """Forget the evidence of *tasks*, whose changes were undone."""
        undone = {str(number) for number in tasks}
        self.evidence = {item: found for item, found in self.evidence.items() if item.partition(".")[0] not in undone}
        self.points = {item: point for item, point in self.points.items() if item in self.evidence}
        self.fingerprint = ""

    def save(self) -> None:
        if self.read_only:
            return
        if self.damaged is not None:
            files.write(self.folder / "state.damaged.json", self.damaged, mode=0o600)
            self.damaged = None
        record = {
            "version": VERSION,
            "position": self.position,
            "fingerprint": self.fingerprint,
            "answers": self.answers,
            "facts": self.facts,
            "spent": self.spent,
            "launched": self.launched,
            "points": tick_points.as_records(self.points),
            "items": {name: evidence.as_record() for name, evidence in sorted(self.evidence.items(), key=_in_order)},
        }
        record["mac"] = signing.signature(_signed(record))
        content = json.dumps(record, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")
        files.write(self.folder / "state.json", content + b"\n", mode=0o600)


@dataclass
class Facts:
    """Names and ids of what Golive created at services. Saved immediately, so that nothing is created twice."""

    state: State
    journal: Journal

    def get(self, name: str) -> str:
        return self.state.facts.get(name, "")

    def put(self, name: str, fact: str) -> None:
        """Keep *fact* under *name*, or forget it if it is empty."""
        self.put_all({name: fact})

    def put_all(self, facts: Mapping[str, str]) -> None:
        """Keep several *facts* by their names, or forget those that are empty. The state is saved once."""
        new = {name: fact for name, fact in facts.items() if self.get(name) != fact}
        for name, fact in new.items():
            self.journal.append("fact", name=name, fact=fact)
        if new:
            self.state.facts = {name: fact for name, fact in {**self.state.facts, **new}.items() if fact}
            self.state.save()

    def forget(self, *prefixes: str) -> None:
        """Forget the facts whose names have one of *prefixes*."""
        self.put_all({name: "" for name in self.state.facts if name.startswith(prefixes)})


def _in_order(pair: tuple[str, Evidence]) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else 999, part) for part in pair[0].split(".")]


def prepare(root: Path) -> Path:
    """Create the state folder, with a .gitignore.

    Raises:
        StateError: there is one that this user did not write.
        EditError: it can't be written.
    """
    state_folder.check(root)
    folder = folder_of(root)
    files.make_folder(folder, mode=0o700)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:  # earlier versions created it with read permission for others
        folder.chmod(0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        files.write(ignore, b"*\n")
    return folder


def _signed(record: dict[str, Any]) -> bytes:
    """The content that the signature of *record* covers: everything but the signature."""
    rest = {name: value for name, value in record.items() if name != "mac"}
    return json.dumps(rest, sort_keys=True).encode()


def load(root: Path, *, read_only: bool = False) -> State:
    """Read the state. A damaged one is rebuilt from the journal. A *read_only* one is never written.

    Raises:
        StateError: the state or the journal was written by a newer version or another user, or can't be read.
    """
    from wizard.state.journal import Journal

    folder = folder_of(root)
    if not state_folder.check(root):
        return State(folder, read_only=read_only)
    path = folder / "state.json"
    content = files.read(path)
    if content is None:
        has_journal = (folder / "journal.jsonl").exists()
        return _rebuilt(folder, read_only=read_only) if has_journal else State(folder, read_only=read_only)
    try:
        record = json.loads(content)
        version = int(record["version"])
        if version > VERSION:
            raise StateError(
                f"{path} was written by a newer Golive",
                f"it has version {version}, and this Golive supports up to {VERSION}",
                "Upgrade Golive: `pipx upgrade django-golive`. Nothing was changed.",
            )
        if version == VERSION and signing.is_signed(_signed(record), str(record["mac"])):
            Journal(folder).check()
            found = from_record(folder, record)
            found.read_only = read_only
            return found
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        pass  # it is not JSON, or has other types
    if not any(Journal(folder).records()):
        raise state_folder.unsigned(path)
    found = _rebuilt(folder, read_only=read_only)
    found.damaged = content
    return found


def from_record(folder: Path, record: dict[str, Any]) -> State:
    """The state in *record*, signed or not.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: *record* is not a state.
    """
    evidence = {item: Evidence.from_record(found) for item, found in record["items"].items()}
    answers = {str(name): str(answer) for name, answer in record.get("answers", {}).items()}
    facts = {str(name): str(fact) for name, fact in record.get("facts", {}).items()}
    spent = {str(name): float(seconds) for name, seconds in record.get("spent", {}).items()}
    launched = str(record.get("launched", ""))
    points = tick_points.from_records(record.get("points", []))
    position, fingerprint = int(record["position"]), str(record["fingerprint"])
    return State(folder, evidence, answers, facts, position, fingerprint, spent, launched, points)


def _rebuilt(folder: Path, *, read_only: bool) -> State:
    from wizard.state.journal import Journal

    state = State(folder, rebuilt=True, read_only=read_only)
    tasks: dict[str, int] = {}
    for record in Journal(folder).records():
        if record["kind"] == "evidence":
            evidence = Evidence.from_record(record["evidence"])
            state.evidence[evidence.item] = evidence
            state.position = record["task"]
        elif record["kind"] == "answer":
            state.answers[record["name"]] = record["answer"]
        elif record["kind"] == "fact":
            state.facts[record["name"]] = record["fact"]
        elif record["kind"] == "spent":
            state.spent[str(record["task"])] = record["seconds"]
        elif record["kind"] == "launched":
            state.launched = record["at"]
        elif record["kind"] == "launch revoked":
            state.launched = ""
        elif record["kind"] == "begin":
            tasks[record["batch"]] = record["task"]
        elif record["kind"] == "undoing":
            state.undone(tasks[batch] for batch in record["batches"] if batch in tasks)
        elif record["kind"] == "undone":
            state.undone([record["task"]])
    return state
