"""Troubleshooting: each hint of a guide is run as a probe, and the likely cause comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.base.errors import GoliveError
from wizard.base.secrets import redact
from wizard.checklist.model import Checklist, Guide, Hint, Task

if TYPE_CHECKING:
    from wizard.project.project import Project
    from wizard.targets.sandbox import Sandbox


BEFORE_IT_ANSWERED = re.compile(
    r"failed in its (build|pre-deploy)|failed at its start|deployment crashed|lost the connection|gave no answer|"
    r"did not respond"
)
ANSWERING = {"health", "static"}
"""Guides for a service that runs and answers wrongly."""


@dataclass(frozen=True)
class Diagnosis:
    """A hint, whether its probe confirmed it (None: it can't be told from here), and what the probe saw."""

    guide: Guide
    hint: Hint
    confirmed: bool | None
    seen: str

    @property
    def verdict(self) -> str:
        return {True: "confirmed", False: "ruled out", None: "can't be told"}[self.confirmed]

    def as_record(self) -> dict[str, Any]:
        return {
            "guide": self.guide.id,
            "hint": self.hint.text,
            "confirmed": self.confirmed,
            "seen": redact(self.seen),
            "fix": self.hint.fix,
        }


def diagnose(checklist: Checklist, task: Task, project: Project, sandbox: Sandbox, told: str) -> tuple[Diagnosis, ...]:
    """Run every hint of the guides that serve *task*; *told* is what the failure said.

    Confirmed hints come first, those that can't be told next. A probe is run once, even where two guides share it.
    """
    from wizard.diagnosis import probes

    around = probes.ProbeContext(project, sandbox, told)
    seen: dict[str, tuple[bool | None, str]] = {}
    found = []
    for guide in checklist.guides_for(task):
        for hint in guide.hints:
            if hint.probe in seen:
                continue
            try:
                seen[hint.probe] = probes.PROBES[hint.probe](around)
            except GoliveError as error:  # the very failure may keep a probe from looking
                seen[hint.probe] = (None, str(error))
            found.append(Diagnosis(guide, hint, *seen[hint.probe]))
    # What failed before anything could answer is not to be sought in how it answers. A log echoes what another probe
    # names: it comes after that.
    early = bool(BEFORE_IT_ANSWERED.search(told))
    return tuple(
        sorted(
            found,
            key=lambda each: (
                (True, None, False).index(each.confirmed),
                early and each.guide.id in ANSWERING,
                each.hint.probe == "logs",
            ),
        )
    )
