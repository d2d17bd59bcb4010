"""The part of a target that is about deployments that replace others."""

from __future__ import annotations

from wizard.targets.observation import Observation


class Rollovers:
    """What was seen of later deployments. A rehearsal has none: its tasks rehearse them."""

    def rollover_status(self) -> Observation | None:
        """Return whether requests failed during the last deployment that replaced another; None if none was watched."""
        return None

    def rollback_candidate(self) -> str:
        """Return the name of the deployment that the platform can go back to and forward again; empty if none."""
        return ""

    def rollback_status(self) -> Observation | None:
        """Return whether the platform can go back to an earlier deployment; None where that is unknown."""
        return None

    def rollback_trial(self) -> Observation | None:
        """Return what visitors noticed of a rollback that was tried with the running version; None if none was."""
        return None
