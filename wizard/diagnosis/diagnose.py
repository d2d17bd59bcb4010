"""Diagnose a failure: name its cause, then run the probe of each hint of the guides, the likely ones first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wizard.base.errors import GoliveError, ServiceError
from wizard.base.secrets import redact
from wizard.checklist.model import Checklist, Guide, Hint, Task
from wizard.diagnosis.cause import Cause
from wizard.diagnosis.known_errors import known_fix
from wizard.diagnosis.relevance import applies, explains, rules_out, runs_the_site
from wizard.state.crash_log import Contained

if TYPE_CHECKING:
    from wizard.diagnosis.probe import ProbeContext, ProbeResult
    from wizard.project.project import Project
    from wizard.targets.sandbox import Sandbox


BEFORE_IT_ANSWERED = re.compile(
    r"failed in its (build|pre-deploy)|failed at its start|deployment crashed|lost the connection|gave no answer|"
    r"did not respond"
)
"""Errors of a service that never answered a request."""
ANSWERING = {"health", "static"}
"""Guides for a service that runs but answers wrongly."""


@dataclass(frozen=True)
class Diagnosis:
    """A hint, whether its probe confirmed it (None: it was not checked), and the probe's finding.

    *related*: whether it can explain the failure, as far as Golive can tell.
    """

    guide: Guide
    hint: Hint
    confirmed: bool | None
    seen: str
    related: bool = True

    @property
    def verdict(self) -> str:
        return {True: "Confirmed", False: "Ruled out", None: "Not checked"}[self.confirmed]

    def as_record(self) -> dict[str, Any]:
        return {
            "guide": self.guide.id,
            "hint": self.hint.text,
            "confirmed": self.confirmed,
            "seen": redact(self.seen),
            "fix": self.hint.fix,
        }


@dataclass(frozen=True)
class Failure:
    """A task that failed: the message, its cause, and the exception that ended it, if one did."""

    task: Task
    error: str
    cause: Cause
    exception: GoliveError | None = None


def diagnose(
    checklist: Checklist, failure: Failure, project: Project, sandbox: Sandbox
) -> tuple[Cause, tuple[Diagnosis, ...]]:
    """The cause of *failure*, and every hint of its task's guides that applies to it.

    A cause without an error of a program gets the finding of the first hint that explains it. Confirmed hints come
    first, those that can explain the failure before others, then those that were not checked. Each probe runs once.
    Beside an error of a program, a hint about something else is left out unless it is confirmed.
    """
    from wizard.diagnosis.probe import ProbeContext

    if not runs_the_site(failure.exception):
        return failure.cause, ()
    context = ProbeContext(project, sandbox, failure.error, failure.cause, failure.exception)
    results: dict[str, ProbeResult | None] = {}
    diagnoses = []
    for guide in checklist.guides_for(failure.task):
        for hint in guide.hints:
            if not _applies(guide, hint, failure, sandbox.name):
                continue
            if hint.probe not in results:
                results[hint.probe] = _run(hint.probe, context)
            if result := results[hint.probe]:
                related = explains(hint.probe, failure.error, failure.cause)
                if result.confirmed or related or not failure.cause.error:
                    fix = known_fix(result.seen) if hint.probe == "logs" else ""
                    fitting = replace(hint, fix=fix) if fix else hint
                    diagnoses.append(Diagnosis(guide, fitting, *result, related=related))
    ordered = _ordered(diagnoses, failure)
    first = next((each for each in ordered if each.confirmed and each.related), None)
    cause = failure.cause
    if first and not cause.error:
        cause = replace(cause, error=first.seen)
    return cause, ordered


def _applies(guide: Guide, hint: Hint, failure: Failure, target: str) -> bool:
    """Whether *hint* can be about *failure*, at the target of this name."""
    if (hint.target and hint.target != target) or not applies(hint.probe, failure.exception):
        return False
    if never_answered(failure) and guide.id in ANSWERING:
        return explains(hint.probe, failure.error, failure.cause)
    return True


def never_answered(failure: Failure) -> bool:
    """Whether the service failed before it answered a request, or another service failed."""
    return isinstance(failure.exception, ServiceError) or bool(BEFORE_IT_ANSWERED.search(failure.error))


def _ordered(diagnoses: list[Diagnosis], failure: Failure) -> tuple[Diagnosis, ...]:
    # Guides for a service that answers wrongly do not explain one that never answered. The logs probe often
    # repeats the finding of a more precise probe, so it comes last.
    return tuple(
        sorted(
            diagnoses,
            key=lambda diagnosis: (
                (True, None, False).index(diagnosis.confirmed),
                not diagnosis.related,
                never_answered(failure) and diagnosis.guide.id in ANSWERING,
                diagnosis.hint.probe == "logs",
            ),
        )
    )


def _run(name: str, context: ProbeContext) -> ProbeResult | None:
    """The result of a probe; None if its hint does not apply, or if the result contradicts the failure."""
    from wizard.diagnosis.probe import not_checked
    from wizard.diagnosis.probes import PROBES

    try:
        with Contained(context.project.root, reading=True):
            result = PROBES[name](context)
    except GoliveError as error:  # the failure itself may keep a probe from running
        why = str(error)
        same = context.cause is not None and bool(context.cause.error) and context.cause.error in " ".join(why.split())
        result = None if same or why in context.error or context.error in why else not_checked(why)
    if result and result.confirmed is False and not rules_out(name, context.cause):
        return None
    return result
