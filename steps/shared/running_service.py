"""Evidence from the running service: whether it uses the settings that the evidence of other items is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wizard.base.errors import StepError
from wizard.checklist.evidence import Evidence
from wizard.targets.sandbox import Sandbox

DEPLOYED = "17.1"


def evidence(sandbox: Sandbox, deployed: Evidence | None = None) -> Iterator[Evidence]:
    """The evidence *deployed*, and a failure of each item that the running service contradicts."""
    found = sandbox.target.contradictions()
    if deployed and sandbox.target.real and not found:
        seen = f"{deployed.showed}; seen from outside only: a missing page shows no debug details"
        deployed = replace(deployed, showed=seen)
    if deployed:
        yield deployed
    for each in found:
        for item in dict.fromkeys((DEPLOYED, *each.items)):
            yield sandbox.evidence(
                item, False, "process", each.ran, each.found, expected=each.expected, where=each.where
            )


def explained(sandbox: Sandbox, error: StepError) -> StepError:
    """The *error* of a deployment, after the contradiction that may be its cause, if there is one."""
    first = next(iter(sandbox.target.contradictions()), None)
    if first is None:
        return error
    place = f"{first.where}: " if first.where else ""
    return StepError(f"{place}{first.found}", f"{error.what}: {error.why}", f"Expected: {first.expected}.")
