"""Events as lines of text, for front ends without widgets and for session logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wizard.base.secrets import redact
from wizard.base.status_symbols import SIGNS
from wizard.base.wording import plural
from wizard.checklist.evidence import Status
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import (
    ActionStarted,
    Drifted,
    Event,
    FindingReported,
    NotChecked,
    Output,
    Planned,
    Recovered,
    RunStarted,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    TestsCompared,
    Ticked,
)
from wizard.plan.actions import Plan
from wizard.reporting import drift_text
from wizard.reporting.status_words import WORDS


@dataclass(frozen=True)
class Marks:
    """Prefixes of the kinds of lines."""

    statuses: Mapping[str, str]
    remark: str
    warning: str
    action: str
    output: str
    failure: str
    hints: Mapping[bool | None, str]
    rolled_back: str


SIGNED = Marks(SIGNS, "· ", "! ", "→ ", "| ", "✘ ", {True: "▶ ", False: "– ", None: "? "}, "↺ ")
WORDED = Marks(
    {status: f"{word}:" for status, word in WORDS.items()}, "Note: ", "Warning: ", "Change: ", "", "Failed: ",
    {True: "Hint: ", False: "Hint: ", None: "Hint: "}, "Rolled back: ",
)  # fmt: skip
"""Prefixes for screen readers, which read symbols badly or not at all."""


def line(event: Event, marks: Marks = SIGNED) -> str:
    """*event* as one or more lines; empty for an event that is not shown."""
    match event:
        case RunStarted():
            return f"{event.project}  ({event.settings}, {event.interpreter})"
        case Recovered():
            return f"{marks.rolled_back}{event.message}"
        case TaskStarted():
            return f"\n{event.task.number}. {event.task.title} ({event.task.minutes} min)"
        case FindingReported():
            return f"   {marks.warning if event.finding.warning else marks.remark}{event.finding}"
        case Planned():
            return "\n".join(f"   {marks.remark}{remark}" for remark in event.plan.remarks)
        case ActionStarted():
            return f"   {marks.action}{event.action.describe()}"
        case Output():
            # What a journey says about an error may have several lines.
            return "\n".join(f"     {marks.output}{line}" for line in event.line.rstrip().split("\n"))
        case Ticked():
            result = event.evidence.result(event.item.text)
            how = f"{event.evidence.ran} → {result}" if event.evidence.ran else result
            return f"   {marks.statuses[event.evidence.status]} {event.item.id} {event.item.text}: {how}"
        case TaskFailed():
            first, *more = failure_lines(event)
            lines = [f"   {marks.failure}{first}", *(f"     {line}" for line in more)]
            return "\n".join([*lines, *hints(event.diagnoses, marks)])
        case Drifted() | NotChecked():
            mark = marks.statuses[Status.DRIFTED] + " " if isinstance(event, Drifted) else marks.failure
            return f"   {mark}{drift_text.line(event)}"
        case TestsCompared():
            return f"\n{marks.failure if event.broken else marks.remark}{own_tests_text(event)}"
        case TaskFinished():
            return f"   {WORDS[Status(event.status)]}"
    return ""


NAMED = 10
"""The most tests that a sentence names."""


def own_tests_text(event: TestsCompared) -> str:
    """The comparison of the project's own tests in a sentence."""
    if event.note:
        return event.note
    if not event.broken:
        return f"The project's own tests: {plural(event.passed, 'test')} passed before the changes and after them"
    named = [f"{name} ({cause})" if cause else name for name, cause in zip(event.broken, event.causes, strict=True)]
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return (
        f"The project's own tests: {len(named)} of {event.passed} that passed before the changes fail now: "
        f"{', '.join(named[:NAMED])}{more}"
    )


def failure_lines(event: TaskFailed) -> list[str]:
    """The cause of a failure in one line, then its whole message if that says more."""
    if event.cause is None:
        return [event.error]
    cause = str(event.cause)
    return [cause] if " ".join(event.error.split()).rstrip(".") in cause else [cause, event.error]


def listed(diagnoses: Sequence[Diagnosis]) -> tuple[list[Diagnosis], list[str]]:
    """The hints to show, each once, and in short those that were ruled out. Several guides may have the same hint."""
    unique = {diagnosis.hint.text: diagnosis for diagnosis in reversed(diagnoses)}
    once = [diagnosis for diagnosis in diagnoses if unique[diagnosis.hint.text] is diagnosis]
    shown = [diagnosis for diagnosis in once if diagnosis.confirmed is not False]
    return shown, [diagnosis.hint.text for diagnosis in once if diagnosis.confirmed is False]


def hints(diagnoses: Sequence[Diagnosis], marks: Marks = SIGNED) -> list[str]:
    """The hints of a failure. Those that were ruled out share the last line."""
    shown, ruled_out = listed(diagnoses)
    lines = [hint(diagnosis, marks) for diagnosis in shown]
    if ruled_out:
        lines.append(f"     {marks.hints[False]}Ruled out: {'; '.join(ruled_out)}")
    return lines


def hint(diagnosis: Diagnosis, marks: Marks = SIGNED) -> str:
    """A hint, its probe's finding, and the fix if the probe confirmed it."""
    lines = [
        f"     {marks.hints[diagnosis.confirmed]}{diagnosis.hint.text}",
        f"       {diagnosis.verdict}: {diagnosis.seen}",
    ]
    if diagnosis.confirmed:
        lines.append(f"       Fix: {diagnosis.hint.fix}")
    return "\n".join(lines)


def plan_lines(plan: Plan, marks: Marks = SIGNED) -> list[str]:
    """A plan in full: its remarks, its actions, and the preview of each action."""
    lines = [f"   {marks.remark}{redact(remark)}" for remark in plan.remarks]
    for action in plan.actions:
        lines.append(f"   {marks.action}{redact(action.describe())}")
        lines += [f"     {line}" for line in redact(action.preview()).splitlines()]
    return lines
