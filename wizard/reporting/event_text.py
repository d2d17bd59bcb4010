"""Events as lines of text, for front ends without widgets and for the log of a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.base.secrets import redact
from wizard.base.status_symbols import SIGNS
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import (
    ActionStarted,
    Event,
    FindingReported,
    Output,
    Planned,
    Recovered,
    RunStarted,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    Ticked,
)
from wizard.plan.actions import Plan


@dataclass(frozen=True)
class Marks:
    """What stands before a line, to tell what kind of line it is."""

    statuses: Mapping[str, str]
    remark: str
    warning: str
    action: str
    output: str
    failure: str
    hints: Mapping[bool | None, str]
    taken_back: str


SIGNED = Marks(SIGNS, "· ", "! ", "→ ", "| ", "✘ ", {True: "▶ ", False: "– ", None: "? "}, "↺ ")
WORDED = Marks(
    {status: f"{status}:" for status in SIGNS}, "Note: ", "Careful: ", "Change: ", "", "Failed: ",
    {True: "Hint, confirmed: ", False: "Hint, ruled out: ", None: "Hint: "}, "Taken back: ",
)  # fmt: skip
"""For ears: a screen reader reads signs badly or not at all."""


def line(event: Event, marks: Marks = SIGNED) -> str:
    """*event* as one or several lines; empty for one that is not worth a line."""
    match event:
        case RunStarted():
            return f"{event.project}  ({event.settings}, {event.interpreter})"
        case Recovered():
            return f"{marks.taken_back}{event.message}"
        case TaskStarted():
            return f"\n{event.task.number}. {event.task.title} ({event.task.minutes} min)"
        case FindingReported():
            return f"   {marks.warning if event.finding.warning else marks.remark}{event.finding}"
        case Planned():
            return "\n".join(f"   {marks.remark}{remark}" for remark in event.plan.remarks)
        case ActionStarted():
            return f"   {marks.action}{event.action.describe()}"
        case Output():
            return f"     {marks.output}{event.line}"
        case Ticked():
            evidence = event.evidence
            how = f"{evidence.ran} → {evidence.showed}" if evidence.ran else evidence.showed
            return f"   {marks.statuses[evidence.status]} {event.item.id} {event.item.text}: {how}"
        case TaskFailed():
            return "\n".join([f"   {marks.failure}{event.error}", *(hint(each, marks) for each in event.diagnoses)])
        case TaskFinished():
            return f"   {event.status}"
    return ""


def hint(found: Diagnosis, marks: Marks = SIGNED) -> str:
    """One hint, what its probe saw, and the fix where it was confirmed."""
    fix = f"\n       {found.hint.fix}" if found.confirmed else ""
    return f"     {marks.hints[found.confirmed]}{found.hint.text} ({found.verdict}): {found.seen}{fix}"


def plan_lines(plan: Plan, marks: Marks = SIGNED) -> list[str]:
    """A plan in full: remarks, actions, and what each would change."""
    told = [f"   {marks.remark}{redact(remark)}" for remark in plan.remarks]
    for action in plan.actions:
        told.append(f"   {marks.action}{redact(action.describe())}")
        told += ["     " + each for each in redact(action.preview()).splitlines()]
    return told
