"""Events as lines of text, for front ends without widgets and for the log of a session."""

from __future__ import annotations

from wizard.diagnose import Diagnosis
from wizard.events import (
    ActionStarted,
    Event,
    Found,
    Output,
    Planned,
    Recovered,
    RunStarted,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    Ticked,
)
from wizard.plan import Plan
from wizard.secrets import redact
from wizard.signs import SIGNS


def line(event: Event) -> str:
    """*event* as one or several lines; empty for one that is not worth a line."""
    match event:
        case RunStarted():
            return f"{event.project}  ({event.settings}, {event.interpreter})"
        case Recovered():
            return f"↺ {event.message}"
        case TaskStarted():
            return f"\n{event.task.number}. {event.task.title} ({event.task.minutes} min)"
        case Found():
            return f"   {'!' if event.finding.warning else '·'} {event.finding}"
        case Planned():
            return "\n".join(f"   · {remark}" for remark in event.plan.remarks)
        case ActionStarted():
            return f"   → {event.action.describe()}"
        case Output():
            return f"     | {event.line}"
        case Ticked():
            evidence = event.evidence
            how = f"{evidence.ran} → {evidence.showed}" if evidence.ran else evidence.showed
            return f"   {SIGNS[evidence.status]} {event.item.id} {event.item.text}: {how}"
        case TaskFailed():
            return "\n".join([f"   ✘ {event.error}", *(hint(each) for each in event.diagnoses)])
        case TaskFinished():
            return f"   {event.status}"
    return ""


def hint(found: Diagnosis) -> str:
    """One hint, what its probe saw, and the fix where it was confirmed."""
    sign = {True: "▶", False: "–", None: "?"}[found.confirmed]
    fix = f"\n       {found.hint.fix}" if found.confirmed else ""
    return f"     {sign} {found.hint.text} ({found.verdict}): {found.seen}{fix}"


def plan_lines(plan: Plan) -> list[str]:
    """A plan in full: remarks, actions, and what each would change."""
    told = [f"   · {redact(remark)}" for remark in plan.remarks]
    for action in plan.actions:
        told.append(f"   → {redact(action.describe())}")
        told += ["     " + each for each in redact(action.preview()).splitlines()]
    return told
