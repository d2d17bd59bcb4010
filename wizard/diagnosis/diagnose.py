"""Diagnose a failure: run the probe of each hint of the guides, and put the likely cause first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.base.errors import GoliveError
from wizard.base.secrets import redact
from wizard.checklist.model import Checklist, Guide, Hint, Task
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
    """A hint, whether its probe confirmed it (None: it was not checked), and the probe's finding."""

    guide: Guide
    hint: Hint
    confirmed: bool | None
    seen: str

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


def diagnose(checklist: Checklist, task: Task, project: Project, sandbox: Sandbox, error: str) -> tuple[Diagnosis, ...]:
    """Run every hint of the guides for *task*; *error* is the message of the failure.

    Confirmed hints come first, then those that were not checked. Hints that do not apply are left out. Of several
    hints with the same probe, only the first is diagnosed.
    """
    from wizard.diagnosis.probe import ProbeContext

    context = ProbeContext(project, sandbox, error)
    finished: set[str] = set()
    diagnoses = []
    for guide in checklist.guides_for(task):
        for hint in guide.hints:
            if hint.probe in finished:
                continue
            finished.add(hint.probe)
            if result := _run(hint.probe, context):
                diagnoses.append(Diagnosis(guide, hint, *result))
    # Guides for a service that answers wrongly do not explain one that never answered. The logs probe often
    # repeats the finding of a more precise probe, so it comes last.
    never_answered = bool(BEFORE_IT_ANSWERED.search(error))
    return tuple(
        sorted(
            diagnoses,
            key=lambda diagnosis: (
                (True, None, False).index(diagnosis.confirmed),
                never_answered and diagnosis.guide.id in ANSWERING,
                diagnosis.hint.probe == "logs",
            ),
        )
    )


def _run(name: str, context: ProbeContext) -> ProbeResult | None:
    from wizard.diagnosis.probe import not_checked
    from wizard.diagnosis.probes import PROBES

    try:
        with Contained(context.project.root, reading=True):
            return PROBES[name](context)
    except GoliveError as error:  # the failure itself may keep a probe from running
        return not_checked(str(error))
