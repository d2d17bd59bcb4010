"""What `golive check` said about a planted fault, compared with the row of the table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from subprocess import CompletedProcess
from typing import Any

from tests.faults.fault import Fault
from tests.faults.sample import Sample

HOLDS = {"done", "rehearsed", "waived", "not-applicable"}
FOUND = ("expected", "showed", "where")
"""The parts of evidence that every drift must have: what was expected, what was found, and where."""


def number(item: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in item.split("."))


@dataclass
class Outcome:
    """The result of one check.

    Arguments:
        drifted: the evidence of each drifted item, as JSON.
        errors: the errors of checks that could not be completed.
    """

    fault: Fault
    items: frozenset[str]
    drifted: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def noticed(self) -> bool:
        if self.fault.error:
            return any(self.fault.error in error for error in self.errors)
        return self.items <= self.drifted.keys()

    @property
    def others(self) -> list[str]:
        """Items that drifted though the fault does not concern them."""
        return sorted(self.drifted.keys() - self.items, key=number)

    @property
    def unsaid(self) -> list[str]:
        """What the drift does not say: texts of the row, and missing parts of evidence."""
        mine = [self.drifted[item] for item in sorted(self.items & self.drifted.keys(), key=number)]
        text = "\n".join(_text(evidence) for evidence in mine)
        missing = [f"{part!r}" for part in self.fault.says if mine and part not in text]
        if mine and self.fault.where and not any(self.fault.where in _place(evidence) for evidence in mine):
            missing.append(f"the place {self.fault.where}")
        for evidence in mine:
            absent = [part for part in FOUND if part in evidence and not evidence[part]]
            missing += [f"{evidence['item']}: {part}" for part in absent]
        return missing

    @property
    def holds(self) -> bool:
        return self.noticed and not self.others and not self.unsaid and not (self.alarmed and not self.items)

    @property
    def alarmed(self) -> bool:
        """Whether a check failed where nothing was wrong."""
        return bool(self.errors) and not self.fault.error

    @property
    def verdict(self) -> str:
        if not self.noticed:
            missed = sorted(self.items - self.drifted.keys(), key=number)
            return f"NOT NOTICED {' '.join(missed)}".strip()
        if self.others:
            return f"OTHER ITEMS {' '.join(self.others)}"
        if self.unsaid:
            return f"DOES NOT SAY {', '.join(self.unsaid)}"
        return "ok" if self.holds else "ERROR"


def _text(evidence: dict[str, Any]) -> str:
    parts = [evidence.get(part, "") for part in ("expected", "ran", "showed", "where", "changed")]
    return " ".join(parts)


def _place(evidence: dict[str, Any]) -> str:
    return evidence["where"] if "where" in evidence else _text(evidence)


def planted(fault: Fault, sample: Sample, only: Iterable[int] = ()) -> Outcome:
    """Plant *fault* into *sample*, check all tasks or the tasks *only*, and restore the sample."""
    tasks = sorted(set(only))
    items = frozenset(item for item in fault.items if not tasks or number(item)[0] in tasks)
    try:
        fault.edit(sample.root)
        return read(fault, items, sample.check(tasks))
    finally:
        sample.restore()


def read(fault: Fault, items: frozenset[str], result: CompletedProcess[str]) -> Outcome:
    outcome = Outcome(fault, items)
    for line in result.stdout.splitlines():
        record = json.loads(line) if line.startswith("{") else {}
        match record.get("event"):
            case "Ticked" if record["evidence"]["status"] not in HOLDS:
                outcome.drifted[record["item"]["id"]] = record["evidence"]
            case "NotChecked":
                numbers = ", ".join(str(task["number"]) for task in record["tasks"])
                outcome.errors.append(f"task {numbers}: {record['what']}: {record['why']}")
    if result.returncode and not outcome.drifted and not outcome.errors:
        outcome.errors.append(result.stderr.strip() or f"exit code {result.returncode}")
    return outcome
