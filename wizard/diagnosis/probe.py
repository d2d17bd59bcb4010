"""Probes: each checks one hint of a troubleshooting guide and confirms it or rules it out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wizard.base.errors import GoliveError
from wizard.diagnosis.cause import Cause
from wizard.project.project import Project
from wizard.targets.sandbox import Sandbox

if TYPE_CHECKING:
    from wizard.targets.local.rehearsal import Rehearsal
ERROR_PAGE = re.compile(r"[^;]*\.\s+([^;]*: handler\d+ answers [^;]+|It can't be rendered: [^;]+)")
"""What evidence says about an error page with a wrong status or a broken template. It names the cause itself."""


class ProbeResult(NamedTuple):
    """Whether the hint was confirmed (None: it could not be checked), and the finding."""

    confirmed: bool | None
    seen: str


@dataclass(frozen=True)
class ProbeContext:
    """The input of a probe.

    *error* is the message of the failure to diagnose, *cause* its cause, and *exception* the error that ended the task.
    """

    project: Project
    sandbox: Sandbox
    error: str
    cause: Cause | None = None
    exception: GoliveError | None = None

    @property
    def rehearsal(self) -> Rehearsal | None:
        """The rehearsal's running service, if there is one. A probe can examine it more closely than a real one."""
        target = self.sandbox.active_target
        if target is None or target.real or not target.is_started("deployment"):
            return None
        from wizard.targets.local.rehearsal import Rehearsal

        return target if isinstance(target, Rehearsal) and target.deployment.running else None


Probe = Callable[[ProbeContext], ProbeResult | None]
"""A function that checks one hint, or returns None if the hint does not apply, such as one about Railway locally."""
PROBES: dict[str, Probe] = {}
"""Every probe by the name that checklist.yaml uses. Filled by `wizard.diagnosis.probes`."""


def probe(function: Probe) -> Probe:
    """Register *function* as the probe of its name."""
    PROBES[function.__name__] = function
    return function


def confirmed(finding: str) -> ProbeResult:
    return ProbeResult(True, finding)


def ruled_out(finding: str) -> ProbeResult:
    return ProbeResult(False, finding)


def not_checked(why: str) -> ProbeResult:
    return ProbeResult(None, why)
