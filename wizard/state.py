"""`.golive/state.json`: where the project stands. Small, versioned, and rebuilt from the journal when damaged.

Version 1 had no checksum; version 2 has one, so that a state that was damaged later is told from one that was written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard import files
from wizard.checklist import Task
from wizard.errors import StateError
from wizard.evidence import Evidence, Status, worst

if TYPE_CHECKING:
    from wizard.journal import Journal

VERSION = 2
FOLDER = ".golive"
SETTLED = {Status.DONE, Status.WAIVED, Status.REHEARSED}


@dataclass
class State:
    """The evidence of each item, the task in hand, and the fingerprint of the tree all of it was seen on.

    *spent* are the seconds the work on each task took, by its number; *launched* is when the site went live (ISO 8601).
    *facts* are what was made at the services: names and ids, never a secret.
    """

    folder: Path
    evidence: dict[str, Evidence] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    position: int = 1
    fingerprint: str = ""
    spent: dict[str, float] = field(default_factory=dict)
    launched: str = ""
    rebuilt: bool = False

    def status(self, item: str) -> Status:
        found = self.evidence.get(item)
        return found.status if found else Status.OPEN

    @property
    def begun(self) -> bool:
        """Whether anything was done or looked at before."""
        return bool(self.evidence) or self.position > 1

    def of(self, task: Task) -> Status:
        """The worst status among the items of *task*; waived ones count as done."""
        return worst({self.status(item.id) for item in task.items})

    def settled(self, task: Task) -> int:
        """How many items of *task* nobody has to look at now: done, waived, or rehearsed."""
        return sum(self.status(item.id) in SETTLED for item in task.items)

    def save(self) -> None:
        record = {
            "version": VERSION,
            "position": self.position,
            "fingerprint": self.fingerprint,
            "answers": self.answers,
            "facts": self.facts,
            "spent": self.spent,
            "launched": self.launched,
            "items": {name: evidence.as_record() for name, evidence in sorted(self.evidence.items(), key=_in_order)},
        }
        record["sum"] = _sum(record)
        content = json.dumps(record, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")
        files.write(self.folder / "state.json", content + b"\n", mode=0o600)


@dataclass
class Facts:
    """What is known of the services, by name: kept at once, since what was made there must be found again."""

    state: State
    journal: Journal

    def get(self, name: str) -> str:
        return self.state.facts.get(name, "")

    def put(self, name: str, fact: str) -> None:
        """Keep *fact*; an empty one is forgotten."""
        if self.get(name) == fact:
            return
        self.journal.append("fact", name=name, fact=fact)
        self.state.facts[name] = fact
        self.state.facts = {known: each for known, each in self.state.facts.items() if each}
        self.state.save()

    def forget(self, *beginnings: str) -> None:
        """Forget the facts whose names begin so: what they speak of is gone."""
        for name in [name for name in self.state.facts if name.startswith(beginnings)]:
            self.put(name, "")


def _in_order(pair: tuple[str, Evidence]) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else 999, part) for part in pair[0].split(".")]


def folder_of(root: Path) -> Path:
    return root / FOLDER


def prepare(root: Path) -> Path:
    """Make the state folder, with a .gitignore of its own."""
    folder = folder_of(root)
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        files.write(ignore, b"*\n")
    return folder


def _sum(record: dict[str, Any]) -> str:
    """The checksum of *record*, whatever its own says."""
    rest = {name: value for name, value in record.items() if name != "sum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:16]


def _with_sum(record: dict[str, Any]) -> dict[str, Any]:
    """1 → 2: a checksum."""
    return {**record, "version": 2, "sum": _sum({**record, "version": 2})}


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _with_sum}
"""What makes of a state of one version that of the next."""


def load(root: Path) -> State:
    """Read the state; one that was damaged is put aside and rebuilt from the journal.

    Raises:
        StateError: the state was written by a newer version, or can't be read.
    """
    folder = folder_of(root)
    path = folder / "state.json"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return _rebuilt(folder) if (folder / "journal.jsonl").exists() else State(folder)
    except OSError as error:
        raise StateError(
            f"{path} can't be read", str(error.strerror), "Move it away to start from the journal."
        ) from error
    try:
        record = json.loads(content)
        version = int(record["version"])
        if version > VERSION:
            raise StateError(
                f"{path} was written by a newer Golive",
                f"it has version {version}, this one knows {VERSION}",
                "Upgrade Golive: `pipx upgrade django-golive`. Nothing was changed.",
            )
        while version < VERSION:
            record = MIGRATIONS[version](record)
            version += 1
        if record["sum"] == _sum(record):
            return _from_record(folder, record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # damaged in a way that can't be read at all
    files.write(folder / "state.damaged.json", content, mode=0o600)
    return _rebuilt(folder)


def _from_record(folder: Path, record: dict[str, Any]) -> State:
    evidence = {name: Evidence.from_record(each) for name, each in record["items"].items()}
    answers = {str(name): str(answer) for name, answer in record.get("answers", {}).items()}
    facts = {str(name): str(fact) for name, fact in record.get("facts", {}).items()}
    spent = {str(name): float(seconds) for name, seconds in record.get("spent", {}).items()}
    launched = str(record.get("launched", ""))
    return State(folder, evidence, answers, facts, int(record["position"]), str(record["fingerprint"]), spent, launched)


def _rebuilt(folder: Path) -> State:
    from wizard.journal import Journal

    state = State(folder, rebuilt=True)
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
        elif record["kind"] == "undone":
            prefix = f"{record['task']}."
            state.evidence = {name: each for name, each in state.evidence.items() if not name.startswith(prefix)}
    return state
