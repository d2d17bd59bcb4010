"""The part of a target that is about deployments that replace others."""

from __future__ import annotations

from wizard.targets.observation import Observation


class Rollovers:
    """What was seen of later deployments. A rehearsal has none: its tasks rehearse them."""

    def rollover_status(self) -> Observation | None:
        """Return whether requests failed during the last deployment that replaced another; None if none was watched."""
        return None

    def rollback_status(self) -> Observation | None:
        """Return whether the platform can go back to an earlier deployment; None where that is unknown."""
        return None
